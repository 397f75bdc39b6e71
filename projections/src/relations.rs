//! What an incident has to do with others, and what was known before it.

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::review::FollowUpOf;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::text::Text;
use scribe_domain::values::Relation;
use serde::Serialize;

use crate::amended::Entry;
use crate::document::{Span, dim, plain};
use crate::runner::attribution::Attribution;
use crate::runner::spoken::or_redacted;

/// What an incident has to do with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RelationLine {
    /// How, as seen from this incident.
    pub how: Relation,
    /// The other one.
    pub to: IncidentId,
    /// How that is known; absent where nobody said, or that was redacted.
    pub why: Option<Text>,
    /// When that was told, and by whom.
    pub told: Attribution,
}

/// A risk that was known before it struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct KnownRisk {
    /// The risk; absent when it was redacted.
    pub text: Option<Text>,
    /// What was, or is, to be done about it.
    pub follow_up: Option<FollowUpOf>,
    /// Since when it was known, and on whose word.
    pub told: Attribution,
    /// The event itself and the evidence that it names.
    pub cites: Vec<EventId>,
}

/// What an incident has to do with others, each relation once.
pub(crate) fn relations(entries: &[Entry<'_>]) -> Vec<RelationLine> {
    let mut relations: Vec<RelationLine> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        let E::Related(e) = &*entry.event else { continue };
        if relations.iter().any(|known| (known.how, &known.to) == (e.how, &e.to)) {
            continue;
        }
        let why = e.why.clone().filter(|_| !entry.is_redacted());
        relations.push(RelationLine { how: e.how, to: e.to.clone(), why, told: Attribution::of(entry) });
    }
    relations
}

/// Risks that were known before they struck.
pub(crate) fn risks(entries: &[Entry<'_>]) -> Vec<KnownRisk> {
    let risk = |entry: &Entry<'_>| match &*entry.event {
        E::RiskNamed(e) => Some(KnownRisk {
            text: Some(e.text.clone()).filter(|_| !entry.is_redacted()),
            follow_up: e.follow_up.clone(),
            told: Attribution::of(entry),
            cites: [&[entry.id], e.cites.as_slice()].concat(),
        }),
        _ => None,
    };
    entries.iter().filter(|entry| !entry.is_retracted()).filter_map(risk).collect()
}

impl RelationLine {
    /// `This follows from 20230103-disks: …`
    pub(crate) fn spans(&self) -> Vec<Span> {
        let why = self.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        vec![plain(format!("This {} {}{why}", self.how.spoken(), self.to))]
    }
}

impl KnownRisk {
    /// The risk, what is to be done about it, and since when it was known.
    pub(crate) fn spans(&self, since: &str) -> Vec<Span> {
        let mut spans = vec![or_redacted(self.text.as_ref())];
        spans.extend(self.follow_up.iter().map(|of| plain(format!(" ({of})"))));
        spans.push(dim(format!(" (known since {since})")));
        spans
    }
}

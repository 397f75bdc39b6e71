//! What a response leaves behind it, and what it met: workarounds, gaps in the evidence, risks that were known before,
//! and other incidents. A section stands only where something of it is recorded.

use std::collections::BTreeMap;

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::EventId;
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use serde::Serialize;

use crate::amended::Entry;
use crate::runner::attribution::Attribution;

/// Something that helped for a while, and was not to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WorkaroundLine {
    /// Its number.
    pub workaround: u32,
    /// What was changed; none where that is erased.
    pub text: Option<Text>,
    /// Who reverts it.
    pub to: Option<Label>,
    /// When it was applied, and by whom.
    pub applied: Attribution,
    /// When it was reverted, and on whose word; none if it isn't.
    pub reverted: Option<Attribution>,
    /// What came of that.
    pub outcome: Option<Text>,
}

/// A time of which evidence is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct GapLine {
    /// Its number.
    pub gap: u32,
    /// What is missing; none where that is erased.
    pub text: Option<Text>,
    /// Since when.
    pub from: When,
    /// Until when; none if that is not recorded.
    pub until: Option<When>,
    /// The events that tell its beginning and end.
    pub cites: Vec<EventId>,
}

/// Every workaround, by number.
pub(super) fn workarounds(entries: &[Entry<'_>]) -> Vec<WorkaroundLine> {
    let mut lines: BTreeMap<u32, WorkaroundLine> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        let shown = !entry.is_redacted();
        match entry.event.as_ref() {
            E::WorkaroundApplied(e) => {
                let line = WorkaroundLine {
                    workaround: e.workaround,
                    text: shown.then(|| e.text.clone()),
                    to: e.to.clone(),
                    applied: Attribution::of(entry),
                    reverted: None,
                    outcome: None,
                };
                lines.insert(e.workaround, line);
            }
            E::WorkaroundReverted(e) => {
                if let Some(line) = lines.get_mut(&e.workaround) {
                    line.reverted = Some(Attribution::of(entry));
                    line.outcome = e.outcome.clone().filter(|_| shown);
                }
            }
            _ => {}
        }
    }
    lines.into_values().collect()
}

/// Every gap, by number.
pub(super) fn gaps(entries: &[Entry<'_>]) -> Vec<GapLine> {
    let mut lines: BTreeMap<u32, GapLine> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        match entry.event.as_ref() {
            E::EvidenceGapStarted(e) => {
                let text = Some(e.text.clone()).filter(|_| !entry.is_redacted());
                let (from, cites) = (entry.occurred, vec![entry.id]);
                lines.insert(e.gap, GapLine { gap: e.gap, text, from, until: None, cites });
            }
            E::EvidenceGapEnded(e) => {
                if let Some(line) = lines.get_mut(&e.gap) {
                    line.until = Some(entry.occurred);
                    line.cites.push(entry.id);
                }
            }
            _ => {}
        }
    }
    lines.into_values().collect()
}

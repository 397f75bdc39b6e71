//! What happened, in order of when it happened.
//!
//! Every event is an entry, also one that was taken back, erased, or written by a newer program: an account
//! with holes in it must show where they are.

mod csv;
mod render;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::actor::Who;
use scribe_domain::alike;
use scribe_domain::clocks::{Proven, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::kind::Group;
use scribe_domain::ids::{EventId, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::amended::{Amendment, Entry, Name, entries, in_order_of_occurrence};
use crate::document::{Span, unformed};
use crate::question::AsOf;
use crate::sentence::{name, subject, told};

pub(crate) use render::{Ids, tables};

/// An event told later than this after it happened is marked as told late.
pub const LATE: TimeDelta = TimeDelta::minutes(10);

/// Which entries to show. The default shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Event kinds or groups of them (`run_approved`, `runs`); none means all.
    pub kinds: Vec<String>,
    /// Only what this person or program did or told.
    pub actor: Option<String>,
    /// Leave out what was taken back.
    pub hide_retracted: bool,
    /// Show the whole id of every entry in text, not only the short one where another entry cites it.
    pub ids: bool,
}

/// An incident's events, in order of when they happened.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Timeline {
    /// What the incident is called.
    #[serde(flatten)]
    pub name: Name,
    /// The moment asked about, if it was not now.
    #[serde(default, skip_serializing_if = "AsOf::is_now")]
    pub as_of: AsOf,
    /// The entries.
    pub entries: Vec<TimelineEntry>,
    /// How many entries the filter left out.
    pub left_out: usize,
    #[serde(skip)]
    ids: bool,
}

/// An event as a timeline tells it.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct TimelineEntry {
    /// The event.
    pub id: EventId,
    /// Its place in the incident's record.
    pub revision: Revision,
    /// Its kind.
    pub kind: String,
    /// The group of its kind.
    pub group: &'static str,
    /// When it happened, as corrected. An entry whose time is unknown stands after the one recorded before it.
    pub occurred: When,
    /// When it counts as recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether clocks disagree about that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// What is proven of that, where a wrong clock stamped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Proven>,
    /// By how many seconds it was told late, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<i64>,
    /// Who did it.
    pub who: Who,
    /// Who told it, if somebody else did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<Who>,
    /// Through what it was told.
    pub via: Label,
    /// How it stands now.
    pub standing: EntryStanding,
    /// What happened, in a sentence without a subject.
    pub text: String,
    /// The event's payload as corrected; none where it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub fields: Option<Box<RawValue>>,
    /// What was done to it afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amendments: Vec<Amendment>,
    #[serde(skip)]
    event: IncidentEvent,
    /// That sentence, with its form.
    #[serde(skip)]
    said: Vec<Span>,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryStanding {
    /// As it was told.
    Told,
    /// Put right since.
    Corrected,
    /// Taken back since.
    Retracted,
    /// Its content is gone.
    Erased,
}

impl EntryStanding {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Corrected => "corrected",
            Self::Retracted => "retracted",
            Self::Erased => "erased",
        }
    }
}

impl PartialEq for TimelineEntry {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.occurred, &self.event, &self.amendments)
            == (other.id, other.occurred, &other.event, &other.amendments)
    }
}

impl Filter {
    fn lets_through(&self, entry: &Entry<'_>) -> bool {
        let kind = entry.event.kind();
        let wanted = |word: &String| word == kind || word == Group::of(kind).as_str();
        let actor = &entry.recorded.cause.actor;
        let acted = |wanted: &String| {
            let same = |who: &Who| alike::same(&name(who), wanted) || alike::same(&who.to_string(), wanted);
            same(&actor.who)
                || same(&actor.responsible())
                || (!entry.is_redacted() && entry.event.doer().is_some_and(|who| same(&who)))
        };
        (self.kinds.is_empty() || self.kinds.iter().any(wanted))
            && self.actor.as_ref().is_none_or(acted)
            && !(self.hide_retracted && entry.is_retracted())
    }
}

impl Timeline {
    /// One incident's timeline. `history` is in the record's order.
    pub fn of(history: &[Recorded], as_of: &AsOf, filter: &Filter) -> Self {
        let entries = in_order_of_occurrence(entries(history, as_of));
        let name = Name::of(history, &entries);
        let erased: BTreeSet<EventId> =
            entries.iter().filter(|entry| entry.is_redacted()).map(|entry| entry.id).collect();
        let all = entries.len();
        let entries: Vec<TimelineEntry> = entries
            .into_iter()
            .filter(|entry| filter.lets_through(entry))
            .map(|entry| TimelineEntry::of(entry, &erased))
            .collect();
        Self { name, as_of: *as_of, left_out: all - entries.len(), entries, ids: filter.ids }
    }

    /// As RFC 4180 CSV, for spreadsheets: times in UTC, one entry a record under a header.
    ///
    /// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    pub fn csv(&self) -> String {
        csv::render(&self.entries)
    }
}

impl TimelineEntry {
    fn of(entry: Entry<'_>, erased: &BTreeSet<EventId>) -> Self {
        let recorded = entry.recorded;
        let event = entry.event.into_owned();
        let is_erased = erased.contains(&entry.id);
        // A correction of what was erased since holds a part of it.
        let corrects_erased = matches!(&event, IncidentEvent::Corrected(e) if erased.contains(&e.target));
        let has = |kind| entry.amendments.iter().any(|amendment| amendment.kind == kind);
        let standing = match () {
            () if is_erased => EntryStanding::Erased,
            () if has(crate::amended::AmendmentKind::Retracted) => EntryStanding::Retracted,
            () if has(crate::amended::AmendmentKind::Corrected) => EntryStanding::Corrected,
            () => EntryStanding::Told,
        };
        let teller = recorded.cause.actor.responsible();
        let who = if is_erased { teller.clone() } else { subject(&event, &recorded.cause.actor) };
        let late = entry.occurred.at().map(|at| recorded.recorded_at - at).filter(|late| *late > LATE);
        let said = told(&event, &recorded.cause.actor);
        Self {
            id: entry.id,
            revision: recorded.revision,
            kind: event.kind().to_owned(),
            group: Group::of(event.kind()).as_str(),
            occurred: entry.occurred,
            recorded_at: recorded.recorded_at,
            disputed: recorded.standing == TimeStanding::Disputed,
            proven: recorded.standing.proven().cloned(),
            late_seconds: late.map(|late| late.num_seconds()),
            told_by: (teller != who).then_some(teller),
            who,
            via: recorded.cause.actor.via.clone(),
            standing,
            text: if is_erased { "content erased".to_owned() } else { unformed(&said) },
            fields: (!is_erased && !corrects_erased).then(|| event.payload()),
            amendments: entry.amendments,
            event,
            said,
        }
    }
}

#[cfg(test)]
mod tests;

//! An incident's events with corrections, retractions and redactions applied and marked.
//!
//! Every view of one incident is folded over these entries, so that a correction means the same in all
//! of them. Since amendments are events, a question about an earlier moment simply doesn't see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::EventId;
use scribe_domain::incident::corrected;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Text;
use scribe_domain::when::When;

use crate::question::AsOf;

/// An event as it stands now, and how it came to stand so.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The event as first recorded.
    pub recorded: &'a Recorded,
    /// Its id.
    pub id: EventId,
    /// The event as corrected.
    pub event: Cow<'a, IncidentEvent>,
    /// When it happened, as corrected.
    pub occurred: When,
    /// Which events amended it, in order.
    pub amendments: Vec<Amendment>,
}

/// What was done to an event afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The amending event.
    pub by: EventId,
    /// What it did.
    pub kind: AmendmentKind,
    /// Why.
    pub why: Text,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What an amendment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmendmentKind {
    /// Put something right.
    Corrected,
    /// Took it back.
    Retracted,
    /// Erased its payload.
    Redacted,
}

impl Entry<'_> {
    /// Whether it was put right at least once.
    pub fn is_corrected(&self) -> bool {
        self.has(AmendmentKind::Corrected)
    }

    /// Whether it should no longer count.
    pub fn is_retracted(&self) -> bool {
        self.has(AmendmentKind::Retracted)
    }

    /// Whether its content must not be shown.
    pub fn is_redacted(&self) -> bool {
        self.has(AmendmentKind::Redacted)
    }

    /// Whether a view may count it: neither retracted nor redacted.
    pub fn counts(&self) -> bool {
        !self.is_retracted() && !self.is_redacted()
    }

    fn has(&self, kind: AmendmentKind) -> bool {
        self.amendments.iter().any(|amendment| amendment.kind == kind)
    }
}

/// One incident's entries in the record's order, as of some moment. `history` is in the record's order.
pub fn entries<'a>(history: &'a [Recorded], as_of: &AsOf) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::with_capacity(history.len());
    let mut places: BTreeMap<EventId, usize> = BTreeMap::new();
    for recorded in history.iter().take_while(|recorded| as_of.had_recorded(recorded)) {
        let id = recorded.event_id();
        if let Some((target, kind, why)) = amends(&recorded.event)
            && let Some(entry) = places.get(&target).and_then(|place| entries.get_mut(*place))
        {
            if let IncidentEvent::Corrected(correction) = &recorded.event {
                entry.occurred = correction.occurred.unwrap_or(entry.occurred);
                // `decide` let in only corrections that fit; an imported one that doesn't is still
                // marked, and leaves the event as it was.
                if let Ok(right) = corrected(&entry.event, &correction.fields) {
                    entry.event = Cow::Owned(right);
                }
            }
            entry.amendments.push(Amendment {
                by: id,
                kind,
                why: why.clone(),
                recorded_at: recorded.recorded_at,
            });
        }
        places.insert(id, entries.len());
        entries.push(Entry {
            recorded,
            id,
            event: Cow::Borrowed(&recorded.event),
            occurred: recorded.cause.occurred,
            amendments: Vec::new(),
        });
    }
    entries.retain(|entry| as_of.had_occurred(entry.occurred, entry.recorded));
    entries
}

fn amends(event: &IncidentEvent) -> Option<(EventId, AmendmentKind, &Text)> {
    match event {
        IncidentEvent::Corrected(e) => Some((e.target, AmendmentKind::Corrected, &e.why)),
        IncidentEvent::Retracted(e) => Some((e.target, AmendmentKind::Retracted, &e.why)),
        IncidentEvent::Redacted(e) => Some((e.target, AmendmentKind::Redacted, &e.why)),
        _ => None,
    }
}

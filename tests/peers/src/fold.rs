//! A view of the whole record, folded from typed events: what stands on a board of incidents.
//!
//! One of our own, so that it is the same for everybody and needs no store's machinery.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Text;
use scribe_domain::values::{Severity, Tier};

/// Every incident as it stands.
#[derive(Default)]
pub struct Board(HashMap<IncidentId, Case>);

/// One incident.
#[derive(Default)]
pub struct Case {
    /// What it is called.
    pub title: String,
    /// Whom it concerns, and how bad it is.
    pub stands: Option<(Tier, Severity)>,
    /// The last note.
    pub said: Option<Text>,
    /// Its events.
    pub revision: u64,
    /// When the last one came.
    pub heard_of: Option<DateTime<Utc>>,
}

impl Board {
    /// The board after one more event.
    pub fn apply(&mut self, recorded: Recorded) {
        let case = match self.0.get_mut(&recorded.incident) {
            Some(case) => case,
            None => self.0.entry(recorded.incident.clone()).or_default(),
        };
        case.revision = recorded.revision.0;
        case.heard_of = Some(recorded.recorded_at);
        match recorded.event {
            IncidentEvent::Declared(declared) => {
                declared.title.as_str().clone_into(&mut case.title);
                case.stands = Some((declared.tier, declared.severity));
            }
            IncidentEvent::SeverityChanged(changed) => {
                case.stands = case.stands.map(|(tier, _)| (tier, changed.to));
            }
            IncidentEvent::Noted(noted) => case.said = Some(noted.text),
            _ => {}
        }
    }

    /// Events that went into it.
    pub fn events(&self) -> u64 {
        self.0.values().map(|case| case.revision).sum()
    }
}

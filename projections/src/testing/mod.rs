//! Small self-made histories for tests.
#![allow(dead_code)] // Each view tests with a part of it.

/// An afternoon of some forty events, of every group.
pub(crate) mod afternoon;
/// Any event at all, with hostile words in it.
pub(crate) mod arbitrary;

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Actor, Person};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::life::Declared;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::text::{Label, Locator, ShellLine, Text, Title};
use scribe_domain::values::{Severity, Tier};
use scribe_domain::when::When;
use uuid::Uuid;

/// Writes events one after another, as a store would keep them.
///
/// `at`, `told`, `by` and `incident` stay in force until they are said again. An event is recorded when
/// it occurs unless `told` says otherwise, and never before the one recorded before it.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) events: Vec<Recorded>,
    incident: IncidentId,
    occurred: When,
    told: Option<DateTime<Utc>>,
    by: Actor,
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            events: Vec::new(),
            incident: incident("20230104-list-import-problems"),
            occurred: when("2023-01-04T18:05Z"),
            told: None,
            by: actor("Bob Long"),
        }
    }

    /// A history that begins with an engineering, sev3 declaration at 18:05 UTC by Bob Long.
    pub(crate) fn declared(name: &str) -> Self {
        Self::new().event(declared(name))
    }

    /// The incident that the next events belong to.
    pub(crate) fn incident(mut self, id: &str) -> Self {
        self.incident = incident(id);
        self
    }

    /// When the next events occur (and are recorded, until `told` is said).
    pub(crate) fn at(mut self, text: &str) -> Self {
        self.occurred = when(text);
        self.told = None;
        self
    }

    /// When the next events are recorded.
    pub(crate) fn told(mut self, text: &str) -> Self {
        self.told = when(text).at();
        self
    }

    /// Who tells the next events.
    pub(crate) fn by(mut self, who: &str) -> Self {
        self.by = actor(who);
        self
    }

    pub(crate) fn event(mut self, event: impl Into<IncidentEvent>) -> Self {
        let position = self.events.len() as u64 + 1;
        let before = self.events.last().map_or(DateTime::UNIX_EPOCH, |last| last.recorded_at);
        let revision = self.events.iter().filter(|e| e.incident == self.incident).count() as u64 + 1;
        self.events.push(Recorded {
            position: Position(position),
            incident: self.incident.clone(),
            revision: Revision(revision),
            recorded_at: self.told.or(self.occurred.at()).unwrap_or(before).max(before),
            index: 0,
            cause: Cause {
                command_id: CommandId(Uuid::from_u128(u128::from(position))),
                actor: self.by.clone(),
                occurred: self.occurred,
                source: None,
            },
            event: event.into(),
        });
        self
    }

    /// The id of the event last written.
    pub(crate) fn last(&self) -> EventId {
        self.events.last().expect("an event was written").event_id()
    }
}

/// An engineering, sev3 declaration.
pub(crate) fn declared(name: &str) -> Declared {
    Declared {
        title: title(name),
        tier: Tier::Engineering,
        severity: Severity::Sev3,
        summary: None,
        detected_by: None,
        drill: false,
    }
}

pub(crate) fn incident(id: &str) -> IncidentId {
    id.parse().expect("an incident id")
}
pub(crate) fn when(text: &str) -> When {
    text.parse().expect("a time")
}
pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    when(text).at().expect("a known time")
}
pub(crate) fn actor(who: &str) -> Actor {
    Actor { who: who.parse().expect("an actor"), via: label("test"), on_behalf_of: None }
}
pub(crate) fn person(name: &str) -> Person {
    Person::new(name).expect("a name")
}
pub(crate) fn title(text: &str) -> Title {
    Title::new(text).expect("a title")
}
pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}
pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}
pub(crate) fn locator(text: &str) -> Locator {
    Locator::new(text).expect("a locator")
}
pub(crate) fn line(text: &str) -> ShellLine {
    ShellLine::new(text).expect("a line")
}

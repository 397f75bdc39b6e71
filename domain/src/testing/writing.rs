//! Histories written by hand, and short ways to the values they are made of.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::actor::{Actor, Person};
use crate::clocks::TimeStanding;
use crate::event::IncidentEvent;
use crate::event::life::Declared;
use crate::identity::Identity;
use crate::ids::{CommandId, EventId, IncidentId, Position, Revision};
use crate::namesakes::Namesakes;
use crate::recorded::{Cause, Recorded};
use crate::text::{Label, Locator, ShellLine, Text, Title};
use crate::values::{Severity, Tier};
use crate::when::When;

/// Writes events one after another, as a store would keep them.
///
/// `at`, `told`, `by` and `incident` stay in force until they are said again. An event is recorded when
/// it occurs unless `told` says otherwise, and never before the one recorded before it.
#[derive(Debug, Clone)]
pub struct History {
    /// What has been written.
    pub events: Vec<Recorded>,
    incident: IncidentId,
    occurred: When,
    told: Option<DateTime<Utc>>,
    by: Actor,
    origin: Option<Identity>,
}

impl History {
    /// Nothing yet.
    #[expect(clippy::new_without_default, reason = "what it begins with is one story's, no default")]
    pub fn new() -> Self {
        Self {
            events: Vec::new(),
            incident: incident("20230104-list-import-problems"),
            occurred: when("2023-01-04T18:05Z"),
            told: None,
            by: actor("Bob Long"),
            origin: None,
        }
    }

    /// What is written after these.
    pub fn after(events: Vec<Recorded>) -> Self {
        Self { events, ..Self::new() }
    }

    /// A history that begins with an engineering, sev3 declaration at 18:05 UTC by Bob Long.
    pub fn declared(name: &str) -> Self {
        Self::new().event(declared(name))
    }

    /// The incident that the next events belong to.
    #[must_use]
    pub fn incident(mut self, id: &str) -> Self {
        self.incident = incident(id);
        self
    }

    /// When the next events occur (and are recorded, until `told` is said).
    #[must_use]
    pub fn at(mut self, text: &str) -> Self {
        self.occurred = when(text);
        self.told = None;
        self
    }

    /// When the next events are recorded.
    #[must_use]
    pub fn told(mut self, text: &str) -> Self {
        self.told = when(text).at();
        self
    }

    /// Who tells the next events.
    #[must_use]
    pub fn by(mut self, who: &str) -> Self {
        self.by = actor(who);
        self
    }

    /// How it is known who tells the next events: `uid:1000@bastion`.
    #[must_use]
    pub fn from(mut self, origin: &str) -> Self {
        self.origin = origin.parse().ok();
        self
    }

    /// One more event.
    #[must_use]
    pub fn event(mut self, event: impl Into<IncidentEvent>) -> Self {
        let cause = Cause {
            command_id: CommandId(Uuid::from_u128(self.events.len() as u128 + 1)),
            actor: self.by.clone(),
            occurred: self.occurred,
            told: None,
            source: None,
            origin: self.origin.clone(),
            namesakes: Namesakes::default(),
        };
        let at = self.told.or(self.occurred.at()).unwrap_or_default();
        let recorded = recorded(&self.events, self.incident.clone(), at, cause, 0, event.into());
        self.events.push(recorded);
        self
    }

    /// The id of the event last written.
    pub fn last(&self) -> EventId {
        self.events.last().expect("an event was written").event_id()
    }
}

/// An event at the end of a record: recorded at this moment, or with the event before it if that is later.
pub fn recorded(
    record: &[Recorded],
    incident: IncidentId,
    at: DateTime<Utc>,
    cause: Cause,
    index: u32,
    event: IncidentEvent,
) -> Recorded {
    let revision = record.iter().filter(|recorded| recorded.incident == incident).count() as u64 + 1;
    Recorded {
        position: Position(record.len() as u64 + 1),
        incident,
        revision: Revision(revision),
        recorded_at: record.last().map_or(at, |last| last.recorded_at.max(at)),
        clock: None,
        standing: TimeStanding::default(),
        index,
        cause,
        request: None,
        event,
    }
}

/// An engineering, sev3 declaration.
pub fn declared(name: &str) -> Declared {
    Declared {
        title: title(name),
        tier: Tier::Engineering,
        severity: Severity::Sev3,
        summary: None,
        detected_by: None,
        drill: false,
    }
}

/// An incident's id.
pub fn incident(id: &str) -> IncidentId {
    id.parse().expect("an incident id")
}

/// A time, with the precision that it is written with.
pub fn when(text: &str) -> When {
    text.parse().expect("a time")
}

/// A known moment.
pub fn moment(text: &str) -> DateTime<Utc> {
    when(text).at().expect("a known time")
}

/// Whoever has this name, through `test`.
pub fn actor(who: &str) -> Actor {
    Actor { who: who.parse().expect("an actor"), via: label("test"), on_behalf_of: None }
}

/// A person.
pub fn person(name: &str) -> Person {
    Person::new(name).expect("a name")
}

/// A title.
pub fn title(text: &str) -> Title {
    Title::new(text).expect("a title")
}

/// Some prose.
pub fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

/// A label.
pub fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

/// Where something can be found.
pub fn locator(text: &str) -> Locator {
    Locator::new(text).expect("a locator")
}

/// A shell line.
pub fn line(text: &str) -> ShellLine {
    ShellLine::new(text).expect("a line")
}

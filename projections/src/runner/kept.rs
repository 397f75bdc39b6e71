//! Events as a view keeps them: small, and in a form that serialises, for snapshots.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::event::{IncidentEvent, VERSION};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::when::When;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// An event without its incident, which stands beside the list of them, and without its source, which
/// no view shows. The payload is kept as bytes: an event in memory takes the room of the largest kind,
/// and it is read again only for a correction or a question about another moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    position: Position,
    revision: Revision,
    pub(super) recorded_at: DateTime<Utc>,
    index: u32,
    command_id: CommandId,
    /// Shared among events of the same incident.
    actor: Arc<Actor>,
    occurred: When,
    kind: Kind,
    payload: Box<RawValue>,
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        let parts =
            |kept: &Self| (kept.position, kept.recorded_at, kept.index, kept.command_id, kept.occurred);
        parts(self) == parts(other)
            && self.revision == other.revision
            && self.actor == other.actor
            && self.kind == other.kind
            && self.payload.get() == other.payload.get()
    }
}

/// How far back an equal actor is looked for. Few people tell most of an incident.
const SHARE_WITHIN: usize = 32;

impl Kept {
    /// An event to keep after these; none for a kind that this program doesn't know.
    pub(super) fn after(before: &[Self], recorded: &Recorded) -> Option<Self> {
        let cause = &recorded.cause;
        let shared =
            before.iter().rev().take(SHARE_WITHIN).find(|kept| same_as_told(&kept.actor, &cause.actor));
        Some(Self {
            position: recorded.position,
            revision: recorded.revision,
            recorded_at: recorded.recorded_at,
            index: recorded.index,
            command_id: cause.command_id,
            actor: shared.map_or_else(|| Arc::new(cause.actor.clone()), |kept| Arc::clone(&kept.actor)),
            occurred: cause.occurred,
            kind: Kind::of(recorded.event.kind())?,
            payload: recorded.event.payload(),
        })
    }

    pub(super) fn event_id(&self) -> EventId {
        EventId::derive(self.command_id, self.index)
    }

    /// The event; an error if the snapshot that it comes from is damaged.
    pub(super) fn read(&self, incident: &IncidentId) -> Result<Recorded, serde_json::Error> {
        Ok(Recorded {
            position: self.position,
            incident: incident.clone(),
            revision: self.revision,
            recorded_at: self.recorded_at,
            index: self.index,
            cause: Cause {
                command_id: self.command_id,
                actor: Actor::clone(&self.actor),
                occurred: self.occurred,
                source: None,
            },
            event: IncidentEvent::from_payload(self.kind.0, VERSION, self.payload.get())?,
        })
    }
}

/// Two spellings of a name are one person, but what was told is shown as it was told.
fn same_as_told(one: &Actor, other: &Actor) -> bool {
    fn spelling(actor: &Actor) -> (Option<&str>, Option<&str>) {
        let who = match &actor.who {
            Who::Person(person) => Some(person.as_str()),
            Who::Integration(_) | Who::Scribe => None,
        };
        (who, actor.on_behalf_of.as_ref().map(Person::as_str))
    }
    one == other && spelling(one) == spelling(other)
}

/// One of the catalogue's kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Kind(&'static str);

impl Kind {
    fn of(kind: &str) -> Option<Self> {
        IncidentEvent::KINDS.iter().find(|known| **known == kind).copied().map(Self)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::of(&kind).ok_or_else(|| serde::de::Error::custom(format!("{kind} is not a kind of event")))
    }
}

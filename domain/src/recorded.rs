//! An event with its envelope.

use chrono::{DateTime, Utc};

use crate::actor::{Actor, Who};
use crate::clocks::{TOLERANCE, TimeStanding, Timed};
use crate::event::IncidentEvent;
use crate::fingerprint::Fingerprint;
use crate::identity::Identity;
use crate::ids::{CommandId, EventId, IncidentId, Position, Revision};
use crate::namesakes::Namesakes;
use crate::text::Label;
use crate::when::{Precision, When};

/// What came with the command: who told it, when it happened, and which request it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The request; the same again is the same request.
    pub command_id: CommandId,
    /// Who told it.
    pub actor: Actor,
    /// When it happened in the world.
    pub occurred: When,
    /// When it happened by the clock of whoever told it, where that clock was wrong and it was put right.
    pub told: Option<When>,
    /// The teller's own key for it (a vendor's delivery key, an import line's digest), by which a
    /// repeat in another request is recognised.
    pub source: Option<Label>,
    /// How it is known who told it, beside the name that they go by; nothing where they only said so.
    pub origin: Option<Identity>,
    /// Which names are one person's, as the directory of people says now. It is looked up for a decision, and not kept:
    /// what was recorded has none.
    pub namesakes: Namesakes,
}

impl Cause {
    /// Whether it is a program's word alone for whom it speaks: it may prove which program it is, but it names no account
    /// of that person.
    pub fn is_on_word(&self) -> bool {
        let speaks_for_somebody =
            self.actor.on_behalf_of.is_some() && !matches!(self.actor.who, Who::Person(_));
        speaks_for_somebody && !matches!(self.origin, Some(Identity::TokenFor(..)))
    }
}

/// What happened, when and by whose word, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its place in the whole record, from 1.
    pub position: Position,
    /// The incident.
    pub incident: IncidentId,
    /// Its place in the incident, from 1.
    pub revision: Revision,
    /// When it counts as recorded, UTC, to the microsecond: the latest [reading](Self::reading) of all events up to
    /// it, as far as none of them is known to be wrong.
    ///
    /// Where several machines append to one record, two readings can stand the other way round than their
    /// events, by as much as the machines raced each other. Counted so, times never go back along positions,
    /// what was recorded by a moment is always a beginning of the record, and everybody who has the same
    /// events in the same order says the same.
    pub recorded_at: DateTime<Utc>,
    /// What the clock of the machine said that took it, where that lay further behind the record's last time than
    /// clocks differ: then its stamp is the record's last time, and one of the two is wrong.
    pub clock: Option<DateTime<Utc>>,
    /// How far [`recorded_at`](Self::recorded_at) can be relied on.
    pub standing: TimeStanding,
    /// Its index (from 0) among the events of one append.
    pub index: u32,
    /// What came with the command.
    pub cause: Cause,
    /// Of the first event of a request: what was asked, by which the same key with another request is told apart.
    pub request: Option<Fingerprint>,
    /// What happened.
    pub event: IncidentEvent,
}

impl Recorded {
    /// What the clock of the machine said that took it.
    pub fn reading(&self) -> DateTime<Utc> {
        self.clock.unwrap_or(self.recorded_at)
    }

    /// Puts its recorded time right. What was told to happen just then, by the clock that stamped it, happened within the
    /// same bounds.
    pub fn put_right(&mut self, timed: &Timed) {
        self.recorded_at = timed.recorded_at;
        self.standing = timed.standing.clone();
        let TimeStanding::Settled(proven) = &mut self.standing else { return };
        let occurred = self.cause.occurred;
        if let When::At(at, Precision::Second) = occurred
            && (at - proven.clock).abs() <= TOLERANCE
        {
            proven.told = Some(occurred);
            self.cause.occurred = proven.when();
        }
    }

    /// The event's id, derived from its command's.
    pub fn event_id(&self) -> EventId {
        EventId::derive(self.cause.command_id, self.index)
    }
}

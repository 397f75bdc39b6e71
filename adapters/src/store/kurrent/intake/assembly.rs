//! From the cluster's events to whole appends of the record: which count is decided here, the same on every node.
//!
//! An append counts if all its events are there, one after the other, and read as what scribe writes into the
//! stream that they stand in. Whether it continues its incident, and whether its request is new, the mirror
//! knows. Whatever else stands in a stream of the record is passed over: somebody's experiment must not stop the
//! record, and cannot become a part of it.

use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::{Append, Body, Kept};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};

use crate::store::codec::{self, Decoder};
use crate::store::kurrent::client::{LogEvent, Place};
use crate::store::kurrent::format::event::Form;
use crate::store::kurrent::format::names::{Names, StreamKind};

/// An append that the cluster has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    /// The incident.
    pub(super) incident: IncidentId,
    /// The revision of its first event.
    pub(super) first: Revision,
    /// The request.
    pub(super) command_id: CommandId,
    /// When the node that told it took it.
    pub(super) stamped: Stamped,
    /// Whether it says whose clock was wrong.
    pub(super) settles: bool,
    /// Its events: header and body.
    pub(super) events: Vec<(Box<str>, Body)>,
    /// The place of its last event.
    pub(super) place: Place,
    /// That event's number in its stream.
    pub(super) number: u64,
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its append is not complete yet.
    Part,
    /// It completes its append.
    Whole(Whole),
    /// What stands in one of the record's other streams.
    Notice,
    /// It is none of ours, and why.
    Stranger(&'static str),
}

/// Puts events together, in the order of the cluster's log.
pub(super) struct Assembly {
    names: Names,
    decoder: Decoder,
    /// The append that is not complete yet, and how many events it must have.
    begun: Option<(Whole, u32)>,
}

impl Assembly {
    pub(super) fn new(names: Names) -> Self {
        Self { names, decoder: Decoder::default(), begun: None }
    }

    /// Whether an append is not complete yet.
    pub(super) fn is_amid(&self) -> bool {
        self.begun.is_some()
    }

    /// Takes the next event of the log.
    pub(super) fn take(&mut self, seen: &LogEvent) -> Outcome {
        let incident = match self.names.holds(&seen.stream) {
            StreamKind::Nothing | StreamKind::Metadata(_) => {
                return Outcome::Stranger("its stream is not the record's");
            }
            StreamKind::Notices => return Outcome::Notice,
            StreamKind::Incident(incident) => incident,
        };
        // What was begun either goes on with this event or was never whole.
        let begun = self.begun.take();
        let Some(form) = Form::read(&seen.metadata, &seen.data) else {
            return Outcome::Stranger("its metadata are not as scribe writes them");
        };
        let kept = Kept {
            position: Position(0),
            starts_append: form.index == 0,
            header: form.header,
            body: form.body,
        };
        let Ok(recorded) = codec::read(&mut self.decoder, &kept) else {
            return Outcome::Stranger("its header or payload does not read");
        };
        let command_id = recorded.cause.command_id;
        if recorded.incident != incident || recorded.index != form.index {
            return Outcome::Stranger("its header is another event's");
        }
        if recorded.event.kind() != seen.kind {
            return Outcome::Stranger("its type is another event's");
        }
        if seen.id != EventId::derive(command_id, form.index).0 {
            return Outcome::Stranger("its id is another event's");
        }
        let (mut whole, count) = match begun {
            Some((whole, count)) if whole.goes_on_with(form.index, &recorded.cause.command_id, &incident) => {
                (whole, count)
            }
            _ if form.count as usize > Append::LIMIT => {
                return Outcome::Stranger("its append is longer than any");
            }
            _ if form.index == 0 => {
                let (events, place, number) = (Vec::new(), seen.place, seen.number);
                let (first, stamped) = (recorded.revision, codec::stamped(&recorded));
                let settles = codec::settles(&recorded);
                (Whole { incident, first, command_id, stamped, settles, events, place, number }, form.count)
            }
            _ => return Outcome::Stranger("its append's first events are missing"),
        };
        let follows = whole.first.0.checked_add(u64::from(form.index)) == Some(recorded.revision.0);
        if count != form.count || !follows {
            return Outcome::Stranger("it does not follow the event before it");
        }
        whole.events.push((kept.header, kept.body));
        whole.place = seen.place;
        whole.number = seen.number;
        if form.index + 1 == count {
            return Outcome::Whole(whole);
        }
        self.begun = Some((whole, count));
        Outcome::Part
    }
}

impl Whole {
    fn goes_on_with(&self, index: u32, command_id: &CommandId, incident: &IncidentId) -> bool {
        index as usize == self.events.len() && self.command_id == *command_id && self.incident == *incident
    }

    /// The revision of its last event.
    pub(super) fn last(&self) -> Revision {
        Revision(self.first.0 + self.events.len() as u64 - 1)
    }

    /// Its events as they are kept after a position.
    pub(super) fn kept(self, after: Position) -> impl Iterator<Item = Kept> {
        self.events.into_iter().zip(after.0 + 1..).enumerate().map(|(index, ((header, body), position))| {
            Kept { position: Position(position), starts_append: index == 0, header, body }
        })
    }
}

#[cfg(test)]
pub(super) mod tests;

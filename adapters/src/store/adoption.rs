//! Whole appends out of another store's kept events.
//!
//! What can be checked without looking into the receiving store is checked here, so that every store
//! refuses the same things in the same words. The rest (does it continue *this* record?) each store
//! checks where it writes.

use chrono::{DateTime, Utc};
use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::{Append, Kept, StoreError};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::ledger::hash;

use super::codec::{self, Decoder};

/// One append as another store kept it: sound in itself.
pub(super) struct WholeAppend {
    /// The position of its first event.
    pub(super) first_position: Position,
    /// The incident.
    pub(super) incident: IncidentId,
    /// The revision of its first event.
    pub(super) first_revision: Revision,
    /// The request.
    pub(super) command_id: CommandId,
    /// When the store that appended it took it, as its headers say.
    pub(super) stamped: Stamped,
    /// Whether it says whose clock was wrong.
    pub(super) settles: bool,
    /// Its events, byte for byte.
    pub(super) events: Vec<Kept>,
}

/// What the receiving record holds where an adopted append would stand.
pub(super) struct Continues {
    /// The position of the record's last event.
    pub(super) head: Position,
    /// The incident's revision.
    pub(super) revision: Revision,
}

/// Puts events together into whole appends; refuses gaps, halves and what does not read.
pub(super) fn whole_appends(events: Vec<Kept>) -> Result<Vec<WholeAppend>, StoreError> {
    let mut appends: Vec<WholeAppend> = Vec::new();
    let mut decoder = Decoder::default();
    for kept in events {
        let recorded = read(&mut decoder, &kept)?;
        if kept.starts_append {
            if recorded.index != 0 {
                return Err(refused(&kept, "it starts an append, but its index is not 0"));
            }
            let (stamped, settles) = (codec::stamped(&recorded), codec::settles(&recorded));
            appends.push(WholeAppend {
                first_position: kept.position,
                incident: recorded.incident,
                first_revision: recorded.revision,
                command_id: recorded.cause.command_id,
                stamped,
                settles,
                events: vec![kept],
            });
        } else {
            let Some(append) = appends.last_mut() else {
                return Err(refused(&kept, "its append began before the events given"));
            };
            append.goes_on_with(&kept, &recorded)?;
            append.events.push(kept);
        }
    }
    Ok(appends)
}

impl WholeAppend {
    /// Refuses an append that does not follow what the record holds.
    pub(super) fn must_continue(&self, record: &Continues) -> Result<(), StoreError> {
        let refused = |what: String| {
            Err(StoreError::Unacceptable(format!(
                "position {} cannot be adopted: {what}",
                self.first_position
            )))
        };
        if self.first_position.0 != record.head.0 + 1 {
            return refused(format!("this record ends at position {}", record.head));
        }
        if self.first_revision.0 != record.revision.0 + 1 {
            return refused(format!(
                "its revision is {}, but {} is at revision {}",
                self.first_revision, self.incident, record.revision
            ));
        }
        Ok(())
    }

    /// When it counts as recorded, behind what the record holds.
    pub(super) fn recorded_at(&self, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
        self.stamped.counts_at(before, self.settles)
    }

    /// Refuses an append whose request the record knows already.
    pub(super) fn repeats(&self) -> StoreError {
        StoreError::Unacceptable(format!(
            "position {} cannot be adopted: its command id {} is in the record already",
            self.first_position, self.command_id
        ))
    }

    fn goes_on_with(&self, kept: &Kept, recorded: &Recorded) -> Result<(), StoreError> {
        let index = self.events.len();
        let place = index as u64;
        if index == Append::LIMIT {
            return Err(refused(kept, "its append has too many events"));
        }
        if kept.position.0 != self.first_position.0 + place {
            return Err(refused(kept, "the position before it is missing"));
        }
        if recorded.revision.0 != self.first_revision.0 + place || u64::from(recorded.index) != place {
            return Err(refused(kept, "its revision or index does not follow the event before it"));
        }
        if recorded.incident != self.incident
            || recorded.cause.command_id != self.command_id
            || codec::stamped(recorded) != self.stamped
        {
            return Err(refused(kept, "its incident, command or time is not that of its append"));
        }
        Ok(())
    }
}

fn read(decoder: &mut Decoder, kept: &Kept) -> Result<Recorded, StoreError> {
    for text in [&*kept.header, kept.payload()] {
        // Around a value it would be lost among the other events, and its bytes with it.
        if text.trim() != text || text.contains(['\n', '\r']) {
            return Err(refused(
                kept,
                "it has white space around its header or payload, or a line's end in it",
            ));
        }
    }
    hash::leaf(&kept.header, &kept.body.digest()).map_err(|error| refused(kept, &error.to_string()))?;
    let recorded = codec::read(decoder, kept).map_err(|error| refused(kept, &error.to_string()))?;
    // Stores index times by the microsecond; a finer one could not be found again.
    let finer = |at: DateTime<Utc>| !at.timestamp_subsec_nanos().is_multiple_of(1_000);
    if finer(recorded.recorded_at) || recorded.clock.is_some_and(finer) {
        return Err(refused(kept, "its recorded time is finer than a microsecond"));
    }
    Ok(recorded)
}

fn refused(kept: &Kept, what: &str) -> StoreError {
    StoreError::Unacceptable(format!("position {} cannot be adopted: {what}", kept.position))
}

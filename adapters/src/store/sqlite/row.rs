//! One append as its row has it.

use chrono::DateTime;
use rusqlite::types::ValueRef;
use scribe_domain::event_store::{Kept, Receipt, StoreError};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::error::Trouble;
use crate::store::codec::{Decoder, Header};

/// The columns of [`AppendRow`], in order, of the table `appends`.
pub(super) const COLUMNS: &str = "first_position, first_revision, count, command_id, recorded_at, events";

/// One append, its events still as text.
pub(super) struct AppendRow<'r> {
    first_position: u64,
    first_revision: u64,
    count: u64,
    command_id: CommandId,
    recorded_at: i64,
    events: &'r str,
}

/// What a request added, and where: all that its receipt is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) incident: IncidentId,
    pub(super) revision: u64,
    pub(super) position: u64,
    pub(super) count: u32,
}

impl Taken {
    /// Event ids need not be kept: they follow from the request's id.
    pub(super) fn receipt(self, command_id: CommandId) -> Receipt {
        Receipt {
            incident: self.incident,
            revision: Revision(self.revision),
            position: Position(self.position),
            events: (0..self.count).map(|index| EventId::derive(command_id, index)).collect(),
        }
    }
}

/// The column `events` of an append.
pub(super) fn events_text<'a>(events: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::from("[");
    for (header, payload) in events {
        if text.len() > 1 {
            text.push(',');
        }
        text.extend([r#"{"h":"#, header, r#","p":"#, payload, "}"]);
    }
    text.push(']');
    text
}

/// One of the column's elements; the header taken apart, or as it is.
#[derive(Deserialize)]
struct Pair<'a, H> {
    #[serde(rename = "h")]
    header: H,
    #[serde(borrow, rename = "p")]
    payload: &'a RawValue,
}

impl<'r> AppendRow<'r> {
    /// Takes the columns apart.
    pub(super) fn of(row: &'r rusqlite::Row<'_>) -> Result<Self, Trouble> {
        let command_id: [u8; 16] = row.get(3)?;
        let ValueRef::Text(events) = row.get_ref(5)? else {
            return Err(StoreError::Damaged("an append's events are not text".to_owned()).into());
        };
        Ok(Self {
            first_position: row.get(0)?,
            first_revision: row.get(1)?,
            count: row.get(2)?,
            command_id: CommandId(Uuid::from_bytes(command_id)),
            recorded_at: row.get(4)?,
            events: std::str::from_utf8(events).map_err(|error| StoreError::Damaged(error.to_string()))?,
        })
    }

    /// Adds at most `limit` of its events, leaving out the first `skip`.
    pub(super) fn recorded(
        &self,
        decoder: &mut Decoder,
        skip: u64,
        limit: usize,
        into: &mut Vec<Recorded>,
    ) -> Result<(), StoreError> {
        self.each(skip, limit, |place, pair: Pair<'r, Header<'r>>| {
            let position = self.first_position + place;
            let damaged = |what: &str| StoreError::Damaged(format!("position {position}: {what}"));
            let recorded = decoder
                .decode(Position(position), pair.header, pair.payload)
                .map_err(|error| damaged(&error.to_string()))?;
            // The row and the header say the same things twice; where they differ, one of them rotted.
            if recorded.revision.0 != self.first_revision + place
                || u64::from(recorded.index) != place
                || recorded.cause.command_id != self.command_id
                || Some(recorded.recorded_at) != DateTime::from_timestamp_micros(self.recorded_at)
            {
                return Err(damaged("its header does not agree with its row"));
            }
            into.push(recorded);
            Ok(())
        })
    }

    /// The same, as they are kept.
    pub(super) fn kept(&self, skip: u64, limit: usize, into: &mut Vec<Kept>) -> Result<(), StoreError> {
        self.each(skip, limit, |place, pair: Pair<'r, &'r RawValue>| {
            into.push(Kept {
                position: Position(self.first_position + place),
                starts_append: place == 0,
                header: pair.header.get().into(),
                payload: pair.payload.get().into(),
            });
            Ok(())
        })
    }

    /// How many of its events stand at or before a position.
    pub(super) fn seen_by(&self, position: u64) -> u64 {
        position.saturating_add(1).saturating_sub(self.first_position)
    }

    /// How many of its events stand at or before a revision.
    pub(super) fn seen_by_revision(&self, revision: u64) -> u64 {
        revision.saturating_add(1).saturating_sub(self.first_revision)
    }

    fn each<H: Deserialize<'r>>(
        &self,
        skip: u64,
        limit: usize,
        mut take: impl FnMut(u64, Pair<'r, H>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let damaged = |what: &str| {
            StoreError::Damaged(format!("the append at position {}: {what}", self.first_position))
        };
        let pairs: Vec<Pair<'r, H>> =
            serde_json::from_str(self.events).map_err(|error| damaged(&error.to_string()))?;
        if pairs.len() as u64 != self.count {
            return Err(damaged("it has not as many events as it should"));
        }
        let unseen = (0..).zip(pairs).skip(usize::try_from(skip).unwrap_or(usize::MAX));
        unseen.take(limit).try_for_each(|(place, pair)| take(place, pair))
    }
}

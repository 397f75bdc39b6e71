//! One append as its row has it.

use std::iter::once;

use chrono::DateTime;
use memchr::{memchr, memchr_iter};
use rusqlite::types::ValueRef;
use scribe_domain::event_store::{Body, Kept, Receipt, Salt, StoreError};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use scribe_projections::ledger::hash;
use uuid::Uuid;

use crate::store::codec::Decoder;
use crate::store::reckoning;
use crate::store::sqlite::error::Trouble;

/// The columns of [`AppendRow`], in order, of the table `appends`.
pub(in crate::store::sqlite) const COLUMNS: &str =
    "first_position, first_revision, count, command_id, recorded_at, events, salts, sum";

/// What is read back of an append, as its row has it.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// The position of its first event.
    pub first_position: u64,
    /// That event's place in its incident.
    pub first_revision: u64,
    /// How many events it has.
    pub count: u64,
    /// The request.
    pub command_id: &'a [u8],
    /// When it counts as recorded, in microseconds.
    pub recorded_at: i64,
    /// Headers and payloads.
    pub events: &'a [u8],
    /// 16 bytes an event.
    pub salts: &'a [u8],
}

impl Columns<'_> {
    /// The CRC-32 that stands beside them.
    pub fn sum(&self) -> u32 {
        let mut sum = crc32fast::Hasher::new();
        for number in [self.first_position, self.first_revision, self.count] {
            sum.update(&number.to_le_bytes());
        }
        sum.update(&self.recorded_at.to_le_bytes());
        for bytes in [self.command_id, self.salts, self.events] {
            sum.update(bytes);
        }
        sum.finalize()
    }
}

/// One append, its events still as text.
pub(in crate::store::sqlite) struct AppendRow<'r> {
    first_position: u64,
    first_revision: u64,
    count: u64,
    command_id: CommandId,
    recorded_at: i64,
    events: &'r str,
    salts: &'r [u8],
}

/// What a request added, and where: all that its receipt is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::sqlite) struct Addition {
    pub(in crate::store::sqlite) incident: IncidentId,
    pub(in crate::store::sqlite) revision: u64,
    pub(in crate::store::sqlite) position: u64,
    pub(in crate::store::sqlite) count: u32,
    pub(in crate::store::sqlite) leaves: Vec<Digest>,
}

impl Addition {
    /// Event ids and positions need not be kept: they follow from the request's id and the last position.
    pub(in crate::store::sqlite) fn receipt(self, command_id: CommandId) -> Receipt {
        let first = self.position.saturating_sub(u64::from(self.count)) + 1;
        Receipt {
            incident: self.incident,
            revision: Revision(self.revision),
            position: Position(self.position),
            events: (0..self.count).map(|index| EventId::derive(command_id, index)).collect(),
            positions: (first..=self.position).map(Position).collect(),
            leaves: self.leaves,
        }
    }
}

/// The column `events` of an append.
pub(in crate::store::sqlite) fn events_text<'a>(events: impl Iterator<Item = (&'a str, Line<'a>)>) -> String {
    let mut text = String::new();
    for (header, line) in events {
        text.extend([header, "\n"]);
        match line {
            Line::Payload(payload) => text.push_str(payload),
            Line::Erased(digest, remains) => {
                text.extend(once(ERASED).chain(hex(digest)).chain(once(' ')));
                text.push_str(remains);
            }
        }
        text.push('\n');
    }
    text
}

/// The column `salts` of an append; an erased event has none.
pub(in crate::store::sqlite) fn salts(events: impl Iterator<Item = Option<Salt>>) -> Vec<u8> {
    events.flat_map(|salt| salt.map_or([0; Salt::LEN], |salt| salt.0)).collect()
}

/// An event's second line.
#[derive(Clone, Copy)]
pub(in crate::store::sqlite) enum Line<'a> {
    /// The payload.
    Payload(&'a str),
    /// Its digest, and what remains of it.
    Erased(Digest, &'a str),
}

impl<'a> Line<'a> {
    /// How an event is to be kept.
    pub(in crate::store::sqlite) fn of(kept: &'a Kept) -> Self {
        match &kept.body {
            Body::Told { payload, .. } => Self::Payload(payload),
            Body::Erased { digest, remains } => Self::Erased(*digest, remains),
        }
    }

    fn read(line: &'a str) -> Option<Self> {
        let Some(erased) = line.strip_prefix(ERASED) else { return Some(Self::Payload(line)) };
        let (hex, remains) = erased.split_once(' ')?;
        Some(Self::Erased(format!("sha256:{hex}").parse().ok()?, remains))
    }

    /// What the event is read from.
    fn payload(self) -> &'a str {
        match self {
            Self::Payload(payload) => payload,
            Self::Erased(_, remains) => remains,
        }
    }
}

/// Begins the second line of an erased event: no JSON value begins so.
const ERASED: char = '~';

fn hex(digest: Digest) -> impl Iterator<Item = char> {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    digest.0.into_iter().flat_map(move |byte| [digit(byte >> 4), digit(byte & 15)])
}

/// An event out of the column, with its place in the append.
struct Pair<'r> {
    place: u64,
    header: &'r str,
    line: Line<'r>,
}

impl<'r> AppendRow<'r> {
    /// Takes the columns apart.
    pub(in crate::store::sqlite) fn of(row: &'r rusqlite::Row<'_>) -> Result<Self, Trouble> {
        let command_id: [u8; 16] = row.get(3)?;
        let ValueRef::Text(events) = row.get_ref(5)? else {
            return Err(StoreError::Damaged("an append's events are not text".to_owned()).into());
        };
        let salts = row.get_ref(6)?.as_blob().map_err(rusqlite::Error::from)?;
        let columns = Columns {
            first_position: row.get(0)?,
            first_revision: row.get(1)?,
            count: row.get(2)?,
            command_id: &command_id,
            recorded_at: row.get(4)?,
            events,
            salts,
        };
        if columns.sum() != row.get::<_, u32>(7)? {
            return Err(StoreError::Damaged(format!(
                "the append at position {} is not as it was written: see `scribe audit verify`",
                columns.first_position
            ))
            .into());
        }
        Ok(Self {
            first_position: row.get(0)?,
            first_revision: row.get(1)?,
            count: row.get(2)?,
            command_id: CommandId(Uuid::from_bytes(command_id)),
            recorded_at: row.get(4)?,
            events: std::str::from_utf8(events).map_err(|error| StoreError::Damaged(error.to_string()))?,
            salts,
        })
    }

    /// Adds at most `limit` of its events, leaving out the first `skip`.
    pub(in crate::store::sqlite) fn recorded(
        &self,
        decoder: &mut Decoder,
        skip: u64,
        limit: usize,
        into: &mut Vec<Recorded>,
    ) -> Result<(), StoreError> {
        self.each(skip, limit, |Pair { place, header, line }| {
            let position = self.first_position + place;
            let damaged = |what: &str| StoreError::Damaged(format!("position {position}: {what}"));
            let mut recorded = decoder
                .decode(Position(position), header, line.payload())
                .map_err(|error| damaged(&error.to_string()))?;
            // When the append counts as recorded, only the row knows: at what the clock said, or later.
            let recorded_at = DateTime::from_timestamp_micros(self.recorded_at)
                .filter(|at| *at >= recorded.reading())
                .ok_or_else(|| damaged("its header does not agree with its row"))?;
            // The row and the header say the same things twice; where they differ, one of them rotted.
            if recorded.revision.0 != self.first_revision + place
                || u64::from(recorded.index) != place
                || recorded.cause.command_id != self.command_id
            {
                return Err(damaged("its header does not agree with its row"));
            }
            reckoning::counted(&mut recorded, recorded_at);
            into.push(recorded);
            Ok(())
        })
    }

    /// The same, as they are kept.
    pub(in crate::store::sqlite) fn kept(
        &self,
        skip: u64,
        limit: usize,
        into: &mut Vec<Kept>,
    ) -> Result<(), StoreError> {
        self.each(skip, limit, |pair| {
            into.push(Kept {
                position: Position(self.first_position + pair.place),
                starts_append: pair.place == 0,
                header: pair.header.into(),
                body: match pair.line {
                    Line::Payload(payload) => {
                        Body::Told { payload: payload.into(), salt: self.salt(pair.place)? }
                    }
                    Line::Erased(digest, remains) => Body::Erased { digest, remains: remains.into() },
                },
            });
            Ok(())
        })
    }

    /// The leaves of at most `limit` of its events, leaving out the first `skip`.
    pub(in crate::store::sqlite) fn leaves(
        &self,
        skip: u64,
        limit: usize,
        into: &mut Vec<Digest>,
    ) -> Result<(), StoreError> {
        self.each(skip, limit, |pair| {
            let body = match pair.line {
                Line::Payload(payload) => self.salt(pair.place)?.digest(payload),
                Line::Erased(digest, _) => digest,
            };
            let leaf = hash::leaf(pair.header, &body).map_err(|error| self.damaged(&error.to_string()))?;
            into.push(leaf);
            Ok(())
        })
    }

    fn salt(&self, place: u64) -> Result<Salt, StoreError> {
        let (salts, rest) = self.salts.as_chunks();
        let salt = usize::try_from(place).ok().and_then(|place| salts.get(place));
        match salt {
            Some(salt) if salts.len() as u64 == self.count && rest.is_empty() => Ok(Salt(*salt)),
            _ => Err(self.damaged("it has not as many salts as events")),
        }
    }

    /// The row's sum with other events and salts in it.
    pub(in crate::store::sqlite) fn sum_with(&self, events: &str, salts: &[u8]) -> u32 {
        let Self { first_position, first_revision, count, recorded_at, .. } = *self;
        let (command_id, events) = (self.command_id.0.as_bytes().as_slice(), events.as_bytes());
        Columns { first_position, first_revision, count, command_id, recorded_at, events, salts }.sum()
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged(format!("the append at position {}: {what}", self.first_position))
    }

    /// What its request is told when it comes again.
    pub(in crate::store::sqlite) fn addition(&self, incident: IncidentId) -> Result<Addition, StoreError> {
        let mut leaves = Vec::new();
        self.leaves(0, usize::MAX, &mut leaves)?;
        let last = self.count.saturating_sub(1);
        Ok(Addition {
            incident,
            revision: self.first_revision + last,
            position: self.first_position + last,
            count: u32::try_from(self.count).map_err(|_| self.damaged("it has too many events"))?,
            leaves,
        })
    }

    /// The position of its first event.
    pub(in crate::store::sqlite) fn first_position(&self) -> u64 {
        self.first_position
    }

    /// The position of its last event.
    pub(in crate::store::sqlite) fn last_position(&self) -> u64 {
        self.first_position.saturating_add(self.count.saturating_sub(1))
    }

    /// The revision of its first event.
    pub(in crate::store::sqlite) fn first_revision(&self) -> u64 {
        self.first_revision
    }

    /// How many of its events stand at or before a position.
    pub(in crate::store::sqlite) fn seen_by(&self, position: u64) -> u64 {
        position.saturating_add(1).saturating_sub(self.first_position)
    }

    /// How many of its events stand at or before a revision.
    pub(in crate::store::sqlite) fn seen_by_revision(&self, revision: u64) -> u64 {
        revision.saturating_add(1).saturating_sub(self.first_revision)
    }

    fn each(
        &self,
        skip: u64,
        limit: usize,
        mut take: impl FnMut(Pair<'r>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // Every line has its end, the last one too: a text that was cut off does not pass for a whole one.
        let whole = self.events.ends_with('\n');
        if !whole || memchr_iter(b'\n', self.events.as_bytes()).count() as u64 != 2 * self.count {
            return Err(self.damaged("it has not as many events as it should"));
        }
        let mut rest = self.events;
        let mut line = || {
            let (line, after) = rest.split_at_checked(memchr(b'\n', rest.as_bytes())?)?;
            rest = &after[1..];
            Some(line)
        };
        let pairs = (0..).zip(std::iter::from_fn(|| Some((line()?, line()?))));
        let skipped = usize::try_from(skip).unwrap_or(usize::MAX);
        pairs.skip(skipped).take(limit).try_for_each(|(place, (header, line))| {
            let line = Line::read(line).ok_or_else(|| self.damaged("an erased event does not read"))?;
            take(Pair { place, header, line })
        })
    }
}

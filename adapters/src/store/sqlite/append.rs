//! Deciding on one append inside a transaction, and inserting it.

use chrono::DateTime;
use rusqlite::Connection;
use scribe_domain::event_store::{Append, AppendError, Draft, StoreError};
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use serde_json::value::RawValue;

use super::error::Trouble;
use super::query::{self, Tip};
use super::row::{Taken, events_text};
use crate::store::adoption::{Continues, WholeAppend};
use crate::store::codec::{self, Stamp};

/// An append with its payloads encoded: on its caller's thread, so that the writer has less to do.
pub(super) struct Prepared {
    incident: IncidentId,
    expected: Revision,
    command_id: CommandId,
    events: Vec<(Draft, Box<RawValue>)>,
}

/// What became of an append, if its transaction is committed.
pub(super) enum Verdict {
    /// It was added.
    Added(Taken),
    /// It had been added before.
    Repeated(Taken),
    /// It expected another revision.
    Conflict { expected: Revision, actual: Revision },
}

impl From<Verdict> for Result<Taken, AppendError> {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Added(taken) | Verdict::Repeated(taken) => Ok(taken),
            Verdict::Conflict { expected, actual } => Err(AppendError::Conflict { expected, actual }),
        }
    }
}

impl Prepared {
    /// Encodes the payloads; refuses an append that no store takes.
    pub(super) fn new(append: Append) -> Result<Self, StoreError> {
        let payloads = codec::payloads(&append)?;
        let Append { incident, expected, command_id, events } = append;
        Ok(Self { incident, expected, command_id, events: events.into_iter().zip(payloads).collect() })
    }

    fn text(&self, recorded_at: i64) -> Result<String, StoreError> {
        let recorded_at = DateTime::from_timestamp_micros(recorded_at)
            .ok_or_else(|| StoreError::Unavailable("the clock is out of its mind".to_owned()))?;
        let mut headers = Vec::with_capacity(self.events.len());
        for ((draft, _), index) in self.events.iter().zip(0_u32..) {
            let stamp = Stamp {
                incident: &self.incident,
                revision: Revision(self.expected.0 + u64::from(index) + 1),
                recorded_at,
                command_id: self.command_id,
                index,
            };
            headers.push(codec::header(draft, &stamp)?);
        }
        let payloads = self.events.iter().map(|(_, payload)| payload.get());
        Ok(events_text(headers.iter().map(String::as_str).zip(payloads)))
    }
}

/// Adds an append at the tip, unless it comes too late or a second time; `tip` moves along.
///
/// In the common case nothing is looked up but the incident's revision: that the command id is new is
/// found by the insertion itself.
pub(super) fn insert(connection: &Connection, tip: &mut Tip, append: &Prepared) -> Result<Verdict, Trouble> {
    let stream = query::stream(connection, &append.incident)?;
    let actual = Revision(stream.as_ref().map_or(0, |stream| stream.revision));
    if actual != append.expected {
        return Ok(match query::taken(connection, append.command_id)? {
            Some(taken) => Verdict::Repeated(taken),
            None => Verdict::Conflict { expected: append.expected, actual },
        });
    }
    let key = match stream {
        Some(stream) => stream.key,
        None => match query::taken(connection, append.command_id)? {
            // Before the incident gets its row, or the repeat would leave that behind.
            Some(taken) => return Ok(Verdict::Repeated(taken)),
            None => insert_stream(connection, &append.incident)?,
        },
    };
    let recorded_at = tip.recorded_at.unwrap_or_default();
    let added = Row {
        stream: key,
        first_revision: actual.0 + 1,
        count: append.events.len() as u64,
        command_id: append.command_id,
        recorded_at,
        events: &append.text(recorded_at)?,
    }
    .insert(connection, tip)?;
    if added {
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let revision = actual.0 + u64::from(count);
        let incident = append.incident.clone();
        return Ok(Verdict::Added(Taken { incident, revision, position: tip.position, count }));
    }
    query::taken(connection, append.command_id)?.map(Verdict::Repeated).ok_or_else(|| {
        StoreError::Damaged(format!("command {} is and is not in the record", append.command_id)).into()
    })
}

/// Takes over another store's append, byte for byte.
pub(super) fn adopt(connection: &Connection, tip: &mut Tip, append: &WholeAppend) -> Result<(), Trouble> {
    let stream = query::stream(connection, &append.incident)?;
    append.must_continue(&Continues {
        head: scribe_domain::ids::Position(tip.position),
        recorded_at: tip.recorded_at.and_then(DateTime::from_timestamp_micros),
        revision: Revision(stream.as_ref().map_or(0, |stream| stream.revision)),
    })?;
    let key = match stream {
        Some(stream) => stream.key,
        None => insert_stream(connection, &append.incident)?,
    };
    let recorded_at = append.recorded_at.timestamp_micros();
    tip.recorded_at = Some(recorded_at);
    let added = Row {
        stream: key,
        first_revision: append.first_revision.0,
        count: append.events.len() as u64,
        command_id: append.command_id,
        recorded_at,
        events: &events_text(append.events.iter().map(|kept| (&*kept.header, &*kept.payload))),
    }
    .insert(connection, tip)?;
    if added { Ok(()) } else { Err(append.repeats().into()) }
}

fn insert_stream(connection: &Connection, incident: &IncidentId) -> Result<i64, Trouble> {
    connection
        .prepare_cached("INSERT INTO streams (incident) VALUES (?1)")?
        .insert([incident.as_str()])
        .map_err(Trouble::from)
}

struct Row<'a> {
    stream: i64,
    first_revision: u64,
    count: u64,
    command_id: CommandId,
    recorded_at: i64,
    events: &'a str,
}

impl Row<'_> {
    /// Whether it was inserted: it isn't when its command id is in the record.
    fn insert(&self, connection: &Connection, tip: &mut Tip) -> Result<bool, Trouble> {
        let inserted = connection
            .prepare_cached(
                "INSERT INTO appends
                 (first_position, stream, first_revision, count, command_id, recorded_at, events)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (command_id) DO NOTHING",
            )?
            .execute((
                tip.position + 1,
                self.stream,
                self.first_revision,
                self.count,
                self.command_id.0.as_bytes(),
                self.recorded_at,
                self.events,
            ))?;
        if inserted > 0 {
            tip.position += self.count;
        }
        Ok(inserted > 0)
    }
}

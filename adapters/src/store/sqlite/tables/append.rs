//! Deciding on one append inside a transaction, and inserting it.

use chrono::DateTime;
use rusqlite::Connection;
use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::{Append, AppendError, Body, Draft, Kept, StoreError};
use scribe_domain::fingerprint::Fingerprint;
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;

use super::query::{self, Tip};
use super::row::{Addition, Columns, Line, events_text, salts};
use super::tree;
use crate::clock::Timekeeping;
use crate::store::adoption::{Continues, WholeAppend};
use crate::store::codec::{self, Sealed, Stamp};
use crate::store::sqlite::error::Trouble;

/// An append with its payloads encoded and hashed: on its caller's thread, so that the writer has less to
/// do.
pub(in crate::store::sqlite) struct Prepared {
    incident: IncidentId,
    expected: Revision,
    command_id: CommandId,
    request: Option<Fingerprint>,
    events: Vec<Draft>,
    sealed: Vec<Sealed>,
}

/// Where an append is added: the record's end, and the tree's edge there. Both move along.
pub(in crate::store::sqlite) struct End {
    pub(in crate::store::sqlite) tip: Tip,
    pub(in crate::store::sqlite) frontier: Frontier,
}

/// What became of an append, if its transaction is committed.
pub(in crate::store::sqlite) enum Verdict {
    /// It was added.
    Added(Addition),
    /// It had been added before.
    Repeated(Addition),
    /// It expected another revision.
    Conflict { expected: Revision, actual: Revision },
}

impl From<Verdict> for Result<Addition, AppendError> {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Added(addition) | Verdict::Repeated(addition) => Ok(addition),
            Verdict::Conflict { expected, actual } => Err(AppendError::Conflict { expected, actual }),
        }
    }
}

impl Prepared {
    /// Encodes and hashes the payloads; refuses an append that no store takes.
    pub(in crate::store::sqlite) fn new(append: Append) -> Result<Self, StoreError> {
        let sealed = codec::seal(&append)?;
        let Append { incident, expected, command_id, request, events } = append;
        Ok(Self { incident, expected, command_id, request, events, sealed })
    }

    /// The events' headers, now that the time is known.
    fn headers(&self, stamped: Stamped) -> Result<Vec<String>, StoreError> {
        let first = Stamp {
            incident: &self.incident,
            revision: Revision(self.expected.0 + 1),
            stamped,
            command_id: self.command_id,
            index: 0,
            request: self.request,
        };
        codec::headers(first, &self.events)
    }
}

/// Adds an append at the end, unless it comes too late or a second time.
///
/// In the common case nothing is looked up but the incident's revision: that the command id is new is
/// found by the insertion itself.
pub(in crate::store::sqlite) fn insert(
    connection: &Connection,
    end: &mut End,
    append: &Prepared,
    time: &Timekeeping,
) -> Result<Verdict, Trouble> {
    let stream = query::stream(connection, &append.incident)?;
    let actual = Revision(stream.as_ref().map_or(0, |stream| stream.revision));
    if actual != append.expected {
        return Ok(match query::addition(connection, append.command_id)? {
            Some(addition) => Verdict::Repeated(addition),
            None => Verdict::Conflict { expected: append.expected, actual },
        });
    }
    let key = match stream {
        Some(stream) => stream.key,
        None => match query::addition(connection, append.command_id)? {
            // Before the incident gets its row, or the repeat would leave that behind.
            Some(addition) => return Ok(Verdict::Repeated(addition)),
            None => insert_stream(connection, &append.incident)?,
        },
    };
    let last = end.tip.recorded_at.map(codec::moment_of).transpose()?;
    let (stamped, settles) = codec::stamp(time, last, &append.events);
    let recorded_at = stamped.counts_at(last, settles).timestamp_micros();
    let headers = append.headers(stamped)?;
    let leaf = |(header, sealed): (&String, &Sealed)| codec::leaf(header, &sealed.digest);
    let leaves = headers.iter().zip(&append.sealed).map(leaf).collect::<Result<Vec<_>, _>>()?;
    let lines = append.sealed.iter().map(|sealed| Line::Payload(sealed.payload.get()));
    let added = Row {
        stream: key,
        first_revision: actual.0 + 1,
        command_id: append.command_id,
        recorded_at,
        events: &events_text(headers.iter().map(String::as_str).zip(lines)),
        salts: &salts(append.sealed.iter().map(|sealed| Some(sealed.salt))),
        leaves: &leaves,
    }
    .insert(connection, end)?;
    if added {
        let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        let revision = actual.0 + u64::from(count);
        let (incident, position) = (append.incident.clone(), end.tip.position);
        return Ok(Verdict::Added(Addition { incident, revision, position, count, leaves }));
    }
    query::addition(connection, append.command_id)?.map(Verdict::Repeated).ok_or_else(|| {
        StoreError::Damaged(format!("command {} is and is not in the record", append.command_id)).into()
    })
}

/// Takes over another store's append, byte for byte.
pub(in crate::store::sqlite) fn adopt(
    connection: &Connection,
    end: &mut End,
    append: &WholeAppend,
) -> Result<(), Trouble> {
    let stream = query::stream(connection, &append.incident)?;
    append.must_continue(&Continues {
        head: Position(end.tip.position),
        revision: Revision(stream.as_ref().map_or(0, |stream| stream.revision)),
    })?;
    let key = match stream {
        Some(stream) => stream.key,
        None => insert_stream(connection, &append.incident)?,
    };
    let before = end.tip.recorded_at.and_then(DateTime::from_timestamp_micros);
    let recorded_at = append.recorded_at(before).timestamp_micros();
    let leaf = |kept: &Kept| codec::leaf(&kept.header, &kept.body.digest());
    let salt = |kept: &Kept| match kept.body {
        Body::Told { salt, .. } => Some(salt),
        Body::Erased { .. } => None,
    };
    let added = Row {
        stream: key,
        first_revision: append.first_revision.0,
        command_id: append.command_id,
        recorded_at,
        events: &events_text(append.events.iter().map(|kept| (&*kept.header, Line::of(kept)))),
        salts: &salts(append.events.iter().map(salt)),
        leaves: &append.events.iter().map(leaf).collect::<Result<Vec<_>, _>>()?,
    }
    .insert(connection, end)?;
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
    command_id: CommandId,
    recorded_at: i64,
    events: &'a str,
    salts: &'a [u8],
    leaves: &'a [Digest],
}

impl Row<'_> {
    /// Whether it was inserted: it isn't when its command id is in the record. Then the end has not moved.
    fn insert(&self, connection: &Connection, end: &mut End) -> Result<bool, Trouble> {
        let mut frontier = end.frontier.clone();
        let mut completed = Vec::new();
        for leaf in self.leaves {
            tree::push(&mut frontier, *leaf, &mut completed);
        }
        let root = frontier.root();
        let count = self.leaves.len() as u64;
        let columns = Columns {
            first_position: end.tip.position + 1,
            first_revision: self.first_revision,
            count,
            command_id: self.command_id.0.as_bytes(),
            recorded_at: self.recorded_at,
            events: self.events.as_bytes(),
            salts: self.salts,
        };
        let inserted = connection
            .prepare_cached(
                "INSERT INTO appends
                 (first_position, stream, first_revision, count, command_id, recorded_at, root, salts, events, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (command_id) DO NOTHING",
            )?
            .execute((
                end.tip.position + 1,
                self.stream,
                self.first_revision,
                count,
                self.command_id.0.as_bytes(),
                self.recorded_at,
                root.0,
                self.salts,
                self.events,
                columns.sum(),
            ))?;
        if inserted == 0 {
            return Ok(false);
        }
        tree::keep(connection, &completed)?;
        end.frontier = frontier;
        end.tip.position += count;
        end.tip.recorded_at = Some(self.recorded_at);
        end.tip.root = Some(root);
        Ok(true)
    }
}

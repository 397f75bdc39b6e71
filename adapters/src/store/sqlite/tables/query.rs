//! What is asked of the database. Each is one statement, and so one short look at one moment: a long one
//! would keep the log from being folded in.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};
use scribe_domain::event_store::{Kept, StoreError};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;

use super::row::{Addition, AppendRow, COLUMNS};
use crate::store::codec::Decoder;
use crate::store::reckoning::Kepts;
use crate::store::sqlite::error::Trouble;

/// The record's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store::sqlite) struct Tip {
    /// The position of the last event.
    pub(in crate::store::sqlite) position: u64,
    /// When it counts as recorded, in microseconds; `None` in an empty record.
    pub(in crate::store::sqlite) recorded_at: Option<i64>,
    /// The tree's root after it; `None` in an empty record.
    pub(in crate::store::sqlite) root: Option<Digest>,
}

/// Where an incident's appends are found, and its revision.
pub(in crate::store::sqlite) struct Stream {
    pub(in crate::store::sqlite) key: i64,
    pub(in crate::store::sqlite) revision: u64,
}

/// The record's end.
pub(in crate::store::sqlite) fn tip(connection: &Connection) -> Result<Tip, Trouble> {
    let tip = connection
        .prepare_cached(
            "SELECT first_position + count - 1, recorded_at, root FROM appends
             ORDER BY first_position DESC LIMIT 1",
        )?
        .query_row([], |row| {
            let root = Some(Digest(row.get(2)?));
            Ok(Tip { position: row.get(0)?, recorded_at: row.get(1)?, root })
        })
        .optional()?;
    Ok(tip.unwrap_or_default())
}

/// The record's last event, as it is kept; `None` in an empty record.
pub(in crate::store::sqlite) fn last(connection: &Connection) -> Result<Option<Kept>, Trouble> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM appends ORDER BY first_position DESC LIMIT 1"))?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let append = AppendRow::of(row)?;
    let mut last = Vec::new();
    append.kept(append.seen_by(append.last_position()).saturating_sub(1), 1, &mut last)?;
    Ok(last.pop())
}

/// An incident's place; `None` if it has no events.
pub(in crate::store::sqlite) fn stream(
    connection: &Connection,
    incident: &IncidentId,
) -> Result<Option<Stream>, Trouble> {
    let stream = connection
        .prepare_cached(
            "SELECT s.key, a.first_revision + a.count - 1
             FROM streams AS s JOIN appends AS a ON a.stream = s.key
             WHERE s.incident = ?1 ORDER BY a.first_revision DESC LIMIT 1",
        )?
        .query_row([incident.as_str()], |row| Ok(Stream { key: row.get(0)?, revision: row.get(1)? }))
        .optional()?;
    Ok(stream)
}

/// What an earlier request added.
pub(in crate::store::sqlite) fn addition(
    connection: &Connection,
    command_id: CommandId,
) -> Result<Option<Addition>, Trouble> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, s.incident FROM appends AS a JOIN streams AS s ON s.key = a.stream
         WHERE a.command_id = ?1"
    ))?;
    let mut rows = statement.query([command_id.0.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let append = AppendRow::of(row)?;
    let incident: String = row.get("incident")?;
    let incident = IncidentId::stored(&incident).map_err(|error| StoreError::Damaged(format!("{error}")))?;
    Ok(Some(append.addition(incident)?))
}

/// One incident's events after a revision.
pub(in crate::store::sqlite) fn history(
    connection: &Connection,
    incident: &IncidentId,
    after: Revision,
) -> Result<Vec<Recorded>, Trouble> {
    let mut statement = connection.prepare_cached(&format!(
        "WITH wanted AS (SELECT key FROM streams WHERE incident = ?1)
         SELECT {COLUMNS} FROM appends
         WHERE stream = (SELECT key FROM wanted) AND first_revision >= coalesce(
             (SELECT first_revision FROM appends
              WHERE stream = (SELECT key FROM wanted) AND first_revision <= ?2
              ORDER BY first_revision DESC LIMIT 1), 0)
         ORDER BY first_revision"
    ))?;
    let mut rows = statement.query((incident.as_str(), next(after.0)))?;
    let (mut history, mut decoder) = (Vec::new(), Decoder::default());
    while let Some(row) = rows.next()? {
        let append = AppendRow::of(row)?;
        let revision = history.last().map_or(after, |last: &Recorded| last.revision);
        let next = revision.0.saturating_add(1);
        // The first may have been read in part before; the others follow without a gap.
        if append.first_revision() > next || (!history.is_empty() && append.first_revision() != next) {
            return Err(missing(&format!("of {incident}, revision {next}")));
        }
        append.recorded(&mut decoder, append.seen_by_revision(after.0), usize::MAX, &mut history)?;
    }
    if history.iter().any(|recorded| recorded.incident != *incident) {
        let what = format!("events of another incident stand in {incident}: see `scribe audit verify`");
        return Err(StoreError::Damaged(what).into());
    }
    Ok(history)
}

/// At most `limit` events after a position.
pub(in crate::store::sqlite) fn read(
    connection: &Connection,
    after: Position,
    limit: usize,
) -> Result<Vec<Recorded>, Trouble> {
    let mut decoder = Decoder::default();
    page(connection, after, limit, |append, limit, page| {
        append.recorded(&mut decoder, append.seen_by(after.0), limit, page)
    })
}

/// The same, as they are kept.
pub(in crate::store::sqlite) fn read_kept(
    connection: &Connection,
    after: Position,
    limit: usize,
) -> Result<Vec<Kept>, Trouble> {
    page(connection, after, limit, |append, limit, page| append.kept(append.seen_by(after.0), limit, page))
}

/// The leaves of at most `limit` events after a position.
pub(in crate::store::sqlite) fn leaves(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<Digest>, Trouble> {
    page(connection, Position(after), limit, |append, limit, page| {
        append.leaves(append.seen_by(after), limit, page)
    })
}

/// Rows are whole appends, so the first may have been read in part before, and the last is read only
/// as far as the limit goes.
fn page<T>(
    connection: &Connection,
    after: Position,
    limit: usize,
    mut take: impl FnMut(&AppendRow<'_>, usize, &mut Vec<T>) -> Result<(), StoreError>,
) -> Result<Vec<T>, Trouble> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM appends WHERE first_position >= coalesce(
             (SELECT first_position FROM appends WHERE first_position <= ?1
              ORDER BY first_position DESC LIMIT 1), 0)
         ORDER BY first_position"
    ))?;
    let mut rows = statement.query([next(after.0)])?;
    let (mut page, mut reached) = (Vec::new(), after.0);
    while page.len() < limit
        && let Some(row) = rows.next()?
    {
        let append = AppendRow::of(row)?;
        // The first may have been read in part before; the others follow without a gap.
        let next = reached.saturating_add(1);
        if append.first_position() > next || (!page.is_empty() && append.first_position() != next) {
            return Err(missing(&format!("position {next}")));
        }
        reached = append.last_position();
        take(&append, limit - page.len(), &mut page)?;
    }
    Ok(page)
}

pub(super) fn missing(what: &str) -> Trouble {
    StoreError::Damaged(format!("{what} is missing: see `scribe audit verify`")).into()
}

/// The number after this one, as far as the database can count.
fn next(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX).saturating_add(1)
}

/// A connection, as it is asked for what is kept.
pub(in crate::store::sqlite) struct Rows<'a>(pub(in crate::store::sqlite) &'a Connection);

impl Kepts for Rows<'_> {
    type Error = Trouble;

    fn settled(&self) -> Result<Revision, Trouble> {
        Ok(Revision(stream(self.0, &IncidentId::clocks())?.map_or(0, |stream| stream.revision)))
    }

    fn settlements(&self) -> Result<Vec<Recorded>, Trouble> {
        history(self.0, &IncidentId::clocks(), Revision::NEW)
    }

    fn kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, Trouble> {
        read_kept(self.0, after, limit)
    }

    fn counted(&self, position: Position) -> Result<Option<DateTime<Utc>>, Trouble> {
        let Some(before) = position.0.checked_sub(1) else { return Ok(None) };
        let found = read(self.0, Position(before), 1)?;
        Ok(found.first().map(|recorded| recorded.recorded_at))
    }
}

//! Erasing: an event's words are taken out of its row, and then out of the file.
//!
//! The row is rewritten in the transaction of the append that says so. Its salted digest takes the place of
//! payload and salt, so neither the event's leaf nor any root changes. Then the file is wiped: what a
//! database deletes lies on in its log, in free pages and in the gaps of the pages that it rearranged. A mark
//! set in the same transaction is taken away only after that, so that a crash in between is made up for when
//! the record is opened again.
//!
//! The file system's own copies (snapshots, journals, worn-out flash blocks) are beyond anybody's reach here.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use scribe_domain::event_store::{Body, Erasure, Kept, StoreError};
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use scribe_projections::ledger::frontier::Frontier;

use crate::clock::Timekeeping;
use crate::store::codec;
use crate::store::sqlite::error::Trouble;
use crate::store::sqlite::file::schema;
use crate::store::sqlite::tables::append::{self, End, Prepared, Verdict};
use crate::store::sqlite::tables::query;
use crate::store::sqlite::tables::row::{AppendRow, COLUMNS, Line, events_text, salts};
use crate::store::sqlite::tables::tree;

/// What is to be erased, and with what append.
pub(in crate::store::sqlite) struct Order {
    /// Of the append and of the event.
    pub(in crate::store::sqlite) incident: IncidentId,
    /// The incident's revision before the append.
    pub(in crate::store::sqlite) expected: Revision,
    /// Of the append.
    pub(in crate::store::sqlite) command_id: CommandId,
    /// The append that says so.
    pub(in crate::store::sqlite) append: Prepared,
    /// Which event, and what remains of it.
    pub(in crate::store::sqlite) erasure: Erasure,
}

/// Takes the words out of the record, with the append that says so: both or neither.
pub(in crate::store::sqlite) fn erase(
    connection: &mut Connection,
    time: &Timekeeping,
    order: &Order,
) -> Result<Verdict, Trouble> {
    connection.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
    let transaction = schema::begin(connection)?;
    let beyond = order.erasure.revision > order.expected || order.erasure.revision == Revision::NEW;
    if beyond && query::addition(&transaction, order.command_id)?.is_none() {
        return Err(no_such_event(order).into());
    }
    let before = query::tip(&transaction)?;
    let mut end = End { frontier: tree::catch_up(&transaction, &Frontier::default(), &before)?, tip: before };
    let verdict = append::insert(&transaction, &mut end, &order.append, time)?;
    match verdict {
        Verdict::Added(_) => {
            take_out(&transaction, order)?;
            transaction.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {MARK} (what TEXT) STRICT"))?;
            transaction.commit()?;
        }
        Verdict::Repeated(_) | Verdict::Conflict { .. } => transaction.rollback()?,
    }
    Ok(verdict)
}

/// A table that is there while the file is to be wiped. It has no rows.
const MARK: &str = "to_be_wiped";

/// Rewrites the row that has the event.
fn take_out(transaction: &Transaction<'_>, order: &Order) -> Result<(), Trouble> {
    let revision = i64::try_from(order.erasure.revision.0).unwrap_or(i64::MAX);
    let mut statement = transaction.prepare(&format!(
        "SELECT {COLUMNS} FROM appends
         WHERE stream = (SELECT key FROM streams WHERE incident = ?1) AND first_revision <= ?2
         ORDER BY first_revision DESC LIMIT 1"
    ))?;
    let mut rows = statement.query((order.incident.as_str(), revision))?;
    let row = rows.next()?.ok_or_else(|| no_such_event(order))?;
    let first_position: i64 = row.get("first_position")?;
    let append = AppendRow::of(row)?;
    let (mut kept, mut leaves) = (Vec::new(), Vec::new());
    append.kept(0, usize::MAX, &mut kept)?;
    append.leaves(0, usize::MAX, &mut leaves)?;

    let place = append.seen_by_revision(order.erasure.revision.0.saturating_sub(1));
    let target = usize::try_from(place).ok().and_then(|place| kept.get_mut(place));
    let target = target.ok_or_else(|| no_such_event(order))?;
    if matches!(target.body, Body::Erased { .. }) {
        return Ok(());
    }
    let remains = order.erasure.remains.get().into();
    target.body = Body::Erased { digest: target.body.digest(), remains };

    let leaf = |kept: &Kept| codec::leaf(&kept.header, &kept.body.digest());
    if kept.iter().map(leaf).collect::<Result<Vec<_>, _>>()? != leaves {
        let what = format!("the append at position {first_position} would have other leaves");
        return Err(StoreError::Damaged(what).into());
    }
    let salt = |kept: &Kept| match kept.body {
        Body::Told { salt, .. } => Some(salt),
        Body::Erased { .. } => None,
    };
    let events = events_text(kept.iter().map(|kept| (&*kept.header, Line::of(kept))));
    let salts = salts(kept.iter().map(salt));
    let sum = append.sum_with(&events, &salts);
    transaction.execute(
        "UPDATE appends SET events = ?2, salts = ?3, sum = ?4 WHERE first_position = ?1",
        (first_position, events, salts, sum),
    )?;
    Ok(())
}

fn no_such_event(order: &Order) -> StoreError {
    let (incident, revision) = (&order.incident, order.erasure.revision);
    StoreError::Unacceptable(format!("{incident} has no event at revision {revision} to erase"))
}

/// Makes those who keep copies of the record's words in files of their own delete them.
pub type Forget = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;

/// Wipes the file if something was erased from it since it was last wiped, and has others forget. Others may read and append
/// meanwhile, or wait for it; whoever holds on to an old state of the record keeps its log from being
/// emptied.
pub(in crate::store::sqlite) fn wipe(
    connection: &mut Connection,
    forget: &dyn Fn() -> io::Result<()>,
) -> Result<(), Trouble> {
    if !is_marked(connection)? {
        return Ok(());
    }
    forget()
        .map_err(|error| StoreError::Unavailable(format!("snapshots of views cannot be deleted: {error}")))?;
    // The log first: what it holds would otherwise be folded in behind the cleaning.
    empty_log(connection)?;
    rebuild(connection)?;
    empty_log(connection)?;
    connection.execute_batch(&format!("DROP TABLE IF EXISTS {MARK}"))?;
    Ok(())
}

/// Wipes what a crash, or somebody who would not let go, kept from being wiped before. The record itself is
/// fine without: if it cannot be done now either, that is told and nothing else is kept waiting.
pub(in crate::store::sqlite) fn make_up(connection: &mut Connection, forget: &dyn Fn() -> io::Result<()>) {
    // Whoever opens the record wants something else of it, and should not wait long for a reader to let go.
    let made_up = schema::wait_for_others(connection, BRIEFLY)
        .map_err(Trouble::from)
        .and_then(|()| wipe(connection, forget))
        .and(schema::wait_for_others(connection, schema::PATIENCE).map_err(Trouble::from));
    if let Err(trouble) = made_up {
        let error = StoreError::from(trouble);
        tracing::warn!(%error, "what was erased could not be wiped from the record's file");
    }
}

/// Whether the file is still to be wiped.
pub(in crate::store::sqlite) fn is_marked(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = ?1", [MARK], |row| row.get(0))
}

/// How long an opening waits for whoever keeps the file from being wiped.
const BRIEFLY: Duration = Duration::from_millis(100);

/// Folds the log in and cuts its file to nothing.
fn empty_log(connection: &Connection) -> Result<(), Trouble> {
    let held: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if held {
        let why = "somebody keeps reading an old state of the record";
        return Err(StoreError::Unavailable(why.to_owned()).into());
    }
    Ok(())
}

/// A database up to this size is rebuilt in memory; a larger one in a temporary file, which holds nothing
/// that was erased.
const IN_MEMORY: i64 = 256 << 20;

/// Writes the database anew, page by page: no page keeps anything of what it held before.
fn rebuild(connection: &Connection) -> Result<(), Trouble> {
    let size: i64 = connection.query_row(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        [],
        |row| row.get(0),
    )?;
    if size > IN_MEMORY {
        connection.pragma_update(None, "temp_store", "file")?;
    }
    connection.execute_batch("VACUUM")?;
    Ok(())
}

#[cfg(test)]
mod tests;

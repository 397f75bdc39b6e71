//! Bringing an older file to the layout of today, in one transaction: all of it or nothing.
//!
//! Headers and payloads stay as they are, to the byte; what is added is what the older format did not have.

use std::path::Path;

use rusqlite::Transaction;
use scribe_domain::event_store::{Body, Kept, StoreError};
use scribe_domain::ids::Position;
use scribe_projections::ledger::frontier::Frontier;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::schema::{self, Access, FORMAT};
use crate::store::adoption::whole_appends;
use crate::store::codec;
use crate::store::sqlite::error::Trouble;
use crate::store::sqlite::tables::append::{self, End};
use crate::store::sqlite::tables::query::Tip;

/// Migrates, unless another process has just done so.
pub(in crate::store::sqlite) fn to_today(path: &Path, found: u32) -> Result<(), Trouble> {
    let mut connection = schema::connect(path, Access::Write)?;
    let transaction = schema::begin(&mut connection)?;
    let format: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if format < FORMAT {
        tracing::info!(path = %path.display(), from = found, to = FORMAT, "bringing the record to today's format");
        from_1(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Format 1 had neither salts nor a ledger, and its events were one JSON text, `[{"h":header,"p":payload},…]`.
fn from_1(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    transaction.execute_batch(
        "ALTER TABLE appends RENAME TO appends_1;
         ALTER TABLE streams RENAME TO streams_1;",
    )?;
    schema::lay_out_in(transaction)?;
    let mut end = End { tip: Tip::default(), frontier: Frontier::default() };
    {
        let mut statement =
            transaction.prepare("SELECT first_position, events FROM appends_1 ORDER BY first_position")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kept = kept(row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
            // They pass the same checks as any record that is taken over.
            for append in whole_appends(kept).map_err(as_damage)? {
                append::adopt(transaction, &mut end, &append)?;
            }
        }
    }
    transaction.execute_batch("DROP TABLE appends_1; DROP TABLE streams_1;")?;
    Ok(())
}

/// One of the old column's elements.
#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow, rename = "h")]
    header: &'a RawValue,
    #[serde(borrow, rename = "p")]
    payload: &'a RawValue,
}

fn kept(first_position: u64, events: &str) -> Result<Vec<Kept>, StoreError> {
    let damaged = |error: serde_json::Error| {
        StoreError::Damaged(format!("the append at position {first_position}: {error}"))
    };
    let pairs: Vec<Pair<'_>> = serde_json::from_str(events).map_err(damaged)?;
    let salts = codec::salts(pairs.len())?;
    let events = (first_position..).zip(pairs).zip(salts).map(|((position, pair), salt)| Kept {
        position: Position(position),
        starts_append: position == first_position,
        header: pair.header.get().into(),
        body: Body::Told { payload: pair.payload.get().into(), salt },
    });
    Ok(events.collect())
}

/// What no store would take over, none of ours can have kept.
fn as_damage(error: StoreError) -> StoreError {
    match error {
        StoreError::Unacceptable(why) => StoreError::Damaged(why),
        other => other,
    }
}

//! The ledger's tree beside the events: kept up in the same transaction as they are.

use rusqlite::Connection;
use scribe_domain::event_store::{KeptCheckpoint, StoreError, TreeHead};
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::{Completed, Frontier};
use scribe_projections::ledger::hash::empty_root;
use scribe_projections::ledger::tile;

use super::query::{self, Tip};
use crate::store::sqlite::error::Trouble;

/// Leaves read at once while an edge is brought up to the record's end.
const BATCH: usize = 4_096;

/// The tree's edge at the record's end, starting from what is known of it: another process may have
/// appended since then.
pub(in crate::store::sqlite) fn catch_up(
    connection: &Connection,
    known: &Frontier,
    tip: &Tip,
) -> Result<Frontier, Trouble> {
    let mut frontier = known.clone();
    if frontier.size() == 0 || frontier.size() > tip.position {
        frontier = resume(connection, tip.position)?;
    }
    while frontier.size() < tip.position {
        let leaves = query::leaves(connection, frontier.size(), BATCH)?;
        if leaves.is_empty() {
            return Err(damaged(tip.position, "events before it are missing").into());
        }
        for leaf in leaves {
            frontier.push(leaf, |_| {});
        }
    }
    if frontier.size() != tip.position || tip.root.is_some_and(|root| root != frontier.root()) {
        return Err(damaged(tip.position, "the ledger does not hold: see `scribe audit verify`").into());
    }
    Ok(frontier)
}

fn damaged(position: u64, what: &str) -> StoreError {
    StoreError::Damaged(format!("the record's end at position {position}: {what}"))
}

/// The edge at the last multiple of 256 events, from the nodes that are kept.
fn resume(connection: &Connection, size: u64) -> Result<Frontier, Trouble> {
    let whole = tile::nodes(size, 1) * tile::WIDTH;
    let mut perfect = Vec::new();
    let mut first = 0;
    for height in (tile::HEIGHT..64).rev().filter(|height| whole >> height & 1 == 1) {
        let level = height / tile::HEIGHT;
        let below = 1 << (height % tile::HEIGHT);
        let hashes = nodes(connection, level, first >> (level * tile::HEIGHT), below)?;
        let missing = || damaged(size, "nodes of the ledger's tree are missing: see `scribe audit verify`");
        perfect
            .push(tile::perfect_root(&hashes).filter(|_| hashes.len() as u64 == below).ok_or_else(missing)?);
        first += 1 << height;
    }
    Frontier::resume(whole, perfect).ok_or_else(|| damaged(size, "its tree has no edge").into())
}

/// Adds a leaf, and tells of the nodes that are complete with it, as far as they are kept.
pub(in crate::store::sqlite) fn push(frontier: &mut Frontier, leaf: Digest, completed: &mut Vec<Completed>) {
    frontier.push(leaf, |node| {
        if node.height.is_multiple_of(tile::HEIGHT) {
            completed.push(node);
        }
    });
}

/// Keeps nodes that are complete.
pub(in crate::store::sqlite) fn keep(
    connection: &Connection,
    completed: &[Completed],
) -> Result<(), rusqlite::Error> {
    for Completed { height, place, hash } in completed {
        connection.prepare_cached("INSERT INTO tree (level, place, hash) VALUES (?1, ?2, ?3)")?.execute((
            height / tile::HEIGHT,
            place,
            hash.0,
        ))?;
    }
    Ok(())
}

/// The tree over the whole record.
pub(in crate::store::sqlite) fn head(connection: &Connection) -> Result<TreeHead, Trouble> {
    let tip = query::tip(connection)?;
    Ok(TreeHead { size: tip.position, root: tip.root.unwrap_or_else(empty_root) })
}

/// One tile.
pub(in crate::store::sqlite) fn tile(
    connection: &Connection,
    level: u8,
    place: u64,
) -> Result<Vec<Digest>, Trouble> {
    let Some(first) = place.checked_mul(tile::WIDTH) else { return Ok(Vec::new()) };
    match level {
        0 => query::leaves(connection, first, usize::try_from(tile::WIDTH).unwrap_or(usize::MAX)),
        _ => nodes(connection, level, first, tile::WIDTH),
    }
}

/// Neighbouring nodes of a level above the leaves; fewer where the tree does not reach.
fn nodes(connection: &Connection, level: u8, first: u64, count: u64) -> Result<Vec<Digest>, Trouble> {
    // Beyond what the database can count, there are none.
    let Ok(first) = i64::try_from(first) else { return Ok(Vec::new()) };
    let mut statement = connection
        .prepare_cached("SELECT hash FROM tree WHERE level = ?1 AND place >= ?2 ORDER BY place LIMIT ?3")?;
    let hashes = statement.query_map((level, first, count), |row| row.get(0).map(Digest))?;
    Ok(hashes.collect::<Result<_, _>>()?)
}

/// Keeps a checkpoint.
pub(in crate::store::sqlite) fn keep_checkpoint(
    connection: &Connection,
    checkpoint: &KeptCheckpoint,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO checkpoints (size, note) VALUES (?1, ?2)")?
        .execute((checkpoint.size, &checkpoint.note))
        .map(drop)
}

/// Every checkpoint that was kept.
pub(in crate::store::sqlite) fn checkpoints(connection: &Connection) -> Result<Vec<KeptCheckpoint>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT size, note FROM checkpoints ORDER BY size")?;
    let kept = statement.query_map([], |row| Ok(KeptCheckpoint { size: row.get(0)?, note: row.get(1)? }))?;
    Ok(kept.collect::<Result<_, _>>()?)
}

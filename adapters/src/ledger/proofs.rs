//! Proofs and tiles, out of a store.

use std::collections::BTreeMap;

use scribe_domain::event_store::{EventStore, Kept, StoreError, TreeHead};
use scribe_domain::ids::{CommandId, EventId, Position};
use scribe_domain::values::Digest;
use scribe_projections::ledger::bundle::{Row, TilePath, pack};
use scribe_projections::ledger::hash::{empty_root, entry};
use scribe_projections::ledger::proof::Plan;
use scribe_projections::ledger::tile::WIDTH;
use serde::Deserialize;

use super::LedgerError;

/// Events looked through at once.
const BATCH: usize = 2_000;

/// The proof that the event at a position is in a tree of this size: the event and the hashes.
pub async fn inclusion(
    store: &dyn EventStore,
    position: Position,
    size: u64,
) -> Result<(Kept, Vec<Digest>), LedgerError> {
    let missing = || LedgerError::NoSuchEvent(format!("at position {position}"));
    let index = position.0.checked_sub(1).ok_or_else(missing)?;
    let plan = Plan::inclusion(index, size).ok_or_else(missing)?;
    let kept = store.read_kept(Position(index), 1).await?.pop().ok_or_else(missing)?;
    Ok((kept, hashes(store, &plan).await?))
}

/// The proof that the tree of one size is that of another, grown.
pub async fn consistency(store: &dyn EventStore, old: u64, new: u64) -> Result<Vec<Digest>, LedgerError> {
    let TreeHead { size, .. } = store.tree().await?;
    if new > size {
        return Err(LedgerError::TooShort { asked: new, size });
    }
    let plan = Plan::consistency(old, new).ok_or(LedgerError::TooShort { asked: old, size: new })?;
    hashes(store, &plan).await
}

/// The root at some size, from the tree itself.
pub async fn root_at(store: &dyn EventStore, size: u64) -> Result<Digest, LedgerError> {
    Ok(hashes(store, &Plan::root(size)).await?.pop().unwrap_or_else(empty_root))
}

async fn hashes(store: &dyn EventStore, plan: &Plan) -> Result<Vec<Digest>, LedgerError> {
    let mut tiles = BTreeMap::new();
    for at in plan.tiles() {
        tiles.insert(at, store.tile(at.level, at.place).await?);
    }
    let hashes = plan.hashes(|at| tiles.get(&at).map(Vec::as_slice));
    Ok(hashes.map_err(|error| StoreError::Damaged(error.to_string()))?)
}

/// A tile as it is served; none if the tree has not grown that far.
pub async fn tile(store: &dyn EventStore, path: TilePath) -> Result<Option<Vec<u8>>, LedgerError> {
    let width = usize::try_from(path.width).unwrap_or(usize::MAX);
    match path.row {
        Row::Hashes(level) => {
            let hashes = store.tile(level, path.place).await?;
            let asked = hashes.get(..width);
            Ok(asked.map(|hashes| hashes.iter().flat_map(|hash| hash.0).collect()))
        }
        Row::Entries => {
            let Some(first) = path.place.checked_mul(WIDTH) else { return Ok(None) };
            let kept = store.read_kept(Position(first), width).await?;
            if kept.len() < width {
                return Ok(None);
            }
            let entries = kept.iter().map(|kept| entry(&kept.header, &kept.body.digest()));
            let entries = entries.collect::<Result<Vec<_>, _>>().ok().and_then(pack);
            Ok(Some(entries.ok_or_else(|| StoreError::Damaged("a header is too long".to_owned()))?))
        }
    }
}

/// Where an event stands. Ids are not kept but follow from the events' requests, so the record is looked
/// through.
pub async fn find(store: &dyn EventStore, event: EventId) -> Result<Position, LedgerError> {
    #[derive(Deserialize)]
    struct Header {
        command_id: CommandId,
        index: u32,
    }
    let mut after = Position(0);
    loop {
        let batch = store.read_kept(after, BATCH).await?;
        let Some(last) = batch.last() else { return Err(LedgerError::NoSuchEvent(event.to_string())) };
        after = last.position;
        let is_it = |kept: &&Kept| {
            serde_json::from_str(&kept.header)
                .is_ok_and(|Header { command_id, index }| EventId::derive(command_id, index) == event)
        };
        if let Some(found) = batch.iter().find(is_it) {
            return Ok(found.position);
        }
    }
}

//! Carrying a record from one store to another, whatever they are.
//!
//! The events are taken over as they are kept, byte for byte, so the copy's ledger must come to the same root:
//! that is what tells a copy that can be gone on with from another record, and a whole copy from a damaged
//! one.

use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Body, EventStore, Kept, StoreError, TreeHead};
use scribe_domain::ids::{EventId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use serde::Serialize;

use crate::ledger::LedgerError;
use crate::ledger::proofs::root_at;

/// Events taken over at once, give or take an append.
const BATCH: usize = 1_000;

/// What copying did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyReport {
    /// Events in the record.
    pub events: u64,
    /// Events that were carried over.
    pub added: u64,
    /// Events that the copy held already.
    pub already_kept: u64,
    /// Signed checkpoints that were carried over.
    pub checkpoints: u64,
    /// The root of the ledger's tree over them, the same on both sides.
    pub root: Digest,
}

/// How far copying has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events that the copy holds.
    pub done: u64,
    /// Events that the record held when it began.
    pub of: u64,
}

/// Why there is no whole copy. What was carried over before stays; copying again goes on there.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target holds another record.
    #[error("the target holds another record: {}", agreement(*.same))]
    OtherRecord {
        /// How many events at the beginning are the same.
        same: u64,
    },
    /// The target was recorded into after it was copied.
    #[error(
        "the target goes on where the source ends: it has {target} events, and the source only {source_size}"
    )]
    Longer {
        /// How many the target has.
        target: u64,
        /// How many the source has.
        source_size: u64,
    },
    /// An event was erased after it was copied.
    #[error(
        "the target holds the words of position {position} still, which were erased from the source after they were copied"
    )]
    ErasedSince {
        /// The event's.
        position: Position,
    },
    /// It was asked to stop.
    #[error("interrupted: the target holds {done} of {of} events")]
    Interrupted {
        /// Events that the copy holds.
        done: u64,
        /// Events that the record held when it began.
        of: u64,
    },
    /// The copy is whole, but somebody changed one side meanwhile.
    #[error("the copy does not add up to the source's root: somebody recorded into the target meanwhile")]
    DoesNotAddUp,
    /// What is read from does not answer.
    #[error("the source: {0}")]
    Source(StoreError),
    /// What is written to does not.
    #[error("the target: {0}")]
    Target(StoreError),
}

fn agreement(same: u64) -> String {
    match same {
        0 => "they differ from the first event on".to_owned(),
        same => {
            format!("they have the first {same} events in common, and differ from position {} on", same + 1)
        }
    }
}

/// Carries a record over, until both hold the same or somebody wants it to stop: asked between two batches.
///
/// Before anything is written, what the target holds must be the beginning of the source.
pub async fn copy(
    source: &dyn EventStore,
    target: &dyn EventStore,
    stop: &(dyn Fn() -> bool + Sync),
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<CopyReport, CopyError> {
    let of = fresh_tree(source).await.map_err(CopyError::Source)?.size;
    let before = fresh_tree(target).await.map_err(CopyError::Target)?;
    must_begin(source, of, target, before).await?;
    let mut done = before.size;
    let mut pages = Pages { source, after: Position(done), held: Vec::new() };
    loop {
        tell(Progress { done, of });
        if stop() {
            return Err(CopyError::Interrupted { done, of });
        }
        let batch = pages.next().await.map_err(CopyError::Source)?;
        let Some(last) = batch.last().map(|last| last.position.0) else { break };
        must_be_erased_there_too(source, target, &batch, Position(done)).await?;
        target.adopt(batch).await.map_err(CopyError::Target)?;
        done = last;
    }
    must_be_fresh(source).await.map_err(CopyError::Source)?;
    let root = must_add_up(source, target, done).await?;
    let checkpoints = carry_checkpoints(source, target, done).await?;
    let already_kept = before.size;
    Ok(CopyReport { events: done, added: done - already_kept, already_kept, checkpoints, root })
}

/// The tree over everything there is; an error where that cannot be told.
async fn fresh_tree(store: &dyn EventStore) -> Result<TreeHead, StoreError> {
    let tree = store.tree().await?;
    must_be_fresh(store).await?;
    Ok(tree)
}

async fn must_be_fresh(store: &dyn EventStore) -> Result<(), StoreError> {
    match store.stale().await {
        None => Ok(()),
        Some(stale) => Err(stale.into_error()),
    }
}

/// Refuses a target that holds anything else than the beginning of the source.
async fn must_begin(
    source: &dyn EventStore,
    of: u64,
    target: &dyn EventStore,
    before: TreeHead,
) -> Result<(), CopyError> {
    let common = before.size.min(of);
    if !same_up_to(source, target, common).await? {
        let (mut same, mut differ) = (0, common);
        while same + 1 < differ {
            let middle = same.midpoint(differ);
            if same_up_to(source, target, middle).await? { same = middle } else { differ = middle }
        }
        return Err(CopyError::OtherRecord { same });
    }
    if before.size > of {
        return Err(CopyError::Longer { target: before.size, source_size: of });
    }
    Ok(())
}

async fn same_up_to(source: &dyn EventStore, target: &dyn EventStore, size: u64) -> Result<bool, CopyError> {
    let theirs = root_at(source, size).await.map_err(|error| CopyError::Source(of_store(error)))?;
    let ours = root_at(target, size).await.map_err(|error| CopyError::Target(of_store(error)))?;
    Ok(theirs == ours)
}

fn of_store(error: LedgerError) -> StoreError {
    match error {
        LedgerError::Store(error) => error,
        other => StoreError::Damaged(other.to_string()),
    }
}

/// The record in batches that split no append.
struct Pages<'a> {
    source: &'a dyn EventStore,
    after: Position,
    /// The beginning of an append whose end has not been read.
    held: Vec<Kept>,
}

impl Pages<'_> {
    /// The next events; none when there are no more.
    async fn next(&mut self) -> Result<Vec<Kept>, StoreError> {
        loop {
            let page = self.source.read_kept(self.after, BATCH).await?;
            let Some(last) = page.last() else {
                // Appends are read as they are written: all of one or nothing.
                return Ok(std::mem::take(&mut self.held));
            };
            self.after = last.position;
            let ends_here = page.len() < BATCH;
            self.held.extend(page);
            if ends_here {
                return Ok(std::mem::take(&mut self.held));
            }
            let begins = self.held.iter().rposition(|kept| kept.starts_append).unwrap_or_default();
            if begins > 0 {
                let rest = self.held.split_off(begins);
                return Ok(std::mem::replace(&mut self.held, rest));
            }
        }
    }
}

/// A leaf stays when its words go, so no root tells that the target still has words which the source has
/// erased since they were copied. But the erasure itself is an event.
async fn must_be_erased_there_too(
    source: &dyn EventStore,
    target: &dyn EventStore,
    batch: &[Kept],
    held: Position,
) -> Result<(), CopyError> {
    if !batch.iter().any(|kept| kept.header.contains("\"redacted\"")) {
        return Ok(());
    }
    let events = source.read(held, batch.len()).await.map_err(CopyError::Source)?;
    for redacted in &events {
        let IncidentEvent::Redacted(erasure) = &redacted.event else { continue };
        let Some(position) = find(target, redacted, erasure.target).await.map_err(CopyError::Target)? else {
            continue;
        };
        let kept = target.read_kept(Position(position.0 - 1), 1).await.map_err(CopyError::Target)?;
        if kept.iter().any(|kept| matches!(kept.body, Body::Told { .. })) {
            return Err(CopyError::ErasedSince { position });
        }
    }
    Ok(())
}

/// Where an event of the same incident stands in a store, if it does.
async fn find(
    store: &dyn EventStore,
    beside: &Recorded,
    event: EventId,
) -> Result<Option<Position>, StoreError> {
    let history = store.history(&beside.incident, Revision::NEW).await?;
    Ok(history.iter().find(|recorded| recorded.event_id() == event).map(|recorded| recorded.position))
}

/// Compares what both came to.
async fn must_add_up(
    source: &dyn EventStore,
    target: &dyn EventStore,
    size: u64,
) -> Result<Digest, CopyError> {
    let tree = fresh_tree(target).await.map_err(CopyError::Target)?;
    if tree.size != size || !same_up_to(source, target, size).await? {
        return Err(CopyError::DoesNotAddUp);
    }
    Ok(tree.root)
}

/// Carries over what was signed, unless the target has a word of its own on that size.
async fn carry_checkpoints(
    source: &dyn EventStore,
    target: &dyn EventStore,
    size: u64,
) -> Result<u64, CopyError> {
    let signed = source.checkpoints().await.map_err(CopyError::Source)?;
    let known = target.checkpoints().await.map_err(CopyError::Target)?;
    let mut carried = 0;
    for checkpoint in signed {
        let is_known = known.binary_search_by_key(&checkpoint.size, |known| known.size).is_ok();
        if checkpoint.size <= size && !is_known {
            target.keep_checkpoint(checkpoint).await.map_err(CopyError::Target)?;
            carried += 1;
        }
    }
    Ok(carried)
}

//! Views from the disk and to it, held against the record that they are of.

use std::sync::Arc;

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::tile::{HEIGHT, WIDTH, perfect_root};
use scribe_projections::runner::{Projection, Tracked};
use tokio::task::{JoinError, spawn_blocking};

use crate::snapshots::{Header, Snapshots, Turn, Unusable};

/// The snapshots of one record.
#[derive(Debug)]
pub(super) struct Disk {
    snapshots: Snapshots,
}

/// Why a view does not begin with its snapshot.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotLoaded {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("it is of another record, or of more of it: the roots up to position {0} differ")]
    OfAnotherRecord(Position),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("reading it stopped: {0}")]
    Stopped(#[from] JoinError),
}

/// Why a view was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSaved {
    #[error("the disk says no: {0}")]
    Disk(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("writing it stopped: {0}")]
    Stopped(#[from] JoinError),
}

impl Disk {
    pub(super) fn new(snapshots: Snapshots) -> Self {
        Self { snapshots }
    }

    /// A view as its snapshot has it, if there is one and it is of this record.
    pub(super) async fn load<P: Projection>(
        &self,
        store: &dyn EventStore,
    ) -> Result<Option<Tracked<P>>, NotLoaded> {
        let snapshots = self.snapshots.clone();
        let read = spawn_blocking(move || snapshots.read::<P>(P::NAME, P::VERSION)).await??;
        let Some((header, view)) = read else { return Ok(None) };
        if root_at(store, header.position).await? != Some(header.root) {
            return Err(NotLoaded::OfAnotherRecord(header.position));
        }
        Ok(Some(Tracked { view, position: header.position }))
    }

    /// Waits for the turn to write.
    pub(super) async fn turn(&self) -> Result<Arc<Turn>, NotSaved> {
        let snapshots = self.snapshots.clone();
        Ok(Arc::new(spawn_blocking(move || snapshots.turn()).await??))
    }

    /// Writes a view of an edition of the record.
    pub(super) async fn save<P: Projection>(
        &self,
        store: &dyn EventStore,
        turn: &Arc<Turn>,
        tracked: Tracked<P>,
        edition: u64,
    ) -> Result<(), NotSaved> {
        let position = tracked.position;
        // A view has seen nothing that the record does not hold.
        let Some(root) = root_at(store, position).await? else { return Ok(()) };
        // By this root it is known again: one of another edition would make it pass for what it is not.
        if store.edition() != edition {
            return Ok(());
        }
        let header = Header { view: P::NAME.to_owned(), version: P::VERSION, position, root };
        let turn = Arc::clone(turn);
        let bytes = spawn_blocking(move || turn.write(&header, &tracked.view)).await??;
        tracing::info!(view = P::NAME, %position, bytes, "a snapshot was written");
        Ok(())
    }

    /// Deletes all of them.
    pub(super) async fn forget(&self) -> Result<(), NotSaved> {
        let snapshots = self.snapshots.clone();
        Ok(spawn_blocking(move || snapshots.forget()).await??)
    }
}

/// The ledger's root over the events up to a position; `None` beyond the record's end.
async fn root_at(store: &dyn EventStore, position: Position) -> Result<Option<Digest>, StoreError> {
    let size = position.0;
    let mut perfect = Vec::new();
    let mut first = 0;
    // A tree of this size is made of a perfect tree for each bit of it, the largest first.
    for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
        let (level, above) = (height / u32::from(HEIGHT), height % u32::from(HEIGHT));
        let node = first >> (level * u32::from(HEIGHT));
        let tile = store.tile(u8::try_from(level).unwrap_or(u8::MAX), node / WIDTH).await?;
        let from = usize::try_from(node % WIDTH).unwrap_or(usize::MAX);
        let nodes = tile.get(from..).and_then(|nodes| nodes.get(..1 << above));
        let Some(root) = nodes.and_then(perfect_root) else { return Ok(None) };
        perfect.push(root);
        first += 1 << height;
    }
    Ok(Frontier::resume(size, perfect).map(|tree| tree.root()))
}

#[cfg(test)]
mod tests {
    use scribe_domain::event_store::{Append, Draft};
    use scribe_domain::ids::{CommandId, Revision};
    use uuid::Uuid;

    use super::*;
    use crate::clock;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn the_root_at_a_position_is_the_trees_when_it_ended_there() {
        let store = MemoryStore::new(clock::system());
        let mut roots = vec![store.tree().await.unwrap()];
        let mut revision = Revision::NEW;
        for number in 0..130_u128 {
            let noted = scribe_domain::event::words::Noted { text: "x".parse().unwrap() };
            let draft = Draft {
                actor: scribe_domain::actor::Actor {
                    who: "Ada King".parse().unwrap(),
                    via: "test".parse().unwrap(),
                    on_behalf_of: None,
                },
                occurred: scribe_domain::when::When::Unknown,
                source: None,
                event: noted.into(),
            };
            let append = Append {
                incident: "20230104-a".parse().unwrap(),
                expected: revision,
                command_id: CommandId(Uuid::from_u128(number)),
                events: vec![draft; 5],
            };
            revision = store.append(append).await.unwrap().revision;
            roots.push(store.tree().await.unwrap());
        }
        for head in roots {
            assert_eq!(root_at(&store, Position(head.size)).await.unwrap(), Some(head.root), "{}", head.size);
        }
        for beyond in [651, 768, 1 << 20, u64::MAX] {
            assert_eq!(root_at(&store, Position(beyond)).await.unwrap(), None, "{beyond}");
        }
    }
}

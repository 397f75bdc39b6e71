//! Views from the disk and to it, held against the record that they are of.

use std::sync::Arc;

use scribe_domain::event_store::{Basis, EventStore, StoreError};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_projections::runner::{Projection, Tracked};
use tokio::task::{JoinError, spawn_blocking};

use crate::snapshots::{Header, Snapshots, Turn, Unusable};
use crate::store::root::root_at;

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
    #[error("it ends at position {0}, and it was settled since whose clock was wrong")]
    BeforeSettled(Position),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("reading it stopped: {0}")]
    Stopped(#[from] JoinError),
}

/// Why a view was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// The disk says no.
    #[error("the disk says no: {0}")]
    Disk(#[from] std::io::Error),
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that wrote it ended early.
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
        if root_at(store, header.position.0).await? != Some(header.root) {
            return Err(NotLoaded::OfAnotherRecord(header.position));
        }
        // Times that it was made from may hold no longer.
        let settled = store.history(&IncidentId::clocks(), Revision::NEW).await?;
        if settled.last().is_some_and(|last| last.position > header.position) {
            return Err(NotLoaded::BeforeSettled(header.position));
        }
        Ok(Some(Tracked { view, position: header.position }))
    }

    /// Waits for the turn to write.
    pub(super) async fn turn(&self) -> Result<Arc<Turn>, NotSaved> {
        let snapshots = self.snapshots.clone();
        Ok(Arc::new(spawn_blocking(move || snapshots.turn()).await??))
    }

    /// Writes a view that was made by this of the record.
    pub(super) async fn save<P: Projection>(
        &self,
        store: &dyn EventStore,
        turn: &Arc<Turn>,
        tracked: Tracked<P>,
        basis: Basis,
    ) -> Result<(), NotSaved> {
        let position = tracked.position;
        // A view has seen nothing that the record does not hold.
        let Some(root) = root_at(store, position.0).await? else { return Ok(()) };
        // By this root it is known again: one that was made by something else would make it pass for what it is not.
        if store.basis() != basis {
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

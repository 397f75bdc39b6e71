//! A record in a `KurrentDB` or `EventStoreDB` cluster, which several scribe processes may serve at once.
//!
//! The cluster is the record; the data folder holds a **mirror** of it, an ordinary record in a file. What is
//! appended goes to the cluster and comes back through a subscription, in the order of the cluster's log, which
//! is the same for everybody. From that order the mirror gets what no cluster has: positions without gaps, the
//! ledger's tree, receipts. So each node derives the same record, and a mirror that is lost costs only time.
//!
//! An append is acknowledged when the cluster has it and the mirror shows it. A look first asks the cluster for
//! the end of its log, so it sees what any node has acknowledged. When the cluster is out of reach, looks go on
//! from the mirror and are marked as stale; appends are refused at once.
//!
//! Recorded times are stamped by the node that appends. Two nodes may be stamped in another order than they
//! arrive by as much as their clocks and the race differ; an event counts as recorded at the latest stamp up to
//! it, on every node and in every store.
//!
//! A cluster takes no bytes away, so nothing is erased there. In reading order:

/// How streams are called.
mod names;
/// An event as the cluster has it.
mod form;
/// What is asked of a cluster: the one room that knows the client crate.
mod client;
/// A client at hand, replaced when it fails.
mod commands;
/// From the cluster's events to whole appends.
mod assembly;
/// Whether the cluster is in reach.
mod reach;
/// What the store and its follower share.
mod shared;
/// From the cluster's log into the mirror.
mod follow;
/// From the store into the cluster.
mod append;
/// From another store into the cluster.
mod carry;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use scribe_domain::event_store::{
    Append, AppendError, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, Stale, StoreError, TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use self::follow::Follower;
use self::reach::Reach;
use self::shared::Shared;
use super::address::ClusterAddress;
use super::sqlite::{OpenError, SqliteStore};
use crate::clock::Clock;

/// Why nothing is erased.
const KEEPS: &str = "a cluster cannot take words out of its log: copy the record into a folder with `scribe copy`, \
                     redact it there, copy it into an empty prefix, and delete the old streams";

/// Incidents share this many turns.
const TURNS: usize = 256;

/// A record in a cluster.
pub struct KurrentStore {
    shared: Arc<Shared>,
    clock: Clock,
    /// Appends to one incident take turns.
    turns: [tokio::sync::Mutex<()>; TURNS],
    /// Dropped to stop the follower.
    stop: Option<oneshot::Sender<()>>,
    follower: Option<JoinHandle<()>>,
}

impl Drop for KurrentStore {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(follower) = self.follower.take() {
            // It stops at its next wait; if it panicked, that has been reported.
            let _ = follower.join();
        }
    }
}

impl KurrentStore {
    /// Opens the record in a cluster, with its mirror in a folder that is made if there is none. The cluster is
    /// not waited for: one that is down is out of reach.
    pub fn open(address: &ClusterAddress, folder: &Path, clock: Clock) -> Result<Self, OpenError> {
        let mirror = SqliteStore::open_mirror(folder, Arc::clone(&clock))?;
        let shared = Arc::new(Shared::new(address.clone(), mirror, Reach::new(Arc::clone(&clock))));
        let failed = |error: std::io::Error| OpenError::Folder { path: folder.to_owned(), source: error };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let follower = Follower::new(Arc::clone(&shared));
        let work = move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = follower.run() => {}
                    _ = stopped => {}
                }
            });
        };
        let follower = thread::Builder::new().name("scribe-mirror".into()).spawn(work).map_err(failed)?;
        let turns = std::array::from_fn(|_| tokio::sync::Mutex::default());
        Ok(Self { shared, clock, turns, stop: Some(stop), follower: Some(follower) })
    }
}

#[async_trait]
impl EventStore for KurrentStore {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.shared.be_fresh().await;
        self.shared.mirror.history(incident, after).await
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.append_events(append).await
    }

    async fn takes_appends(&self) -> Result<(), StoreError> {
        self.shared.reach.check()?;
        self.shared.mirror.takes_appends().await
    }

    async fn stale(&self) -> Option<Stale> {
        self.shared.reach.stale()
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        // Once given, a receipt never changes.
        let known = self.shared.mirror.receipt(command_id).await?;
        if known.is_some() {
            return Ok(known);
        }
        self.shared.be_fresh().await;
        self.shared.mirror.receipt(command_id).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let page = self.shared.mirror.read(after, limit).await?;
        if page.len() >= limit {
            return Ok(page);
        }
        self.shared.be_fresh().await;
        self.shared.mirror.read(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.shared.be_fresh().await;
        self.shared.mirror.head().await
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        self.shared.mirror.wait_past(after).await
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        let page = self.shared.mirror.read_kept(after, limit).await?;
        if page.len() >= limit {
            return Ok(page);
        }
        self.shared.be_fresh().await;
        self.shared.mirror.read_kept(after, limit).await
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        self.adopt_events(events).await
    }

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.shared.be_fresh().await;
        self.shared.mirror.tree().await
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.shared.mirror.tile(level, place).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.keep_signed(checkpoint).await
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.shared.be_fresh().await;
        self.shared.mirror.checkpoints().await
    }

    async fn erase(&self, _: Append, _: Erasure) -> Result<Receipt, AppendError> {
        Err(StoreError::Unacceptable(KEEPS.to_owned()).into())
    }
}

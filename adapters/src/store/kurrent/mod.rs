//! A record in a `KurrentDB` or `EventStoreDB` cluster, which several scribe processes may serve at once.
//!
//! The cluster is the record; the data folder holds a **mirror** of it, an ordinary record in a file. What is
//! appended goes to the cluster and comes back through a subscription, in the order of the cluster's log, which
//! is the same for everybody. From that order the mirror gets what no cluster has: positions without gaps, the
//! ledger's tree, receipts. So each node derives the same record, and a mirror that is lost costs only time.
//!
//! What counts is a function of the log and of nothing else: where a subscription was cut, where a checkpoint fell
//! and what others wrote beside it change nothing (`intake`). Nodes compare their roots at each other's signed
//! checkpoints; one that differs reads the log anew beside what it shows, and takes the result if it lacks nothing
//! that was shown (`follow`).
//!
//! An append is acknowledged when the cluster has it and the mirror shows it. A look first asks the cluster for
//! the end of its log, so it sees what any node has acknowledged; where that is far behind others' events, a fence
//! of the record's own is put there (`shared`). When the cluster is out of reach, looks go on from the mirror and
//! are marked as stale; appends are refused at once.
//!
//! Recorded times are stamped by the node that appends. Two nodes may be stamped in another order than they
//! arrive by as much as their clocks and the race differ; an event counts as recorded at the latest stamp up to
//! it, on every node and in every store. A node whose clock differs from the cluster's by more than is tolerated
//! records nothing.
//!
//! A cluster takes no bytes away, so nothing is erased there. In reading order:

/// What is asked of a cluster: the one room that speaks its protocol.
mod client;
/// What a record's streams are called, and what stands in them.
mod format;
/// The mirror, what has come into it, and putting another in its place.
mod mirror;
/// From the cluster's log into the mirror.
mod intake;
/// What the store and its follower share: whether the cluster is in reach, and the mirror fresh.
mod shared;
/// Following the log, from wherever it goes on, and holding what others signed against the mirror.
mod follow;
/// From the store into the cluster.
mod append;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use scribe_domain::clocks::Ahead;
use scribe_domain::event_store::{
    Append, AppendError, Basis, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, Stale, StoreError,
    StoreWarning, TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use self::follow::Follower;
use self::follow::agreement::was_ours;
use self::mirror::Edition;
use self::shared::Shared;
use super::address::ClusterAddress;
use super::sqlite::OpenError;
use crate::clock::Timekeeping;

/// Why nothing is erased.
const KEEPS: &str = "a cluster cannot take words out of its log: copy the record into a folder with `scribe copy`, \
                     redact it there, copy it into an empty prefix, and delete the old streams";

/// Incidents share this many turns.
const TURNS: usize = 256;

/// A record in a cluster.
pub struct KurrentStore {
    shared: Arc<Shared>,
    time: Timekeeping,
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
    pub fn open(
        address: &ClusterAddress,
        folder: &Path,
        time: impl Into<Timekeeping>,
    ) -> Result<Self, OpenError> {
        let time = time.into();
        let shared = Arc::new(Shared::open(address, folder, Arc::clone(&time.clock))?);
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
        Ok(Self { shared, time, turns, stop: Some(stop), follower: Some(follower) })
    }
}

impl KurrentStore {
    /// The mirror, with everything that was acknowledged before this was asked.
    async fn fresh(&self) -> Result<Arc<Edition>, StoreError> {
        self.shared.be_fresh().await?;
        Ok(self.shared.mirror.now())
    }

    /// Nothing is recorded by a clock that is not the cluster's.
    async fn clocks_must_agree(&self) -> Result<(), StoreError> {
        self.shared.must_agree((self.time.clock)(), self.time.tolerance).await
    }

    /// The mirror as it is.
    fn at_hand(&self) -> Arc<Edition> {
        self.shared.mirror.now()
    }
}

#[async_trait]
impl EventStore for KurrentStore {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.fresh().await?.store.history(incident, after).await
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.append_events(append).await
    }

    async fn takes_appends(&self) -> Result<(), StoreError> {
        self.shared.reach.check()?;
        self.clocks_must_agree().await?;
        self.at_hand().store.takes_appends().await
    }

    async fn stale(&self) -> Option<Stale> {
        self.shared.reach.stale()
    }

    async fn ahead(&self) -> Option<Ahead> {
        self.shared.times.known()
    }

    async fn warnings(&self) -> Vec<StoreWarning> {
        self.shared.arrivals.warnings()
    }

    fn edition(&self) -> u64 {
        self.shared.mirror.edition()
    }

    fn basis(&self) -> Basis {
        Basis { edition: self.edition(), ..self.at_hand().store.basis() }
    }

    async fn disowns(&self, head: TreeHead) -> bool {
        let mirror = &self.shared.mirror;
        self.shared.reach.is_certain()
            || was_ours(mirror.folder(), &mirror.clock(), mirror.edition(), head).await
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        // Once given, a receipt never changes; but what differs may hold one that is not the record's.
        let known = self.at_hand().store.receipt(command_id).await?;
        if known.is_some() && !self.shared.reach.is_differing() {
            return Ok(known);
        }
        self.fresh().await?.store.receipt(command_id).await
    }

    async fn revision(&self, incident: &IncidentId) -> Result<Revision, StoreError> {
        self.fresh().await?.store.revision(incident).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let page = self.at_hand().store.read(after, limit).await?;
        if page.len() >= limit {
            return Ok(page);
        }
        self.fresh().await?.store.read(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.fresh().await?.store.head().await
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        loop {
            let edition = self.at_hand();
            tokio::select! {
                waited = edition.store.wait_past(after) => return waited,
                () = self.shared.mirror.left(edition.number) => {}
            }
        }
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        let page = self.at_hand().store.read_kept(after, limit).await?;
        if page.len() >= limit {
            return Ok(page);
        }
        self.fresh().await?.store.read_kept(after, limit).await
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        self.adopt_events(events).await
    }

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.fresh().await?.store.tree().await
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.at_hand().store.tile(level, place).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.keep_signed(checkpoint).await
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.fresh().await?.store.checkpoints().await
    }

    async fn erase(&self, _: Append, _: Erasure) -> Result<Receipt, AppendError> {
        Err(StoreError::Unacceptable(KEEPS.to_owned()).into())
    }
}

//! The views of the whole record that are kept in memory.

use std::fmt;
use std::sync::Arc;

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_projections::actions::Actions;
use scribe_projections::current::Board;
use scribe_projections::holds::Holds;
use scribe_projections::runner::Projection;
use scribe_projections::runs::Runs;
use scribe_projections::status_page::StatusPages;
use tokio::sync::Mutex;

use super::disk::{Disk, NotSaved};
use super::live::{Any, Holding, read_anew};
use super::pass::{Follower, catch_up};
use super::report::{ViewList, ViewReport};
use super::{App, Live};
use crate::inbound::alertmanager::known::KnownAlerts;

/// A server writes snapshots whenever the record has grown by so many events: what is folded at a start
/// is never much more.
const EVERY: u64 = 50_000;
/// Fewer events than these are folded as quickly as a snapshot of them is read.
const FEWEST: u64 = 1_000;

/// The views of the whole record.
pub struct Views {
    /// Every incident as it stands.
    pub board: Live<Board>,
    /// What each audience was told.
    pub pages: Live<StatusPages>,
    /// Who ran what.
    pub runs: Live<Runs>,
    /// What somebody should ask about.
    pub actions: Live<Actions>,
    /// Whether deploys are held.
    pub holds: Live<Holds>,
    /// Which incidents hold which alerts.
    pub alerts: Live<KnownAlerts>,
    store: Arc<dyn EventStore>,
    disk: Option<Arc<Disk>>,
    /// Passes take turns: each holds every view.
    passing: Mutex<()>,
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").finish_non_exhaustive()
    }
}

impl Views {
    /// Nothing is read yet.
    pub(super) fn new(store: &Arc<dyn EventStore>, disk: Option<Arc<Disk>>) -> Self {
        fn live<P: Projection>(store: &Arc<dyn EventStore>, disk: Option<&Arc<Disk>>) -> Live<P> {
            Live::new(Arc::clone(store), disk.cloned())
        }
        Self {
            board: live(store, disk.as_ref()),
            pages: live(store, disk.as_ref()),
            runs: live(store, disk.as_ref()),
            actions: live(store, disk.as_ref()),
            holds: live(store, disk.as_ref()),
            alerts: live(store, disk.as_ref()),
            store: Arc::clone(store),
            disk,
            passing: Mutex::default(),
        }
    }

    /// Their names, in the order in which they are listed.
    pub const NAMES: [&str; 6] =
        [Board::NAME, StatusPages::NAME, Runs::NAME, Actions::NAME, Holds::NAME, KnownAlerts::NAME];

    fn all(&self) -> [&dyn Any; Self::NAMES.len()] {
        [&self.board, &self.pages, &self.runs, &self.actions, &self.holds, &self.alerts]
    }

    /// Brings all of them up in one pass over the record.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let _turn = self.passing.lock().await;
        let all = self.all();
        let (edition, of) = (self.store.edition(), self.store.head().await?);
        let mut held = futures::future::join_all(all.iter().map(|view| view.hold())).await;
        let reached = |at: Position| all.iter().for_each(|view| view.reached(at, of));
        reached(held.iter().map(|view| view.position()).min().unwrap_or_default());
        let mut followers: Vec<&mut dyn Follower> = held.iter_mut().map(follower).collect();
        let caught_up = catch_up(&*self.store, &mut followers, &reached).await;
        let caught_up = if self.store.edition() == edition { caught_up } else { Err(read_anew()) };
        for (view, held) in all.iter().zip(&held) {
            view.settled(&**held, caught_up.as_ref().err());
        }
        caught_up
    }

    /// Writes those whose last snapshot is at least so many events old.
    async fn save(&self, fewest: u64) -> Result<(), NotSaved> {
        let Some(disk) = &self.disk else { return Ok(()) };
        if self.store.head().await?.0 < fewest {
            return Ok(());
        }
        // In this order, since an erasure may come between: see the room of snapshots.
        let turn = disk.turn().await?;
        self.catch_up().await?;
        for view in self.all() {
            view.save(&turn, fewest).await?;
        }
        Ok(())
    }
}

fn follower<'a>(held: &'a mut Holding<'_>) -> &'a mut dyn Follower {
    &mut **held
}

impl App {
    /// The views of the whole record; each catches up with it when it is looked at.
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// Builds the views, so that nobody's request waits for it.
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.views().catch_up().await?;
        self.0.warm.send_replace(true);
        Ok(())
    }

    /// Keeps the snapshots young, for as long as it is polled: after the views were built, and whenever
    /// the record has grown.
    pub async fn keep_snapshots(&self) -> Result<(), StoreError> {
        let store = self.store();
        self.save_snapshots().await;
        loop {
            let head = store.head().await?;
            store.wait_past(Position(head.0.saturating_add(EVERY - 1))).await?;
            self.save_snapshots().await;
        }
    }

    /// Writes the views to the disk, where that spares a later start something. That it fails is logged:
    /// nothing is lost but time.
    pub async fn save_snapshots(&self) {
        Self::logged(self.views().save(FEWEST).await);
    }

    /// Writes every view that has seen more than its snapshot, however little.
    pub async fn write_snapshots(&self) {
        Self::logged(self.views().save(1).await);
    }

    fn logged(saved: Result<(), NotSaved>) {
        if let Err(error) = saved {
            tracing::warn!(%error, "snapshots could not be written");
        }
    }

    /// Deletes every snapshot, and returns when that is on the disk: to be called once an erasure stands
    /// in the record, before it is acknowledged.
    pub async fn forget_snapshots(&self) -> Result<(), StoreError> {
        let Some(disk) = &self.views().disk else { return Ok(()) };
        disk.forget()
            .await
            .map_err(|error| StoreError::Unavailable(format!("snapshots could not be deleted: {error}")))
    }

    /// How the views stand.
    pub async fn view_list(&self) -> Result<ViewList, StoreError> {
        let views = self.views().all().iter().map(|view| view.report()).collect();
        Ok(ViewList { head: self.store().head().await?, views })
    }

    /// Builds a view from nothing beside the one that serves, and switches if nothing is wrong with it;
    /// tells how it stands meanwhile. `None` if there is no such view.
    pub fn rebuild(&self, name: &str) -> Option<ViewReport> {
        let place = self.views().all().iter().position(|view| view.name() == name)?;
        if self.views().all()[place].may_rebuild() {
            let app = self.clone();
            tokio::spawn(async move {
                let rebuilt = app.views().all()[place].rebuild().await;
                // A program that waits for this and then ends shall leave whole snapshots behind.
                app.write_snapshots().await;
                app.views().all()[place].rebuilt(rebuilt);
            });
        }
        Some(self.views().all()[place].report())
    }

    /// How far the views have come, while they are being built.
    pub fn building(&self) -> Option<super::report::Building> {
        self.views().all().iter().find_map(|view| view.report().building)
    }
}

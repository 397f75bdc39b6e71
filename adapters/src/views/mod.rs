//! The views of the whole record: kept in memory, brought up to the record's end when they are looked at, and
//! written to the disk so that a start need not fold everything. Which ones there are stands in one
//! [list](crate::views::list::VIEWS). In reading order:

/// Which views there are.
pub mod list;
/// One view, kept in memory.
pub mod live;
/// One pass over the record for any number of views.
pub mod pass;
/// What is told of the views.
pub mod report;
/// Views from the disk and to it.
mod disk;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_projections::question::AsOf;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::snapshots::Snapshots;

use disk::Disk;
use list::{Listed, VIEWS, ViewEntry};
use live::{Access, Live, Upkeep, read_anew};
use pass::{Follower, catch_up};
use report::ViewReport;

pub use disk::NotSaved;

/// The views of one record, in the order of the list.
pub struct Views {
    all: Vec<Arc<dyn Upkeep>>,
    store: Arc<dyn EventStore>,
    disk: Option<Arc<Disk>>,
    /// Passes take turns: each locks every view.
    passing: Mutex<()>,
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").finish_non_exhaustive()
    }
}

impl Views {
    /// Nothing is read yet. Without snapshots nothing is written either.
    pub fn new(store: &Arc<dyn EventStore>, snapshots: Option<Snapshots>) -> Self {
        let disk = snapshots.map(|snapshots| Arc::new(Disk::new(snapshots)));
        Self {
            all: VIEWS.iter().map(|entry| entry.open(store, disk.as_ref())).collect(),
            store: Arc::clone(store),
            disk,
            passing: Mutex::default(),
        }
    }

    /// One of them. A type that does not stand in the list does not compile.
    ///
    /// # Panics
    ///
    /// Never: whatever stands in the list is opened with it.
    pub fn of<V: Listed>(&self) -> &Live<V> {
        const { assert!(list::holds(V::NAME), "a view must stand in the list of views") };
        let mut all = self.all.iter().map(|view| &**view as &dyn Any);
        all.find_map(|view| view.downcast_ref()).expect("what stands in the list was opened")
    }

    /// Brings all of them up in one pass over the record.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let _turn = self.passing.lock().await;
        let all = &self.all;
        let (basis, of) = (self.store.basis(), self.store.head().await?);
        let mut locked = futures::future::join_all(all.iter().map(|view| view.lock())).await;
        let reached = |at: Position| all.iter().for_each(|view| view.reached(at, of));
        reached(locked.iter().map(|view| view.position()).min().unwrap_or_default());
        let mut followers: Vec<&mut dyn Follower> = locked.iter_mut().map(follower).collect();
        let caught_up = catch_up(&*self.store, &mut followers, &reached).await;
        let caught_up = if self.store.basis() == basis { caught_up } else { Err(read_anew()) };
        for (view, locked) in all.iter().zip(&locked) {
            view.settled(&**locked, caught_up.as_ref().err());
        }
        caught_up
    }

    /// Writes those whose last snapshot is at least so many events old.
    pub async fn save(&self, fewest: u64) -> Result<(), NotSaved> {
        let Some(disk) = &self.disk else { return Ok(()) };
        if self.store.head().await?.0 < fewest {
            return Ok(());
        }
        // In this order, since an erasure may come between: see the room of snapshots.
        let turn = disk.turn().await?;
        self.catch_up().await?;
        for view in &self.all {
            view.save(&turn, fewest).await?;
        }
        Ok(())
    }

    /// Deletes every snapshot, and returns when that is on the disk.
    pub async fn forget(&self) -> Result<(), NotSaved> {
        match &self.disk {
            Some(disk) => disk.forget().await,
            None => Ok(()),
        }
    }

    /// How each stands.
    pub fn reports(&self) -> Vec<ViewReport> {
        self.all.iter().map(|view| view.report()).collect()
    }

    /// All that each holds, as a snapshot of it is written: by this suites hold one record against another.
    pub async fn states(&self, as_of: &AsOf) -> Result<Vec<(&'static str, Value)>, StoreError> {
        let mut states = Vec::with_capacity(self.all.len());
        for (ViewEntry { name, .. }, view) in VIEWS.iter().zip(&self.all) {
            states.push((*name, view.state(as_of).await?));
        }
        Ok(states)
    }

    /// A view to be built anew, unless that is being done already; `None` if there is no such view.
    pub fn begin_rebuild(&self, name: &str) -> Option<(ViewReport, Option<Rebuilding>)> {
        let view = self.all.iter().find(|view| view.name() == name)?;
        let rebuilding = view.may_rebuild().then(|| Rebuilding(Arc::clone(view)));
        Some((view.report(), rebuilding))
    }
}

/// The right to build a view beside the one that serves, and the duty to do it.
pub struct Rebuilding(Arc<dyn Upkeep>);

impl Rebuilding {
    /// Builds it from nothing, and switches if nothing is wrong with it. A program that waits for this and then
    /// ends leaves whole snapshots behind: that they could not be written is told.
    pub async fn finish(self, views: &Views) -> Result<(), NotSaved> {
        let Self(view) = self;
        let rebuilt = view.rebuild().await;
        let saved = views.save(1).await;
        view.rebuilt(rebuilt);
        saved
    }
}

impl fmt::Debug for Rebuilding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rebuilding").field(&self.0.name()).finish()
    }
}

fn follower<'a>(view: &'a mut Access<'_>) -> &'a mut dyn Follower {
    &mut **view
}

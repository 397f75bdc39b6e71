//! The views of the record, kept young.

use scribe_domain::event_store::StoreError;

use super::App;
use crate::views::report::{Building, ViewList, ViewReport};
use crate::views::{NotSaved, Views};

/// A server writes snapshots whenever the record has grown by so many events: what is folded at a start
/// is never much more.
pub(super) const EVERY: u64 = 50_000;
/// Fewer events than these are folded as quickly as a snapshot of them is read.
pub(super) const FEWEST: u64 = 1_000;

impl App {
    /// The views of the whole record; each catches up with it when it is looked at.
    pub(super) fn views(&self) -> &Views {
        &self.0.views
    }

    /// Builds the views, so that nobody's request waits for it.
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.views().catch_up().await?;
        self.0.warm.send_replace(true);
        Ok(())
    }

    /// Returns once the views have been built.
    pub(super) async fn warmed(&self) {
        let mut warm = self.0.warm.subscribe();
        // The sender lives as long as this app, so waiting cannot fail.
        let _ = warm.wait_for(|warm| *warm).await;
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
        let forgotten = self.views().forget().await;
        forgotten.map_err(|error| StoreError::Unavailable(format!("snapshots could not be deleted: {error}")))
    }

    /// How the views stand.
    pub(super) async fn view_list(&self) -> Result<ViewList, StoreError> {
        Ok(ViewList { head: self.store().head().await?, views: self.views().reports() })
    }

    /// Builds a view from nothing beside the one that serves, and switches if nothing is wrong with it;
    /// tells how it stands meanwhile. `None` if there is no such view.
    pub(super) fn rebuild(&self, name: &str) -> Option<ViewReport> {
        let (report, rebuilding) = self.views().begin_rebuild(name)?;
        if let Some(rebuilding) = rebuilding {
            let app = self.clone();
            tokio::spawn(async move { Self::logged(rebuilding.finish(app.views()).await) });
        }
        Some(report)
    }

    /// How far the views have come, while they are being built.
    pub fn building(&self) -> Option<Building> {
        self.views().reports().into_iter().find_map(|report| report.building)
    }
}

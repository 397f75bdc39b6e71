//! A view of the whole record, kept in memory.

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_projections::runner::{Projection, Tracked, catch_up};
use tokio::sync::{RwLock, RwLockReadGuard};

/// A view of the whole record that catches up with it whenever it is looked at.
///
/// Catching up on every look means that whoever appended sees it at once, and that what another
/// process appended is seen too. When nothing was appended, a look costs one question to the store.
#[derive(Debug, Default)]
pub struct Live<P> {
    tracked: RwLock<Tracked<P>>,
}

impl<P: Projection> Live<P> {
    /// The view as of the record's end. A look that is given up half-way through a long replay leaves
    /// what was folded so far, and the next look goes on from there.
    pub async fn look(&self, store: &dyn EventStore) -> Result<RwLockReadGuard<'_, Tracked<P>>, StoreError> {
        let head = store.head().await?;
        {
            let tracked = self.tracked.read().await;
            if tracked.position >= head {
                return Ok(tracked);
            }
        }
        let mut tracked = self.tracked.write().await;
        catch_up(store, &mut tracked).await?;
        Ok(tracked.downgrade())
    }
}

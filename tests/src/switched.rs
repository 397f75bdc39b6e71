//! A store whose record can be put out of reach and back, as a cluster's is when the network goes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{
    Append, AppendError, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, Stale, StaleCause, StoreError,
    TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;

/// A record in memory behind a switch. What is read is read either way.
pub struct Switched {
    record: MemoryStore,
    /// Why and since when it is out of reach, and how many looks are answered before anybody finds out.
    away: Mutex<Option<(Stale, u32)>>,
}

impl Switched {
    /// In reach.
    pub fn over(record: MemoryStore) -> Arc<Self> {
        Arc::new(Self { record, away: Mutex::default() })
    }

    /// Puts the record out of reach.
    pub fn lose(&self, since: &str, why: &str) {
        self.lose_unnoticed(since, why, 0);
    }

    /// The same, and it is the so-manieth question for the record's head that finds out.
    ///
    /// # Panics
    /// When the moment does not read.
    pub fn lose_unnoticed(&self, since: &str, why: &str, after: u32) {
        let since = since.parse().expect("a moment");
        *self.away() = Some((Stale { since, why: why.to_owned(), cause: StaleCause::OutOfReach }, after));
    }

    /// Puts it back.
    pub fn find(&self) {
        *self.away() = None;
    }

    fn away(&self) -> MutexGuard<'_, Option<(Stale, u32)>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noticed(&self) -> Option<Stale> {
        self.away().as_ref().filter(|(_, after)| *after == 0).map(|(stale, _)| stale.clone())
    }

    fn check(&self) -> Result<(), StoreError> {
        match &*self.away() {
            Some((Stale { why, .. }, _)) => Err(StoreError::Unavailable(why.clone())),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl EventStore for Switched {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.record.history(incident, after).await
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.check()?;
        self.record.append(append).await
    }

    async fn takes_appends(&self) -> Result<(), StoreError> {
        self.check()
    }

    async fn stale(&self) -> Option<Stale> {
        self.noticed()
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        self.record.receipt(command_id).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.record.read(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        if let Some((_, after)) = &mut *self.away() {
            *after = after.saturating_sub(1);
        }
        self.record.head().await
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        self.record.wait_past(after).await
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.record.read_kept(after, limit).await
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        self.check()?;
        self.record.adopt(events).await
    }

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.record.tree().await
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.record.tile(level, place).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.check()?;
        self.record.keep_checkpoint(checkpoint).await
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.record.checkpoints().await
    }

    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError> {
        self.check()?;
        self.record.erase(append, erasure).await
    }
}

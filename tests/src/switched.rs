//! A store whose record can be put out of reach and back, as a cluster's is when the network goes, and be read
//! anew, as a mirror's is that differs.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use scribe_domain::event_store::{
    Append, AppendError, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, Stale, StaleCause, StoreError,
    StoreWarning, TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;

/// A record behind a switch. What is read is read either way, unless looks are barred as well.
pub struct Switched {
    record: RwLock<Arc<dyn EventStore>>,
    edition: AtomicU64,
    /// What looks end in.
    barred: Mutex<Option<StoreError>>,
    /// How long an append takes.
    slowness: Mutex<Duration>,
    /// How many appends still to come meet somebody else's.
    raced: AtomicU32,
    /// How many conflicts were told.
    conflicts: AtomicU64,
    warnings: Mutex<Vec<StoreWarning>>,
    /// Why and since when it is out of reach, and how many looks are answered before anybody finds out.
    away: Mutex<Option<(Stale, u32)>>,
}

impl Switched {
    /// In reach.
    pub fn over(record: impl EventStore + 'static) -> Arc<Self> {
        Arc::new(Self {
            record: RwLock::new(Arc::new(record)),
            edition: AtomicU64::default(),
            barred: Mutex::default(),
            slowness: Mutex::default(),
            raced: AtomicU32::default(),
            conflicts: AtomicU64::default(),
            warnings: Mutex::default(),
            away: Mutex::default(),
        })
    }

    fn record(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.record.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another record in its place, as a mirror is that was read anew.
    pub fn read_anew(&self, record: impl EventStore + 'static) {
        *self.record.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(record);
        self.say_it_was_read_anew();
    }

    /// The same, with what it has.
    pub fn say_it_was_read_anew(&self) {
        self.edition.fetch_add(1, Ordering::SeqCst);
    }

    /// From here on, looks end in this.
    pub fn bar(&self, error: Option<StoreError>) {
        *self.barred.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// From here on, an append takes so long.
    pub fn slow_down(&self, by: Duration) {
        *self.slowness.lock().unwrap_or_else(PoisonError::into_inner) = by;
    }

    /// So many appends meet somebody else's.
    pub fn race(&self, appends: u32) {
        self.raced.store(appends, Ordering::SeqCst);
    }

    /// How many appends were refused because the incident had moved on.
    pub fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::SeqCst)
    }

    /// Warns of this.
    pub fn warn(&self, what: &str) {
        let warning = StoreWarning { incident: None, what: what.to_owned() };
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    fn look(&self) -> Result<Arc<dyn EventStore>, StoreError> {
        match &*self.barred.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.clone()),
            None => Ok(self.record()),
        }
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
        self.lose_by(since, why, StaleCause::OutOfReach, after);
    }

    /// The same, by this cause.
    ///
    /// # Panics
    /// When the moment does not read.
    pub fn lose_by(&self, since: &str, why: &str, cause: StaleCause, after: u32) {
        let since = since.parse().expect("a moment");
        *self.away() = Some((Stale { since, why: why.to_owned(), cause }, after));
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
            Some((stale, _)) => Err(stale.clone().into_error()),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl EventStore for Switched {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.look()?.history(incident, after).await
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.check()?;
        let slowness = *self.slowness.lock().unwrap_or_else(PoisonError::into_inner);
        if !slowness.is_zero() {
            tokio::time::sleep(slowness).await;
        }
        let raced = self.raced.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let answer = match raced {
            Ok(_) => Err(AppendError::Conflict {
                expected: append.expected,
                actual: Revision(append.expected.0 + 1),
            }),
            Err(_) => self.record().append(append).await,
        };
        if matches!(answer, Err(AppendError::Conflict { .. })) {
            self.conflicts.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }

    async fn takes_appends(&self) -> Result<(), StoreError> {
        self.check()
    }

    async fn stale(&self) -> Option<Stale> {
        self.noticed()
    }

    async fn warnings(&self) -> Vec<StoreWarning> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn disowns(&self, _: TreeHead) -> bool {
        self.edition.load(Ordering::SeqCst) > 0
    }

    fn edition(&self) -> u64 {
        self.edition.load(Ordering::SeqCst)
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        self.look()?.receipt(command_id).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.look()?.read(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        if let Some((_, after)) = &mut *self.away() {
            *after = after.saturating_sub(1);
        }
        self.look()?.head().await
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        self.look()?.wait_past(after).await
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.look()?.read_kept(after, limit).await
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        self.check()?;
        self.record().adopt(events).await
    }

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.record().tree().await
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.record().tile(level, place).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.check()?;
        self.record().keep_checkpoint(checkpoint).await
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.record().checkpoints().await
    }

    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError> {
        self.check()?;
        self.record().erase(append, erasure).await
    }
}

//! Waiting for the record to grow: told at once of this process's commits, and by asking of others'.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use scribe_domain::event_store::StoreError;
use scribe_domain::ids::Position;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::reader::Readers;
use crate::store::sqlite::tables::query;

/// How often the database is asked whether another process has appended, while somebody waits.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// How far the record is known to reach; or why that could not be found out last time.
pub(in crate::store::sqlite) struct Heads(watch::Sender<Result<u64, StoreError>>);

impl Heads {
    /// Nothing is known yet.
    pub(in crate::store::sqlite) fn new() -> Self {
        Self(watch::Sender::new(Ok(0)))
    }

    /// The record reaches at least this far.
    pub(in crate::store::sqlite) fn reached(&self, position: u64) {
        self.0.send_if_modified(|known| {
            let news = known.as_ref().map_or(true, |known| *known < position);
            if news {
                *known = Ok(position);
            }
            news
        });
    }

    fn failed(&self, error: StoreError) {
        self.0.send_modify(|known| *known = Err(error));
    }
}

/// Those who wait, and the one task that asks for all of them.
pub(in crate::store::sqlite) struct Waiters {
    heads: Arc<Heads>,
    readers: Arc<Readers>,
    asking: Mutex<Weak<Asking>>,
}

/// A task that asks until the last of those who wait lets go of it.
struct Asking(JoinHandle<()>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Waiters {
    /// Nobody waits yet.
    pub(in crate::store::sqlite) fn new(heads: Arc<Heads>, readers: Arc<Readers>) -> Self {
        Self { heads, readers, asking: Mutex::new(Weak::new()) }
    }

    /// Returns once the record reaches beyond a position.
    pub(in crate::store::sqlite) async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        let mut heads = self.heads.0.subscribe();
        // Asked once before waiting: what was known may be old.
        let head = self.readers.look(query::tip).await?.position;
        self.heads.reached(head);
        if head > after.0 {
            return Ok(());
        }
        let _asking = self.asking();
        let beyond = |known: &Result<u64, StoreError>| known.as_ref().map_or(true, |head| *head > after.0);
        match heads.wait_for(beyond).await {
            Ok(known) => known.clone().map(drop),
            Err(_) => Err(StoreError::Unavailable("the store is closing".to_owned())),
        }
    }

    /// The task, started if nobody waited before, or if it ended with the runtime that it ran on.
    fn asking(&self) -> Arc<Asking> {
        let mut current = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asking) = current.upgrade().filter(|asking| !asking.0.is_finished()) {
            return asking;
        }
        let asking = Arc::new(Asking(tokio::spawn(ask(Arc::clone(&self.heads), Arc::clone(&self.readers)))));
        *current = Arc::downgrade(&asking);
        asking
    }
}

async fn ask(heads: Arc<Heads>, readers: Arc<Readers>) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        match readers.look(query::tip).await {
            Ok(tip) => heads.reached(tip.position),
            Err(error) => heads.failed(error),
        }
    }
}

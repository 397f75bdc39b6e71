//! A few connections for looking, each used by one look at a time, off the async threads.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use scribe_domain::event_store::StoreError;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::store::sqlite::error::Trouble;
use crate::store::sqlite::file::open::Claim;
use crate::store::sqlite::file::schema::{self, Access};

/// How many look at once.
const CONNECTIONS: usize = 4;

/// The connections that nobody uses just now. They are opened when first needed.
pub(in crate::store::sqlite) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    // Dropped after the connections.
    claim: Arc<Claim>,
}

impl Readers {
    /// None yet.
    pub(in crate::store::sqlite) fn new(claim: Arc<Claim>) -> Self {
        Self { idle: Mutex::default(), permits: Arc::new(Semaphore::new(CONNECTIONS)), claim }
    }

    /// Looks through one of the connections, as soon as one is free.
    pub(in crate::store::sqlite) async fn look<T, F>(self: &Arc<Self>, look: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    {
        let stopped =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("the look stopped: {error}"));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|error| stopped(&error))?;
        let readers = Arc::clone(self);
        let looked = spawn_blocking(move || {
            // Kept to the end of the look, also when whoever asked has gone away.
            let _permit = permit;
            readers.look_now(look)
        });
        looked.await.map_err(|error| stopped(&error))?.map_err(StoreError::from)
    }

    fn look_now<T>(&self, look: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::connect(&self.claim.path, Access::Read)?,
        };
        // A connection that failed is closed, so that the next look begins afresh.
        let found = look(&connection)?;
        // One that may only look cannot tell when somebody else begins to write.
        if !self.claim.only_to_look {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(found)
    }
}

//! Asking the cluster, from whatever thread: everything is done on one thread of its own, so that no connection ends
//! with the runtime of whoever happened to need it first. Who stops waiting cancels what was asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::store::address::ClusterAddress;
use crate::store::kurrent::client::times::Times;
use crate::store::kurrent::client::{Cluster, Expected, Leader, LogEvent, Place, Proposed, Signals, Trouble};

/// An append takes longer the larger it is: a second for so many bytes more.
const BYTES_A_SECOND: usize = 1 << 20;
/// And for so many events more.
const EVENTS_A_SECOND: usize = 1_000;

/// Asks the cluster.
pub(in crate::store::kurrent) struct Commands {
    address: ClusterAddress,
    times: Arc<Times>,
    session: Mutex<Option<Session>>,
}

/// A client and the thread on which it works.
struct Session {
    runtime: Option<Runtime>,
    cluster: Arc<Cluster>,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Commands {
    pub(in crate::store::kurrent) fn new(address: ClusterAddress, times: Arc<Times>) -> Self {
        Self { address, times, session: Mutex::default() }
    }

    /// Appends events to a stream, all of them or none; tells the place of the last. When the time is over, nobody
    /// knows whether the cluster has them.
    pub(in crate::store::kurrent) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Arc<[Proposed]>,
        within: Duration,
    ) -> Result<Place, Trouble> {
        self.ask(|cluster| async move { cluster.append(stream, expected, events, within).await }).await
    }

    /// How long an answer to an append may take.
    pub(in crate::store::kurrent) fn time_for(&self, events: &[Proposed]) -> Duration {
        let bytes: usize = events.iter().map(|event| event.data.get().len() + event.metadata.len()).sum();
        let seconds = bytes / BYTES_A_SECOND + events.len() / EVENTS_A_SECOND;
        self.address.deadline() + Duration::from_secs(seconds as u64)
    }

    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn read(
        &self,
        stream: String,
        from: u64,
        limit: usize,
    ) -> Result<Option<Vec<LogEvent>>, Trouble> {
        self.ask(|cluster| async move { cluster.read(stream, from, limit).await }).await
    }

    /// The last event of a stream; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn last(&self, stream: String) -> Result<Option<LogEvent>, Trouble> {
        self.ask(|cluster| async move { cluster.last_of_stream(stream).await }).await
    }

    /// The place of the last event of the whole log.
    pub(in crate::store::kurrent) async fn end(&self) -> Result<Option<Place>, Trouble> {
        Ok(self.before(None, 1).await?.first().map(|seen| seen.place))
    }

    /// At most `limit` events of the whole log before a place, the last first.
    pub(in crate::store::kurrent) async fn before(
        &self,
        place: Option<Place>,
        limit: usize,
    ) -> Result<Vec<LogEvent>, Trouble> {
        self.ask(|cluster| async move { cluster.before(place, limit).await }).await
    }

    /// The last event of the log in a stream whose name begins with one of these. The server looks through what
    /// others appended since, which takes its time.
    pub(in crate::store::kurrent) async fn last_of(
        &self,
        prefixes: Vec<String>,
        within: Duration,
    ) -> Result<Option<LogEvent>, Trouble> {
        self.ask(|cluster| async move { cluster.last_of(prefixes, within).await }).await
    }

    /// What the cluster says of its leader now.
    pub(in crate::store::kurrent) async fn leader(&self) -> Result<Leader, Trouble> {
        self.ask(|cluster| async move { cluster.tell_leader().await }).await
    }

    /// The servers' version, if they tell it.
    pub(in crate::store::kurrent) async fn version(&self) -> Result<Option<String>, Trouble> {
        self.ask(|cluster| async move { cluster.version().await }).await
    }

    /// Follows the log from just after a place, as far as its streams begin with one of these. Ends with the first
    /// trouble, or when the receiver is dropped.
    pub(in crate::store::kurrent) async fn subscribe(
        &self,
        prefixes: Vec<String>,
        after: Option<Place>,
    ) -> Result<Signals, Trouble> {
        self.ask(|cluster| async move { cluster.subscribe(prefixes, after).await }).await
    }

    async fn ask<T, F>(&self, question: impl FnOnce(Arc<Cluster>) -> F) -> Result<T, Trouble>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
    {
        let (handle, cluster) = self.session()?;
        let mut task = Task(handle.spawn(question(cluster)));
        match (&mut task.0).await {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => {
                Err(Trouble::Away("the client gave up: a fault in scribe".to_owned()))
            }
            Err(_) => Err(Trouble::Away("the client has ended".to_owned())),
        }
    }

    fn session(&self) -> Result<(Handle, Arc<Cluster>), Trouble> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Session { runtime: Some(runtime), cluster }) = &*session {
            return Ok((runtime.handle().clone(), Arc::clone(cluster)));
        }
        let cluster = Arc::new(Cluster::new(&self.address, Arc::clone(&self.times))?);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            // Names are looked up on these.
            .max_blocking_threads(16)
            .thread_name("scribe-cluster")
            .enable_all()
            .build()
            .map_err(|error| Trouble::Away(format!("no thread could be started: {error}")))?;
        let handle = runtime.handle().clone();
        *session = Some(Session { runtime: Some(runtime), cluster: Arc::clone(&cluster) });
        Ok((handle, cluster))
    }
}

/// Cancelled when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

//! A client with a runtime of its own, and what is asked of it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventstore::{
    BatchAppendClient, BatchAppendOptions, Client, Error, ExpectedRevision, ReadAllOptions,
    ReadStreamOptions, StreamPosition,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::promptly::send_promptly;
use super::quiet::Quiet;
use super::trouble::{of, panicked};
use super::{Expected, Place, Proposed, Seen, Trouble};
use crate::store::address::ClusterAddress;

/// How many calls carry appends. One incident's appends are always on the same.
const LANES: usize = 8;

/// A client and everything that works for it.
pub(in crate::store::kurrent) struct Session {
    runtime: Option<Runtime>,
    client: Client,
    lanes: [Mutex<Option<Arc<BatchAppendClient>>>; LANES],
    /// Calls that are open already, in place of those that will be cut: what is sent while a call is being opened
    /// waits for the other side's acknowledgement, and that is delayed.
    spares: Arc<Mutex<Vec<BatchAppendClient>>>,
    /// Whether its connection has been told to send at once.
    prompt: AtomicBool,
    /// How long to wait for an answer.
    patience: Duration,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Session {
    /// A client of this cluster. Nothing is connected yet.
    pub(in crate::store::kurrent) fn new(address: &ClusterAddress) -> Result<Self, Trouble> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("scribe-cluster")
            .on_thread_start(Quiet::listen)
            .enable_all()
            .build()
            .map_err(|error| Trouble::Away(format!("no thread could be started: {error}")))?;
        let client = catch_unwind(AssertUnwindSafe(|| {
            Client::with_runtime_handle(runtime.handle().clone(), address.settings().clone())
                .map_err(|error| of(&error))
        }));
        let client = client.unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        Ok(Self {
            runtime: Some(runtime),
            client,
            lanes: Default::default(),
            spares: Arc::default(),
            prompt: AtomicBool::new(false),
            patience: address.deadline(),
        })
    }

    /// Appends events to a stream: all of them or none.
    pub(in crate::store::kurrent) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Vec<Proposed>,
    ) -> Result<(), Trouble> {
        let lane = self.lane(&stream);
        let open = { lane.lock().unwrap_or_else(PoisonError::into_inner).clone() };
        let batch = if let Some(batch) = open {
            batch
        } else {
            let opened = self.open_call().await?;
            // Another may have opened one meanwhile; this one then goes with the session.
            let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lane.get_or_insert(Arc::new(opened)))
        };
        let expected = match expected {
            Expected::Any => ExpectedRevision::Any,
            Expected::Length(length) => {
                length.checked_sub(1).map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact)
            }
        };
        let events = events.into_iter().map(Proposed::into_data).collect::<Result<_, _>>()?;
        let used = Arc::clone(&batch);
        let appended =
            self.ask(|_| async move { used.append_to_stream(stream, expected, events).await }).await;
        if appended.is_err() {
            // Whatever it was, the call has ended.
            let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
            if lane.as_ref().is_some_and(|open| Arc::ptr_eq(open, &batch)) {
                *lane = None;
            }
        }
        if let Err(Trouble::Again(_)) = appended {
            self.prompt.store(false, Ordering::Relaxed);
            // The client goes over to the leader when a read is sent away, but not when an append is.
            let _ = self.before(None, 1).await;
        }
        appended.map(drop)
    }

    /// A call that carries appends: a spare one, which is replaced behind the back of whoever needs it.
    async fn open_call(&self) -> Result<BatchAppendClient, Trouble> {
        let spare = self.spares.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let options = BatchAppendOptions::default;
        let call = match spare {
            Some(spare) => spare,
            None => self.ask(|client| async move { client.batch_append(&options()).await }).await?,
        };
        if let Some(runtime) = &self.runtime {
            let (client, spares) = (self.client.clone(), Arc::clone(&self.spares));
            runtime.spawn(async move {
                // Without a spare, the next to need one opens it and is told what is wrong.
                if let Ok(spare) = client.batch_append(&options()).await {
                    spares.lock().unwrap_or_else(PoisonError::into_inner).push(spare);
                }
            });
        }
        Ok(call)
    }

    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn read(
        &self,
        stream: String,
        from: u64,
        limit: usize,
    ) -> Result<Option<Vec<Seen>>, Trouble> {
        let options = ReadStreamOptions::default()
            .position(StreamPosition::Position(from))
            .forwards()
            .max_count(limit)
            .requires_leader(true);
        self.read_stream(stream, options).await
    }

    /// The last event of a stream; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn last(&self, stream: String) -> Result<Option<Seen>, Trouble> {
        let options =
            ReadStreamOptions::default().position(StreamPosition::End).max_count(1).requires_leader(true);
        Ok(self.read_stream(stream, options).await?.and_then(|mut events| events.pop()))
    }

    async fn read_stream(
        &self,
        stream: String,
        options: ReadStreamOptions,
    ) -> Result<Option<Vec<Seen>>, Trouble> {
        let read = self.ask(|client| async move {
            let mut events = Vec::new();
            let mut stream = match client.read_stream(stream, &options).await {
                Err(Error::ResourceNotFound) => return Ok(None),
                opened => opened?,
            };
            loop {
                match stream.next().await {
                    Ok(Some(event)) => events.extend(Seen::of(event)),
                    Ok(None) => return Ok(Some(events)),
                    Err(Error::ResourceNotFound) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
        });
        read.await
    }

    /// At most `limit` events of the whole log before a place, the last first.
    pub(in crate::store::kurrent) async fn before(
        &self,
        place: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Seen>, Trouble> {
        let from = place.map_or(StreamPosition::End, |place| StreamPosition::Position(place.position()));
        let options =
            ReadAllOptions::default().position(from).backwards().max_count(limit).requires_leader(true);
        let read = self.ask(|client| async move {
            let mut events = Vec::new();
            let mut stream = client.read_all(&options).await?;
            while let Some(event) = stream.next().await? {
                events.extend(Seen::of(event));
            }
            Ok(events)
        });
        read.await
    }

    fn lane(&self, stream: &str) -> &Mutex<Option<Arc<BatchAppendClient>>> {
        let sum = crc32fast::hash(stream.as_bytes()) as usize;
        &self.lanes[sum % LANES]
    }

    /// Lets the client work on the session's own runtime, where its connections are driven and its panics end.
    async fn ask<T, F>(&self, work: impl FnOnce(Client) -> F) -> Result<T, Trouble>
    where
        T: Send + 'static,
        F: Future<Output = eventstore::Result<T>> + Send + 'static,
    {
        let Some(runtime) = &self.runtime else { return Err(Trouble::Away("the session has ended".into())) };
        let task = runtime.spawn(work(self.client.clone()));
        let abort = task.abort_handle();
        let answer = timeout(self.patience, task).await;
        if !self.prompt.swap(true, Ordering::Relaxed) {
            // Now there is a connection.
            send_promptly();
        }
        match answer {
            Ok(Ok(answer)) => answer.map_err(|error| of(&error)),
            Ok(Err(error)) => match error.try_into_panic() {
                Ok(panic) => Err(panicked(&*panic)),
                Err(_) => Err(Trouble::Away("the session has ended".into())),
            },
            Err(_) => {
                abort.abort();
                Err(Trouble::Away(format!("no answer within {} ms", self.patience.as_millis())))
            }
        }
    }
}

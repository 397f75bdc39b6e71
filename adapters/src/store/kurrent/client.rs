//! The one file that knows the `eventstore` crate: what is asked of a cluster, and how its client is held.
//!
//! What was found of the crate's version 4.0.0, and is handled here:
//!
//! - After one failed connection a client answers `ConnectionClosed` for good, and the task behind it never ends:
//!   it holds a sender of its own channel. So a client lives in a [`Session`] with a runtime of its own; when
//!   anything is wrong with it, the session is dropped with all its tasks and another is made.
//! - It panics on some answers, and where certificates cannot be read. All its code runs in tasks of the
//!   session's runtime, so a panic is an error here.
//! - A subscription that the server ends without an error makes it spin for ever without yielding, telling its
//!   log each time around. A subscription has a thread of its own, and what listens to the log there breaks the
//!   spin by unwinding ([`Quiet`]).
//! - It writes an append in three small packets without `TCP_NODELAY`: the second waits for the acknowledgement of
//!   the first, which the other side delays by 40 ms. Batch appends go over one open call, one packet each.
//! - One refused batch append ends its call and everything else on its way there, without an answer or with one
//!   that says nothing. So there are several calls ([`LANES`]), and whoever has no answer asks again: appends are
//!   idempotent by their events' ids.
//! - What it logs may hold credentials. On a session's threads nobody hears it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use eventstore::{
    BatchAppendClient, BatchAppendOptions, Client, ClientSettings, Error, EventData, ExpectedRevision,
    Position, ReadAllOptions, ReadStreamOptions, ResolvedEvent, StreamPosition, SubscribeToAllOptions,
    SubscriptionEvent, SubscriptionFilter,
};
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use super::quiet::{Quiet, Spun};
use crate::store::address::ClusterAddress;

/// How many calls carry appends. One incident's appends are always on the same.
const LANES: usize = 8;
/// How many events of others the server looks through before it tells where it is.
const WINDOW: u32 = 500;
/// How often to follow a client that was sent to another node.
pub(super) const REDIRECTIONS: u32 = 3;
/// What a subscription may be ahead of whoever reads it.
const AHEAD: usize = 1_024;
/// A place in the cluster's log. In older logs the events of one append have their commit in common, and differ
/// in the other half: the pair is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    commit: u64,
    prepare: u64,
}

impl Place {
    #[cfg(test)]
    pub(super) fn at(commit: u64, prepare: u64) -> Self {
        Self { commit, prepare }
    }

    fn of(Position { commit, prepare }: Position) -> Self {
        Self { commit, prepare }
    }

    fn position(self) -> Position {
        Position { commit: self.commit, prepare: self.prepare }
    }
}

/// An event that the cluster has.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) stream: String,
    /// Its place in the stream, from 0.
    pub(super) number: u64,
    pub(super) place: Place,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) data: Vec<u8>,
    pub(super) metadata: Vec<u8>,
}

/// An event for the cluster.
#[derive(Debug, Clone)]
pub(super) struct Proposed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) data: Box<RawValue>,
    pub(super) metadata: String,
}

/// How long a stream must be for an append to fit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// However long.
    Any,
    /// So many events.
    Length(u64),
}

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// None came, or none that can be read: what was asked may have been done.
    #[error("{0}")]
    Away(String),
    /// It must be asked again, of the same session: another node leads, or the call that it was on its way with
    /// has ended because of another one on it.
    #[error("{0}")]
    Again(String),
    /// The stream has another length. Nothing was done.
    #[error("the stream has moved on")]
    Conflict,
    /// It is more than the cluster takes at once. Nothing was done.
    #[error("{0}")]
    TooLarge(String),
    /// The cluster says no, and would say so again. Nothing was done.
    #[error("{0}")]
    Refused(String),
}

/// A client and everything that works for it.
pub(super) struct Session {
    runtime: Option<Runtime>,
    client: Client,
    lanes: [Mutex<Option<Arc<BatchAppendClient>>>; LANES],
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
    pub(super) fn new(address: &ClusterAddress) -> Result<Self, Trouble> {
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
        Ok(Self { runtime: Some(runtime), client, lanes: Default::default(), patience: address.deadline() })
    }

    /// Appends events to a stream: all of them or none.
    pub(super) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Vec<Proposed>,
    ) -> Result<(), Trouble> {
        let lane = self.lane(&stream);
        let open = { lane.lock().unwrap_or_else(PoisonError::into_inner).clone() };
        let batch = match open {
            Some(batch) => batch,
            None => {
                let opened = self
                    .ask(|client| async move { client.batch_append(&BatchAppendOptions::default()).await })
                    .await?;
                // Another may have opened one meanwhile; this one then goes with the session.
                let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(lane.get_or_insert(Arc::new(opened)))
            }
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
            // The client goes over to the leader when a read is sent away, but not when an append is.
            let _ = self.before(None, 1).await;
        }
        appended.map(drop)
    }

    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    pub(super) async fn read(
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
    pub(super) async fn last(&self, stream: String) -> Result<Option<Seen>, Trouble> {
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
    pub(super) async fn before(&self, place: Option<Place>, limit: usize) -> Result<Vec<Seen>, Trouble> {
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
        match timeout(self.patience, task).await {
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

impl Proposed {
    fn into_data(self) -> Result<EventData, Trouble> {
        // Raw values are written as they are.
        let data = EventData::json(self.kind, &self.data)
            .map_err(|error| Trouble::Refused(format!("the payload is no JSON: {error}")))?;
        Ok(data.id(self.id).metadata(self.metadata.into()))
    }
}

/// What the log of a cluster tells as it grows.
#[derive(Debug)]
pub(super) enum Signal {
    /// The subscription has begun.
    Begun,
    /// An event.
    Event(Seen),
    /// Everything up to here has been told.
    Reached(Place),
    /// Everything there was when it began has been told.
    CaughtUp,
}

/// Follows the cluster's log from just after a place, as far as its streams begin with one of these. Ends with the
/// first trouble, or when the receiver is dropped.
pub(super) fn subscribe(
    address: &ClusterAddress,
    prefixes: [&str; 2],
    after: Option<Place>,
) -> Result<mpsc::Receiver<Result<Signal, Trouble>>, Trouble> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let filter = prefixes
        .iter()
        .fold(SubscriptionFilter::on_stream_name().max(WINDOW), |filter, prefix| filter.add_prefix(prefix));
    let from = after.map_or(StreamPosition::Start, |place| StreamPosition::Position(place.position()));
    let options = SubscribeToAllOptions::default().position(from).filter(filter);
    let settings = address.settings().clone();
    let work = move || {
        Quiet::listen();
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let trouble = Trouble::Away(format!("no runtime could be started: {error}"));
                let _ = sender.blocking_send(Err(trouble));
                return;
            }
        };
        let pump = pump(settings, &options, &sender);
        let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(pump)));
        runtime.shutdown_background();
        let trouble = ended.unwrap_or_else(|panic| panicked(&*panic));
        let _ = sender.blocking_send(Err(trouble));
    };
    thread::Builder::new()
        .name("scribe-follow".into())
        .spawn(work)
        .map_err(|error| Trouble::Away(format!("no thread could be started: {error}")))?;
    Ok(receiver)
}

async fn pump(
    settings: ClientSettings,
    options: &SubscribeToAllOptions,
    sender: &mpsc::Sender<Result<Signal, Trouble>>,
) -> Trouble {
    let client = match Client::new(settings) {
        Ok(client) => client,
        Err(error) => return of(&error),
    };
    let mut subscription = client.subscribe_to_all(options).await;
    let mut sent_away = 0;
    loop {
        let next = tokio::select! {
            next = subscription.next_subscription_event() => next,
            () = sender.closed() => return Trouble::Away("nobody follows any more".into()),
        };
        Quiet::heard();
        let signal = match next {
            Ok(SubscriptionEvent::EventAppeared(event)) => Seen::of(event).map(Signal::Event),
            Ok(SubscriptionEvent::Confirmed(_)) => Some(Signal::Begun),
            Ok(SubscriptionEvent::Checkpoint(position)) => Some(Signal::Reached(Place::of(position))),
            Ok(SubscriptionEvent::CaughtUp) => Some(Signal::CaughtUp),
            Ok(_) => None,
            // The client has been told where the leader is, and goes there.
            Err(Error::NotLeaderException(_)) if sent_away < REDIRECTIONS => {
                sent_away += 1;
                subscription = client.subscribe_to_all(options).await;
                None
            }
            Err(error) => return of(&error),
        };
        if let Some(signal) = signal
            && sender.send(Ok(signal)).await.is_err()
        {
            return Trouble::Away("nobody follows any more".into());
        }
    }
}

impl Seen {
    fn of(event: ResolvedEvent) -> Option<Self> {
        let event = event.link.or(event.event)?;
        Some(Self {
            stream: event.stream_id,
            number: event.revision,
            place: Place::of(event.position),
            id: event.id,
            kind: event.event_type,
            data: event.data.into(),
            metadata: event.custom_metadata.into(),
        })
    }
}

/// What an error of the crate means here.
fn of(error: &Error) -> Trouble {
    match error {
        Error::WrongExpectedVersion { .. } => Trouble::Conflict,
        Error::Grpc { message, .. } => of_batch(message),
        Error::AccessDenied => {
            Trouble::Refused("the cluster denies access: wrong credentials, or no right to do this".into())
        }
        Error::ResourceDeleted => Trouble::Refused("the stream was deleted".into()),
        Error::ServerError(message) if message.contains("Batch-append stream has been closed") => {
            Trouble::Again("the call was cut short".into())
        }
        Error::NotLeaderException(_) => Trouble::Again("another node leads the cluster".into()),
        Error::ServerError(message) => Trouble::Away(short(message)),
        other => Trouble::Away(other.to_string()),
    }
}

/// A batch append's errors come as words only.
fn of_batch(message: &str) -> Trouble {
    let words: String =
        message.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if words.contains("wrongexpected") {
        return Trouble::Conflict;
    }
    let speaks_of = |words_of: &[&str]| words_of.iter().any(|word| words.contains(word));
    if speaks_of(&["appendsize", "toolarge", "largerthanmax"]) {
        Trouble::TooLarge(short(message))
    } else if speaks_of(&["accessdenied", "streamdeleted", "invalidtransaction", "badrequest"]) {
        Trouble::Refused(short(message))
    } else {
        Trouble::Away(short(message))
    }
}

/// A status tells its whole envelope; its code and message are enough.
fn short(message: &str) -> String {
    message.split(", details: [").next().unwrap_or(message).chars().take(300).collect()
}

fn panicked(panic: &(dyn Any + Send)) -> Trouble {
    if panic.is::<Spun>() {
        return Trouble::Away("the server ended the subscription".into());
    }
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    Trouble::Away(format!("the client gave up: {}", said.as_deref().unwrap_or("it did not say why")))
}

//! Following the cluster's log, on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use eventstore::{
    Client, ClientSettings, Error, StreamPosition, SubscribeToAllOptions, SubscriptionEvent,
    SubscriptionFilter,
};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::quiet::Quiet;
use super::trouble::{of, panicked};
use super::{Place, REDIRECTIONS, Seen, Trouble};
use crate::store::address::ClusterAddress;

/// How many events of others the server looks through before it tells where it is.
const WINDOW: u32 = 500;
/// What a subscription may be ahead of whoever reads it.
const AHEAD: usize = 1_024;

/// What the log of a cluster tells as it grows.
#[derive(Debug)]
pub(in crate::store::kurrent) enum Signal {
    /// The subscription has begun.
    Begun,
    /// An event.
    Event(Seen),
    /// Everything up to here has been told.
    Reached(Place),
    Live,
}

/// Follows the cluster's log from just after a place, as far as its streams begin with one of these. Ends with the
/// first trouble, or when the receiver is dropped.
pub(in crate::store::kurrent) fn subscribe(
    address: &ClusterAddress,
    prefixes: Vec<String>,
    after: Option<Place>,
) -> Result<mpsc::Receiver<Result<Signal, Trouble>>, Trouble> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let filter = prefixes
        .iter()
        .fold(SubscriptionFilter::on_stream_name().max(WINDOW), SubscriptionFilter::add_prefix);
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

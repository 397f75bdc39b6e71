//! What the store and its follower share, and how the store learns that the mirror has everything.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use scribe_domain::ids::{IncidentId, Revision};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

use super::client::{Place, Trouble};
use super::commands::Commands;
use super::names::Names;
use super::reach::Reach;
use crate::store::address::ClusterAddress;
use crate::store::sqlite::SqliteStore;

/// How long the first answer of a cluster is waited for.
const ACQUAINTANCE: Duration = Duration::from_secs(5);
/// How long what the cluster has may take to come into the mirror.
const ARRIVAL: Duration = Duration::from_secs(3);
/// How many events of the log's end are looked through at once, at first and at most.
const PAGES: (usize, usize) = (16, 1_024);

pub(super) struct Shared {
    pub(super) names: Names,
    pub(super) mirror: SqliteStore,
    pub(super) commands: Commands,
    pub(super) reach: Reach,
    /// Up to where the mirror has everything.
    pub(super) seen: watch::Sender<Option<Place>>,
    pub(super) waiting: Waiting,
    pub(super) lengths: Lengths,
    /// The latest time that was seen recorded, or stamped, in microseconds.
    stamped: AtomicI64,
    probe: Probe,
}

/// One look at the end of the log answers everybody who asked before it began.
#[derive(Default)]
struct Probe {
    turn: tokio::sync::Mutex<()>,
    begun: AtomicU64,
    /// The number of the last one that found an answer.
    answered: AtomicU64,
    /// Up to where there was nothing of this record beyond what the mirror had.
    looked: Mutex<Option<Place>>,
}

impl Shared {
    pub(super) fn new(address: ClusterAddress, mirror: SqliteStore, reach: Reach) -> Self {
        Self {
            names: Names::new(address.prefix()),
            commands: Commands::new(address),
            mirror,
            reach,
            seen: watch::Sender::new(None),
            waiting: Waiting::default(),
            lengths: Lengths::default(),
            stamped: AtomicI64::new(i64::MIN),
            probe: Probe::default(),
        }
    }

    /// Returns when the mirror has everything that was acknowledged by anybody before this was asked; or at once
    /// when the cluster is out of reach: what there is will have to do, and is marked as stale.
    pub(super) async fn be_fresh(&self) {
        if !timeout(ACQUAINTANCE, self.reach.known()).await.unwrap_or(false) {
            return;
        }
        let asked = self.probe.begun.load(Ordering::SeqCst);
        let _turn = self.probe.turn.lock().await;
        if self.probe.answered.load(Ordering::SeqCst) > asked {
            return;
        }
        let number = self.probe.begun.fetch_add(1, Ordering::SeqCst) + 1;
        match self.look().await {
            Ok(()) => self.probe.answered.store(number, Ordering::SeqCst),
            Err(trouble) => self.reach.lost(&trouble.to_string()),
        }
    }

    /// Looks through the log's end, back to the last event of this record, and waits until the mirror has it.
    async fn look(&self) -> Result<(), Trouble> {
        let looked = *self.probe.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = (*self.seen.borrow()).max(looked);
        let (mut limit, most) = PAGES;
        let (mut end, mut before) = (None, None);
        'pages: loop {
            let page = self.commands.before(before, limit).await?;
            for event in &page {
                end = end.max(Some(event.place));
                if Some(event.place) <= known {
                    break 'pages;
                }
                if self.names.prefixes().iter().any(|prefix| event.stream.starts_with(prefix)) {
                    self.arrival(event.place).await?;
                    break 'pages;
                }
            }
            let last = page.last().map(|event| event.place);
            if page.len() < limit || last == before {
                break;
            }
            before = last;
            limit = (limit * 4).min(most);
        }
        let mut looked = self.probe.looked.lock().unwrap_or_else(PoisonError::into_inner);
        *looked = (*looked).max(end);
        Ok(())
    }

    /// The latest of this time and those before it.
    pub(super) fn stamped_by(&self, time: i64) -> i64 {
        self.stamped.fetch_max(time, Ordering::SeqCst).max(time)
    }

    /// Returns when the mirror has everything up to this place.
    pub(super) async fn arrival(&self, place: Place) -> Result<(), Trouble> {
        let mut seen = self.seen.subscribe();
        self.as_long_as_it_grows(async move { seen.wait_for(|seen| *seen >= Some(place)).await.is_ok() })
            .await
    }

    /// Returns when what somebody waits for has come.
    pub(super) async fn arrived(&self, wait: oneshot::Receiver<()>) -> Result<(), Trouble> {
        self.as_long_as_it_grows(async move { wait.await.is_ok() }).await
    }

    /// Waits for something that the follower brings: a mirror may have much to catch up with, but when nothing
    /// comes any more it has been lost.
    async fn as_long_as_it_grows(&self, wait: impl Future<Output = bool>) -> Result<(), Trouble> {
        let mut wait = std::pin::pin!(wait);
        let mut seen = self.seen.subscribe();
        loop {
            seen.borrow_and_update();
            tokio::select! {
                came = &mut wait => return if came { Ok(()) } else { Err(late()) },
                grown = timeout(ARRIVAL, seen.changed()) => {
                    if !matches!(grown, Ok(Ok(()))) {
                        return Err(late());
                    }
                }
            }
        }
    }
}

fn late() -> Trouble {
    Trouble::Away(format!("what the cluster has did not come back within {} s", ARRIVAL.as_secs()))
}

/// Who waits for an append, or for another event, to come into the mirror.
#[derive(Default)]
pub(super) struct Waiting(Mutex<HashMap<Uuid, Vec<oneshot::Sender<()>>>>);

impl Waiting {
    /// Waits for it from now on.
    pub(super) fn wait(&self, id: Uuid) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who has given up is forgotten whenever somebody comes.
        if waiting.len() > 1_000 {
            waiting.retain(|_, senders| senders.iter().any(|sender| !sender.is_closed()));
        }
        let senders = waiting.entry(id).or_default();
        senders.retain(|sender| !sender.is_closed());
        senders.push(sender);
        receiver
    }

    /// It has come.
    pub(super) fn arrived(&self, id: Uuid) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        for sender in waiting.into_iter().flatten() {
            // Who has given up need not be told.
            let _ = sender.send(());
        }
    }
}

/// How much longer streams are than their incidents: by as many events as were passed over.
#[derive(Default)]
pub(super) struct Lengths(Mutex<HashMap<IncidentId, u64>>);

impl Lengths {
    /// An incident's stream has so many events, when the incident is at that revision.
    pub(super) fn note(&self, incident: &IncidentId, length: u64, revision: Revision) {
        let mut lengths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match length.saturating_sub(revision.0) {
            0 => drop(lengths.remove(incident)),
            more => drop(lengths.insert(incident.clone(), more)),
        }
    }

    /// How long an incident's stream is when the incident is at a revision, as far as is known.
    pub(super) fn at(&self, incident: &IncidentId, revision: Revision) -> u64 {
        let lengths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        revision.0 + lengths.get(incident).copied().unwrap_or_default()
    }
}

//! What has come into the mirror, and who waits for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::StoreWarning;
use scribe_domain::ids::{IncidentId, Revision};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::store::kurrent::client::Place;

/// How long what the cluster has may take to come into the mirror while nothing else comes either.
const ARRIVAL: Duration = Duration::from_secs(3);

/// What the follower tells of its work.
pub(in crate::store::kurrent) struct Arrivals {
    /// Up to where the log has been read.
    seen: watch::Sender<Option<Place>>,
    /// Grows whenever that leads further.
    steps: watch::Sender<u64>,
    waiting: Mutex<HashMap<Uuid, Vec<oneshot::Sender<()>>>>,
    /// How much longer streams are than their incidents: by as many events as were passed over.
    passed_over: Mutex<HashMap<IncidentId, u64>>,
    /// The incidents of which somebody took events out of the cluster.
    cut: Mutex<BTreeMap<IncidentId, String>>,
    /// The record's last time, as far as it was seen.
    last_time: Mutex<Option<DateTime<Utc>>>,
}

/// Somebody who waits for one event.
pub(in crate::store::kurrent) struct Arrival {
    wait: oneshot::Receiver<()>,
    /// Whether it came, once that is known.
    came: Option<bool>,
}

impl Arrival {
    /// Returns when it has come; false if nobody will tell any more.
    pub(in crate::store::kurrent) async fn come(&mut self) -> bool {
        match self.came {
            Some(came) => came,
            None => *self.came.insert((&mut self.wait).await.is_ok()),
        }
    }
}

/// What was waited for has not come, and nothing else comes either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what the cluster has did not come into the mirror: nothing came for {} s", ARRIVAL.as_secs())]
pub(in crate::store::kurrent) struct Late;

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            seen: watch::Sender::new(None),
            steps: watch::Sender::new(0),
            waiting: Mutex::default(),
            passed_over: Mutex::default(),
            cut: Mutex::default(),
            last_time: Mutex::default(),
        }
    }
}

impl Arrivals {
    /// Up to where the log has been read.
    pub(in crate::store::kurrent) fn seen(&self) -> Option<Place> {
        *self.seen.borrow()
    }

    /// The log has been read up to here, and the mirror has what counts of it.
    pub(in crate::store::kurrent) fn reached(&self, place: Option<Place>) {
        let further = self.seen.send_if_modified(|seen| {
            let further = place > *seen;
            *seen = place.max(*seen);
            further
        });
        if further {
            self.steps.send_modify(|steps| *steps += 1);
        }
    }

    /// The log is read from its beginning again.
    pub(in crate::store::kurrent) fn begin_anew(&self) {
        self.seen.send_replace(None);
        lock(&self.passed_over).clear();
        lock(&self.cut).clear();
    }

    /// The record's last time, as far as this process has seen it.
    pub(in crate::store::kurrent) fn last_time(&self) -> Option<DateTime<Utc>> {
        *lock(&self.last_time)
    }

    /// Something was taken at this time, or was seen to be.
    pub(in crate::store::kurrent) fn stamped(&self, stamped: Stamped, settles: bool) {
        let mut last = lock(&self.last_time);
        *last = Some(stamped.counts_at(*last, settles));
    }

    /// Waits, from now on, for an append by its request or for another event by its id.
    pub(in crate::store::kurrent) fn wait(&self, id: Uuid) -> Arrival {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        // Who has given up is forgotten whenever somebody comes.
        if waiting.len() > 1_000 {
            waiting.retain(|_, senders| senders.iter().any(|sender| !sender.is_closed()));
        }
        let senders = waiting.entry(id).or_default();
        senders.retain(|sender| !sender.is_closed());
        senders.push(sender);
        Arrival { wait: receiver, came: None }
    }

    /// It has come.
    pub(in crate::store::kurrent) fn arrived(&self, id: Uuid) {
        let waiting = lock(&self.waiting).remove(&id);
        for sender in waiting.into_iter().flatten() {
            // Who has given up need not be told.
            let _ = sender.send(());
        }
    }

    /// Returns when the mirror has everything up to this place.
    pub(in crate::store::kurrent) async fn arrival(&self, place: Place) -> Result<(), Late> {
        let mut seen = self.seen.subscribe();
        self.as_long_as_it_grows(async move { seen.wait_for(|seen| *seen >= Some(place)).await.is_ok() })
            .await
    }

    /// Returns when what somebody waits for has come.
    pub(in crate::store::kurrent) async fn came(&self, arrival: &mut Arrival) -> Result<(), Late> {
        self.as_long_as_it_grows(arrival.come()).await
    }

    /// Waits for something that the follower brings: a mirror may have much to catch up with, but when nothing
    /// comes any more it has been lost.
    async fn as_long_as_it_grows(&self, wait: impl Future<Output = bool>) -> Result<(), Late> {
        let mut wait = std::pin::pin!(wait);
        let mut steps = self.steps.subscribe();
        loop {
            steps.borrow_and_update();
            tokio::select! {
                came = &mut wait => return if came { Ok(()) } else { Err(Late) },
                grown = timeout(ARRIVAL, steps.changed()) => {
                    if !matches!(grown, Ok(Ok(()))) {
                        return Err(Late);
                    }
                }
            }
        }
    }

    /// An incident's stream has so many events, when the incident is at that revision.
    pub(in crate::store::kurrent) fn note_length(
        &self,
        incident: &IncidentId,
        length: u64,
        revision: Revision,
    ) {
        let mut passed_over = lock(&self.passed_over);
        match length.saturating_sub(revision.0) {
            0 => drop(passed_over.remove(incident)),
            more => drop(passed_over.insert(incident.clone(), more)),
        }
    }

    /// How long an incident's stream is when the incident is at a revision, as far as is known.
    pub(in crate::store::kurrent) fn length_at(&self, incident: &IncidentId, revision: Revision) -> u64 {
        revision.0 + lock(&self.passed_over).get(incident).copied().unwrap_or_default()
    }

    /// Somebody took events of this incident out of the cluster. Told once in the log, and for as long as the
    /// program runs to whoever asks.
    pub(in crate::store::kurrent) fn note_cut(&self, incident: &IncidentId, what: String) {
        let mut cut = lock(&self.cut);
        if cut.get(incident) != Some(&what) {
            tracing::error!(%incident, what, "events of the record were taken out of the cluster");
            cut.insert(incident.clone(), what);
        }
    }

    /// What was taken out of an incident's stream was given back.
    pub(in crate::store::kurrent) fn note_whole(&self, incident: &IncidentId) {
        if lock(&self.cut).remove(incident).is_some() {
            tracing::info!(%incident, "the cluster shows all of its stream again");
        }
    }

    /// What was taken out of an incident's stream, if anything was.
    pub(in crate::store::kurrent) fn cut(&self, incident: &IncidentId) -> Option<String> {
        lock(&self.cut).get(incident).cloned()
    }

    /// By how many events streams are longer than their incidents.
    pub(in crate::store::kurrent) fn passed_over(&self) -> BTreeMap<IncidentId, u64> {
        lock(&self.passed_over).iter().map(|(incident, more)| (incident.clone(), *more)).collect()
    }

    /// What was taken out of the cluster.
    pub(in crate::store::kurrent) fn taken_out(&self) -> BTreeMap<IncidentId, String> {
        lock(&self.cut).clone()
    }

    /// Both, as an earlier process knew them.
    pub(in crate::store::kurrent) fn remember(
        &self,
        passed_over: BTreeMap<IncidentId, u64>,
        taken_out: BTreeMap<IncidentId, String>,
    ) {
        lock(&self.passed_over).extend(passed_over);
        lock(&self.cut).extend(taken_out);
    }

    /// What whoever runs the program should know.
    pub(in crate::store::kurrent) fn warnings(&self) -> Vec<StoreWarning> {
        let warning = |(incident, what): (&IncidentId, &String)| StoreWarning {
            incident: Some(incident.clone()),
            what: what.clone(),
        };
        lock(&self.cut).iter().map(warning).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

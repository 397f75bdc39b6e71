//! Following the cluster's log into the mirror.
//!
//! What is written into the mirror is decided by the order of the log and by nothing else, so every node's mirror
//! becomes the same record. After every trouble it begins anew behind the last whole append, so a subscription may
//! be cut anywhere.

use std::collections::HashMap;
use std::convert::Infallible;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use scribe_domain::event_store::{EventStore as _, Kept, KeptCheckpoint, StoreError};
use scribe_domain::ids::{EventId, IncidentId, Position, Revision};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, timeout};

use super::assembly::{Assembly, Taken, Whole};
use super::client::{Place, Seen, Signal, Trouble};
use super::form::Form;
use super::names::Holds;
use super::reach::State;
use super::shared::Shared;
use crate::store::codec::{self, Decoder};

/// How long a subscription may take to begin.
const BEGINNING: Duration = Duration::from_secs(5);
/// When nothing came for so long, the cluster is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(2);
/// The same while it is out of reach.
const IMPATIENCE: Duration = Duration::from_millis(250);
/// How long to wait before the next attempt: at first; at most when there was a subscription, and when there was
/// none.
const PAUSES: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(250), Duration::from_secs(4)];
/// A subscription that lived so long may be followed by another at once.
const LIVED: Duration = Duration::from_secs(1);
/// How many events are written into the mirror at once.
const BATCH: usize = 1_000;
/// How many incidents' revisions are kept at hand.
const AT_HAND: usize = 10_000;
/// How many events are read at once to find the mirror's last.
const PAGE: usize = 64;

/// A signed checkpoint as the cluster has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CheckpointData {
    pub(super) size: u64,
    pub(super) note: String,
}

/// The one who follows.
pub(super) struct Follower {
    shared: Arc<Shared>,
    /// Up to where the mirror has everything.
    place: Option<Place>,
    revisions: HashMap<IncidentId, Revision>,
    /// Where events seemed to be missing the last time.
    gap: Option<Place>,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, place: None, revisions: HashMap::new(), gap: None }
    }

    /// Follows for ever.
    pub(super) async fn run(mut self) {
        let [first, most_after_one, most] = PAUSES;
        let mut pause = first;
        let mut failed = 0;
        loop {
            let since = Instant::now();
            let mut began = false;
            let trouble = match self.follow(&mut began).await {
                Ok(never) => match never {},
                Err(trouble) => trouble,
            };
            // What is remembered of the mirror is looked up again: another process may write into it.
            self.revisions.clear();
            if began {
                failed = 0;
                pause = if since.elapsed() >= LIVED { first } else { pause.min(most_after_one) };
            } else {
                failed += 1;
            }
            // A subscription that was cut is not yet a cluster that is lost, and neither is one attempt.
            if failed > 1 {
                self.shared.reach.lost(&trouble.to_string());
            }
            tracing::debug!(%trouble, "the subscription has ended");
            sleep(pause).await;
            pause = (pause * 2).min(most);
        }
    }

    async fn follow(&mut self, began: &mut bool) -> Result<Infallible, Trouble> {
        let shared = Arc::clone(&self.shared);
        if self.place.is_none() {
            self.place = self.start().await?;
            shared.seen.send_replace(self.place);
        }
        let prefixes = shared.names.prefixes().map(str::to_owned);
        let mut signals = shared.commands.subscribe(prefixes, self.place).await?;
        let mut assembly = Assembly::new(shared.names.clone());
        loop {
            let wait = match (*began, shared.reach.state()) {
                (false, _) => BEGINNING,
                (true, State::InReach) => SILENCE,
                (true, _) => IMPATIENCE,
            };
            let next = tokio::select! {
                next = timeout(wait, signals.recv()) => next,
                () = shared.reach.lose(), if *began && shared.reach.state() == State::InReach => continue,
            };
            match next {
                Ok(Some(signal)) => {
                    let signal = signal?;
                    *began = true;
                    let signals = and_what_is_there(signal, &mut signals);
                    self.take(&mut assembly, signals).await?;
                    shared.reach.found();
                }
                Ok(None) => return Err(Trouble::Away("the subscription has ended".to_owned())),
                Err(_) if !*began => {
                    return Err(Trouble::Away(format!("no subscription within {} s", BEGINNING.as_secs())));
                }
                Err(_) => {
                    shared.commands.last(shared.names.checkpoints().to_owned()).await?;
                    shared.reach.found();
                }
            }
        }
    }

    /// Where the cluster has what the mirror ends with: the log is followed from there. A mirror of another
    /// record is found out here.
    async fn start(&mut self) -> Result<Option<Place>, Trouble> {
        let Some(kept) = self.shared.mirror.last().await.map_err(|error| unwritable(&error))? else {
            return Ok(None);
        };
        let recorded = codec::read(&mut Decoder::default(), &kept)
            .map_err(|error| Trouble::Away(format!("the mirror's last event does not read: {error}")))?;
        self.shared.stamped_by(recorded.recorded_at.timestamp_micros());
        let id = EventId::derive(recorded.cause.command_id, recorded.index);
        let stream = self.shared.names.incident(&recorded.incident);
        let mut from = recorded.revision.0.saturating_sub(1);
        loop {
            let page = self.shared.commands.read(stream.clone(), from, PAGE).await?.unwrap_or_default();
            if let Some(found) = page.iter().find(|seen| seen.id == id.0) {
                return if is_same(found, &kept) { Ok(Some(found.place)) } else { Err(other_record(&kept)) };
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.number + 1,
                _ => return Err(other_record(&kept)),
            }
        }
    }

    /// Writes what the signals tell into the mirror, in order.
    async fn take(
        &mut self,
        assembly: &mut Assembly,
        signals: Vec<Result<Signal, Trouble>>,
    ) -> Result<(), Trouble> {
        let mut wholes = Vec::new();
        for signal in signals {
            let seen = match signal {
                Ok(Signal::Event(seen)) => seen,
                Ok(Signal::Reached(place)) => {
                    self.adopt(&mut wholes).await?;
                    self.reached(place);
                    continue;
                }
                Ok(Signal::Begun | Signal::Live) => continue,
                // What came before it is good.
                Err(trouble) => {
                    self.adopt(&mut wholes).await?;
                    return Err(trouble);
                }
            };
            match assembly.take(&seen) {
                Taken::Part => {}
                Taken::Whole(whole) => wholes.push(whole),
                Taken::Checkpoint(data) => {
                    self.adopt(&mut wholes).await?;
                    self.keep_checkpoint(&seen, &data).await?;
                    self.reached(seen.place);
                }
                Taken::Stranger(why) => {
                    self.adopt(&mut wholes).await?;
                    self.pass_over(&seen.stream, seen.number, why).await?;
                    self.reached(seen.place);
                }
            }
        }
        self.adopt(&mut wholes).await
    }

    /// Writes appends into the mirror, as far as they continue it.
    async fn adopt(&mut self, wholes: &mut Vec<Whole>) -> Result<(), Trouble> {
        let wholes = mem::take(wholes);
        let Some(place) = wholes.last().map(|whole| whole.place) else { return Ok(()) };
        if !self.adopt_together(&wholes).await? {
            // Something in it is not new, or another process was here: one by one, looking closely.
            for whole in &wholes {
                self.adopt_alone(whole).await?;
            }
        }
        let lengths: HashMap<_, _> = wholes.iter().map(|whole| (&whole.incident, whole.number + 1)).collect();
        for (incident, length) in lengths {
            let revision = self.revision(incident).await?;
            self.shared.lengths.note(incident, length, revision);
        }
        self.reached(place);
        for whole in &wholes {
            self.shared.stamped_by(whole.recorded_at);
            self.shared.waiting.arrived(whole.command_id.0);
        }
        Ok(())
    }

    /// The common case: everything is new and in order. Tells whether it is; nothing is written if not.
    async fn adopt_together(&mut self, wholes: &[Whole]) -> Result<bool, Trouble> {
        let mut head = self.shared.mirror.head().await.map_err(|error| unwritable(&error))?;
        let mut revisions = HashMap::new();
        let mut events: Vec<Kept> = Vec::new();
        for whole in wholes {
            let revision = match revisions.get(&whole.incident) {
                Some(revision) => *revision,
                None => self.revision(&whole.incident).await?,
            };
            if whole.first.0 != revision.0 + 1 {
                return Ok(false);
            }
            revisions.insert(whole.incident.clone(), whole.last());
            events.extend(whole.clone().kept(head));
            head = events.last().map_or(head, |kept| kept.position);
        }
        match self.shared.mirror.adopt(events).await {
            Ok(()) => {
                self.revisions.extend(revisions);
                Ok(true)
            }
            Err(StoreError::Unacceptable(_)) => Ok(false),
            Err(error) => Err(unwritable(&error)),
        }
    }

    async fn adopt_alone(&mut self, whole: &Whole) -> Result<(), Trouble> {
        self.revisions.remove(&whole.incident);
        let revision = self.revision(&whole.incident).await?;
        let known = self.shared.mirror.receipt(whole.command_id).await.map_err(|error| unwritable(&error))?;
        if let Some(known) = known {
            // Told again after a cut, unless a client used one request's id for two incidents.
            if known.incident != whole.incident || known.revision != whole.last() {
                Self::tell_passed_over(whole, "its request is in the record already");
            }
            return Ok(());
        }
        if whole.first.0 <= revision.0 {
            Self::tell_passed_over(whole, "its incident was at another revision");
            return Ok(());
        }
        if whole.first.0 > revision.0 + 1 {
            // Either something was missed, or whoever wrote it did not look. The first is found out by reading
            // that part of the log again.
            if self.gap.replace(whole.place) != Some(whole.place) {
                self.place = None;
                return Err(Trouble::Away(format!("events of {} seem to be missing", whole.incident)));
            }
            Self::tell_passed_over(whole, "the events before it are missing");
            return Ok(());
        }
        let head = self.shared.mirror.head().await.map_err(|error| unwritable(&error))?;
        match self.shared.mirror.adopt(whole.clone().kept(head).collect()).await {
            Ok(()) => {
                self.revisions.insert(whole.incident.clone(), whole.last());
            }
            Err(StoreError::Unacceptable(why)) => {
                // Another process may have written it in this very moment. It cannot have written anything else
                // there: everything before it in the log is in the mirror.
                let known = self.shared.mirror.receipt(whole.command_id).await;
                if known.map_err(|error| unwritable(&error))?.is_none() {
                    Self::tell_passed_over(whole, &why);
                }
                self.revisions.remove(&whole.incident);
            }
            Err(error) => return Err(unwritable(&error)),
        }
        Ok(())
    }

    async fn revision(&mut self, incident: &IncidentId) -> Result<Revision, Trouble> {
        if let Some(revision) = self.revisions.get(incident) {
            return Ok(*revision);
        }
        let revision = self.shared.mirror.revision(incident).await.map_err(|error| unwritable(&error))?;
        if self.revisions.len() >= AT_HAND {
            self.revisions.clear();
        }
        self.revisions.insert(incident.clone(), revision);
        Ok(revision)
    }

    async fn keep_checkpoint(&mut self, seen: &Seen, data: &[u8]) -> Result<(), Trouble> {
        match serde_json::from_slice::<CheckpointData>(data) {
            Ok(CheckpointData { size, note }) => {
                let kept = self.shared.mirror.keep_checkpoint(KeptCheckpoint { size, note }).await;
                kept.map_err(|error| unwritable(&error))?;
                self.shared.waiting.arrived(seen.id);
            }
            Err(_) => {
                tracing::warn!(stream = seen.stream, number = seen.number, "passed over: no checkpoint");
            }
        }
        Ok(())
    }

    async fn pass_over(&mut self, stream: &str, number: u64, why: &str) -> Result<(), Trouble> {
        if let Holds::Incident(incident) = self.shared.names.holds(stream) {
            tracing::warn!(stream, number, why, "an event in the cluster is passed over");
            let revision = self.revision(&incident).await?;
            self.shared.lengths.note(&incident, number + 1, revision);
        }
        Ok(())
    }

    fn tell_passed_over(whole: &Whole, why: &str) {
        let (incident, first, command) = (whole.incident.as_str(), whole.first.0, whole.command_id.0);
        tracing::warn!(incident, first, %command, why, "an append in the cluster is passed over");
    }

    fn reached(&mut self, place: Place) {
        self.place = Some(place);
        self.shared.seen.send_replace(Some(place));
    }
}

fn and_what_is_there(
    first: Signal,
    signals: &mut Receiver<Result<Signal, Trouble>>,
) -> Vec<Result<Signal, Trouble>> {
    let mut batch = vec![Ok(first)];
    while batch.len() < BATCH
        && let Ok(signal) = signals.try_recv()
    {
        batch.push(signal);
    }
    batch
}

fn is_same(seen: &Seen, kept: &Kept) -> bool {
    Form::read(&seen.metadata, &seen.data)
        .is_some_and(|form| form.header == kept.header && form.body.digest() == kept.body.digest())
}

fn other_record(kept: &Kept) -> Trouble {
    let Position(position) = kept.position;
    Trouble::Away(format!(
        "the cluster does not hold event {position}, with which this folder's mirror ends: it is another record, \
         or an older copy of this one; if it is the right cluster, keep a copy of the folder mirror/ and remove it"
    ))
}

fn unwritable(error: &StoreError) -> Trouble {
    Trouble::Away(format!("the mirror in the data folder fails: {error}"))
}

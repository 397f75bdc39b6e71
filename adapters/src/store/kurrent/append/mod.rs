//! From the store into the cluster, and back through the mirror.
//!
//! An append is acknowledged when the mirror shows it, however that is found out: by the call's own answer, or by
//! the append coming through the subscription while the call is still in doubt. Whatever happens on the way, the
//! same events are sent again: the cluster knows them by their ids, and keeps them once. It is not sent again at
//! once, though: a server drops a repeat of what it has not indexed yet.

/// From another store into the cluster.
mod carry;

use std::sync::Arc;
use std::time::Duration;

use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::{
    Append, AppendError, Body, Draft, EventStore as _, KeptCheckpoint, Receipt, StoreError,
};
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use tokio::time::{Instant, timeout};

use super::client::{Expected, Proposed, Trouble};
use super::format::event::Form;
use super::format::notices::CheckpointData;
use super::mirror::arrivals::Arrival;
use super::{KurrentStore, TURNS};
use crate::store::codec::{self, Sealed, Stamp};

/// How long an append is tried, without anything new to be seen in the log, before whoever asked for it is told to
/// come again.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long to wait before the same events are sent again: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(2_500)];

/// Whether the cluster has what was sent.
pub(super) enum Sent {
    /// It has, as its answer or its log says.
    Kept,
    /// Its stream has another length.
    Conflict,
}

impl KurrentStore {
    pub(super) async fn append_events(&self, append: Append) -> Result<Receipt, AppendError> {
        let sealed = codec::seal(&append)?;
        self.shared.reach.check()?;
        // One of this process at a time: the others would only be told of a conflict.
        let _turn = self.turn(&append.incident).lock().await;
        // Before it is asked whether it is there already, or it could come unnoticed in between.
        let mut arrival = self.shared.arrivals.wait(append.command_id.0);
        let mirror = || self.shared.mirror.now();
        if let Some(receipt) = mirror().store.receipt(append.command_id).await? {
            return Ok(receipt);
        }
        self.must_be_whole(&append.incident)?;
        let stream = self.shared.names.incident(&append.incident);
        if mirror().store.revision(&append.incident).await? != append.expected {
            let actual = self.catch_up(&append.incident, &stream).await?;
            if let Some(receipt) = mirror().store.receipt(append.command_id).await? {
                return Ok(receipt);
            }
            if actual != append.expected {
                return Err(AppendError::Conflict { expected: append.expected, actual });
            }
        }
        self.clocks_must_agree().await?;
        let events = self.proposed(&append, sealed)?;
        let mut tries = 0;
        loop {
            let length = self.shared.arrivals.length_at(&append.incident, append.expected);
            match self.send(&stream, length, &events, Some(&mut arrival)).await? {
                Sent::Kept => break,
                Sent::Conflict => {}
            }
            let actual = self.catch_up(&append.incident, &stream).await?;
            if let Some(receipt) = mirror().store.receipt(append.command_id).await? {
                return Ok(receipt);
            }
            let known = self.shared.arrivals.length_at(&append.incident, append.expected);
            tries += 1;
            // Unless the stream only holds more than the incident does.
            if actual != append.expected || known == length || tries > 3 {
                return Err(AppendError::Conflict { expected: append.expected, actual });
            }
        }
        Ok(self.shown(append.command_id, &mut arrival).await?)
    }

    /// The receipt of an append that the cluster has.
    async fn shown(&self, command_id: CommandId, arrival: &mut Arrival) -> Result<Receipt, StoreError> {
        let receipt = self.shared.mirror.now().store.receipt(command_id).await?;
        if let Some(receipt) = receipt {
            return Ok(receipt);
        }
        if let Err(late) = self.shared.arrivals.came(arrival).await {
            self.shared.reach.lost(&late.into());
            return Err(StoreError::NotShown(late.to_string()));
        }
        let receipt = self.shared.mirror.now().store.receipt(command_id).await?;
        if receipt.is_none() && self.shared.reach.is_differing() {
            return Err(StoreError::NotShown("the record is being read anew".to_owned()));
        }
        receipt.ok_or_else(|| {
            let why = "the cluster has the append, but the record does not count it: see the log";
            StoreError::Damaged(why.to_owned())
        })
    }

    fn turn(&self, incident: &IncidentId) -> &tokio::sync::Mutex<()> {
        let sum = crc32fast::hash(incident.as_str().as_bytes()) as usize;
        &self.turns[sum % TURNS]
    }

    /// Refuses an incident of which somebody took events out of the cluster: another node could not read what
    /// would stand behind the gap.
    fn must_be_whole(&self, incident: &IncidentId) -> Result<(), StoreError> {
        match self.shared.arrivals.cut(incident) {
            None => Ok(()),
            Some(why) => Err(StoreError::Barred {
                why,
                remedy: "undo it in the cluster if nothing was scavenged yet (remove the stream's $tb, $maxCount or \
                         $maxAge), or go on in a new incident"
                    .to_owned(),
            }),
        }
    }

    /// Sends events for an empty place in a stream until the cluster says whether it has them, or until they
    /// arrive.
    pub(super) async fn send(
        &self,
        stream: &str,
        length: u64,
        events: &Arc<[Proposed]>,
        mut arrival: Option<&mut Arrival>,
    ) -> Result<Sent, StoreError> {
        let [mut pause, longest] = PAUSES;
        let within = self.shared.commands.time_for(events);
        let mut deadline = Instant::now() + PATIENCE + within;
        loop {
            let before = self.shared.arrivals.seen();
            let call = self.shared.commands.append(
                stream.to_owned(),
                Expected::Length(length),
                Arc::clone(events),
                within,
            );
            let answer = match arrival.as_deref_mut() {
                // Dropping the call ends it: the cluster has the append.
                Some(arrival) => tokio::select! {
                    biased;
                    true = arrival.come() => return Ok(Sent::Kept),
                    answer = call => answer,
                },
                None => call.await,
            };
            let Err(trouble) = answer else { return Ok(Sent::Kept) };
            match trouble {
                Trouble::Conflict { .. } => {
                    // It may be in conflict with itself, sent before.
                    return Ok(if self.is_kept(stream, length, events).await? {
                        Sent::Kept
                    } else {
                        Sent::Conflict
                    });
                }
                Trouble::TooLarge(why) => return Err(StoreError::Unacceptable(why)),
                Trouble::Deleted(why) => {
                    let remedy =
                        "go on in a new incident: a stream that was deleted for good takes nothing any more";
                    return Err(StoreError::Barred { why, remedy: remedy.to_owned() });
                }
                // It may concern this stream only: whether the whole cluster is barred, the follower finds out.
                Trouble::Barred { why, remedy } => return Err(StoreError::Barred { why, remedy }),
                Trouble::Away(_) => {}
            }
            // In doubt. As long as the log is seen to grow, what was sent may be among what comes.
            if self.shared.arrivals.seen() > before {
                deadline = deadline.max(Instant::now() + PATIENCE);
            }
            if Instant::now() >= deadline {
                return Err(self.unknown(&trouble));
            }
            tracing::debug!(stream, %trouble, "an append is in doubt");
            match arrival.as_deref_mut() {
                Some(arrival) => {
                    if timeout(pause, arrival.come()).await == Ok(true) {
                        return Ok(Sent::Kept);
                    }
                }
                None => tokio::time::sleep(pause).await,
            }
            pause = (pause * 4).min(longest);
            if self.is_kept(stream, length, events).await.unwrap_or(false) {
                return Ok(Sent::Kept);
            }
        }
    }

    /// Whether the stream holds these events at this place.
    async fn is_kept(&self, stream: &str, length: u64, events: &[Proposed]) -> Result<bool, StoreError> {
        let page = self.shared.commands.read(stream.to_owned(), length, 1).await;
        let page = page.map_err(|trouble| self.unknown(&trouble))?.unwrap_or_default();
        Ok(page
            .first()
            .zip(events.first())
            .is_some_and(|(seen, first)| seen.number == length && seen.id == first.id))
    }

    /// Nobody knows whether the cluster has it; whoever sends it again will be told.
    pub(super) fn unknown(&self, trouble: &Trouble) -> StoreError {
        if let Trouble::Barred { why, remedy } = trouble {
            return StoreError::Barred { why: why.clone(), remedy: remedy.clone() };
        }
        self.shared.reach.lost(trouble);
        StoreError::Unavailable(trouble.to_string())
    }

    /// Waits until the mirror has all of an incident's stream; tells the incident's revision.
    pub(super) async fn catch_up(&self, incident: &IncidentId, stream: &str) -> Result<Revision, StoreError> {
        // Both grow meanwhile, so the mirror is asked first.
        let before = self.shared.mirror.now().store.revision(incident).await?;
        let last = match self.shared.commands.last(stream.to_owned()).await {
            Ok(last) => last,
            Err(Trouble::Deleted(_)) => None,
            Err(trouble) => return Err(self.unknown(&trouble)),
        };
        if let Some(last) = &last {
            let arrival = self.shared.arrivals.arrival(last.place).await;
            arrival.map_err(|late| self.unknown(&late.into()))?;
        }
        let length = last.map_or(0, |last| last.number + 1);
        if length < before.0 {
            let what = format!(
                "the cluster has {length} events of {incident}, but had {before}: its stream was cut or deleted"
            );
            self.shared.arrivals.note_cut(incident, what);
            self.must_be_whole(incident)?;
        }
        let revision = self.shared.mirror.now().store.revision(incident).await?;
        if revision == before {
            // Otherwise the follower has noted it.
            self.shared.arrivals.note_length(incident, length, revision);
        }
        Ok(revision)
    }

    /// The events as the cluster gets them. They are stamped once, so that the same bytes are sent again.
    fn proposed(&self, append: &Append, sealed: Vec<Sealed>) -> Result<Arc<[Proposed]>, StoreError> {
        let first = Stamp {
            incident: &append.incident,
            revision: Revision(append.expected.0 + 1),
            stamped: self.stamp(&append.events),
            command_id: append.command_id,
            index: 0,
            request: append.request,
        };
        let headers = codec::headers(first, &append.events)?;
        let count = u32::try_from(headers.len()).unwrap_or(u32::MAX);
        let mut events = Vec::with_capacity(headers.len());
        for (((draft, sealed), header), index) in append.events.iter().zip(sealed).zip(headers).zip(0_u32..) {
            codec::leaf(&header, &sealed.digest)?;
            let body = Body::Told { payload: sealed.payload.get().into(), salt: sealed.salt };
            let form = Form { header: header.into(), body, index, count };
            events.push(form.proposed(append.command_id, draft.event.kind(), sealed.payload));
        }
        Ok(events.into())
    }

    /// What is written of the time: never earlier than anything that this process has seen recorded.
    fn stamp(&self, events: &[Draft]) -> Stamped {
        let (stamped, settles) = codec::stamp(&self.time, self.shared.arrivals.last_time(), events);
        if !settles {
            self.shared.arrivals.stamped(stamped, false);
        }
        stamped
    }

    pub(super) async fn keep_signed(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        // Also by a node that differs from others: what it takes back may be what keeps them apart.
        self.shared.reach.check_way()?;
        let KeptCheckpoint { size, note } = checkpoint;
        let event = CheckpointData { size, note }.proposed();
        let event = event.map_err(|error| StoreError::Unacceptable(error.to_string()))?;
        let mut arrival = self.shared.arrivals.wait(event.id);
        let (stream, events): (_, Arc<[Proposed]>) =
            (self.shared.names.checkpoints().to_owned(), [event].into());
        let within = self.shared.commands.time_for(&events);
        let sent = self.shared.commands.append(stream, Expected::AnyLength, events, within).await;
        sent.map_err(|trouble| self.unknown(&trouble))?;
        self.shared.arrivals.came(&mut arrival).await.map_err(|late| self.unknown(&late.into()))
    }
}

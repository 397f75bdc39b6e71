//! Appending to the cluster, and finding out what became of it.
//!
//! Whatever happens on the way, the same events are sent again: the cluster knows them by their ids, and keeps
//! them once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::event_store::{
    Append, AppendError, Body, EventStore as _, Kept, KeptCheckpoint, Receipt, StoreError,
};
use scribe_domain::ids::{EventId, IncidentId, Position, Revision};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::client::{Expected, Proposed, Trouble};
use super::follow::CheckpointData;
use super::form::Form;
use super::{KurrentStore, TURNS};
use crate::store::adoption::{Continues, WholeAppend, whole_appends};
use crate::store::codec::{self, Sealed, Stamp};

/// How long an append is tried before whoever asked for it is told to come again.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(30);
/// The type of the events that hold signed checkpoints.
const CHECKPOINT: &str = "checkpoint-signed";

/// Whether the cluster has what was sent.
enum Sent {
    /// It has.
    Kept,
    /// Its stream has another length.
    Conflict,
}

impl KurrentStore {
    pub(super) async fn append_events(&self, append: Append) -> Result<Receipt, AppendError> {
        let sealed = codec::seal(&append)?;
        self.shared.reach.check()?;
        // One of this process at a time: the others would only be told of a conflict, and by a message that costs
        // everybody on its way with them another call.
        let _turn = self.turn(&append.incident).lock().await;
        // Before it is asked whether it is there already, or it could come unnoticed in between.
        let arrival = self.shared.waiting.wait(append.command_id.0);
        if let Some(receipt) = self.shared.mirror.receipt(append.command_id).await? {
            return Ok(receipt);
        }
        let stream = self.shared.names.incident(&append.incident);
        if self.shared.mirror.revision(&append.incident).await? != append.expected {
            let actual = self.catch_up(&append.incident, &stream).await?;
            if let Some(receipt) = self.shared.mirror.receipt(append.command_id).await? {
                return Ok(receipt);
            }
            if actual != append.expected {
                return Err(AppendError::Conflict { expected: append.expected, actual });
            }
        }
        let events = self.proposed(&append, sealed)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let length = self.shared.lengths.at(&append.incident, append.expected);
            let expected = Expected::Length(length);
            match self.send(&stream, expected, &events, deadline).await? {
                Sent::Kept => break,
                Sent::Conflict => {}
            }
            let actual = self.catch_up(&append.incident, &stream).await?;
            if let Some(receipt) = self.shared.mirror.receipt(append.command_id).await? {
                return Ok(receipt);
            }
            let known = self.shared.lengths.at(&append.incident, append.expected);
            // Unless the stream only holds more than the incident does.
            if actual != append.expected || known == length || Instant::now() >= deadline {
                return Err(AppendError::Conflict { expected: append.expected, actual });
            }
        }
        self.shared.arrived(arrival).await.map_err(|trouble| self.unknown(&trouble))?;
        let receipt = self.shared.mirror.receipt(append.command_id).await?;
        receipt.ok_or_else(|| {
            let why = "the cluster has the append, but the record does not count it: see the log";
            AppendError::Store(StoreError::Damaged(why.to_owned()))
        })
    }

    fn turn(&self, incident: &IncidentId) -> &tokio::sync::Mutex<()> {
        let sum = crc32fast::hash(incident.as_str().as_bytes()) as usize;
        &self.turns[sum % TURNS]
    }

    /// Sends events until the cluster says whether it has them.
    async fn send(
        &self,
        stream: &str,
        expected: Expected,
        events: &[Proposed],
        deadline: Instant,
    ) -> Result<Sent, StoreError> {
        loop {
            match self.shared.commands.append(stream.to_owned(), expected, events.to_vec()).await {
                Ok(()) => return Ok(Sent::Kept),
                Err(Trouble::Conflict) => return Ok(Sent::Conflict),
                Err(Trouble::TooLarge(why)) => {
                    return Err(StoreError::Unacceptable(format!(
                        "the cluster takes no append of this size ({why}): its operator can raise MaxAppendSize"
                    )));
                }
                Err(Trouble::Refused(why)) => return Err(StoreError::Unavailable(why)),
                Err(Trouble::Again(_)) if Instant::now() < deadline => {}
                Err(trouble) if Instant::now() >= deadline => return Err(self.unknown(&trouble)),
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Nobody knows whether the cluster has it; whoever sends it again will be told.
    fn unknown(&self, trouble: &Trouble) -> StoreError {
        self.shared.reach.lost(&trouble.to_string());
        StoreError::Unavailable(trouble.to_string())
    }

    /// Waits until the mirror has all of an incident's stream; tells the incident's revision.
    async fn catch_up(&self, incident: &IncidentId, stream: &str) -> Result<Revision, StoreError> {
        let unavailable = |trouble: Trouble| StoreError::Unavailable(trouble.to_string());
        // Both grow meanwhile, so the mirror is asked first.
        let before = self.shared.mirror.revision(incident).await?;
        let last = self.shared.commands.last(stream.to_owned()).await.map_err(unavailable)?;
        if let Some(last) = &last {
            self.shared.arrival(last.place).await.map_err(unavailable)?;
        }
        let length = last.map_or(0, |last| last.number + 1);
        if length < before.0 {
            return Err(StoreError::Damaged(format!(
                "the cluster has {length} events of {incident}, but had {before}: its stream was cut or deleted"
            )));
        }
        let revision = self.shared.mirror.revision(incident).await?;
        if revision == before {
            // Otherwise the follower has noted it.
            self.shared.lengths.note(incident, length, revision);
        }
        Ok(revision)
    }

    /// The events as the cluster gets them. They are stamped once, so that the same bytes are sent again.
    fn proposed(&self, append: &Append, sealed: Vec<Sealed>) -> Result<Vec<Proposed>, StoreError> {
        let recorded_at = self.stamp()?;
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let mut events = Vec::with_capacity(append.events.len());
        for ((draft, sealed), index) in append.events.iter().zip(sealed).zip(0_u32..) {
            let stamp = Stamp {
                incident: &append.incident,
                revision: Revision(append.expected.0 + u64::from(index) + 1),
                recorded_at,
                command_id: append.command_id,
                index,
            };
            let header = codec::header(draft, &stamp)?;
            codec::leaf(&header, &sealed.digest)?;
            let body = Body::Told { payload: sealed.payload.get().into(), salt: sealed.salt };
            let form = Form { header: header.into(), body, index, count };
            events.push(Proposed {
                id: EventId::derive(append.command_id, index).0,
                kind: draft.event.kind().to_owned(),
                metadata: form.metadata(),
                data: sealed.payload,
            });
        }
        Ok(events)
    }

    /// What time it is, but never earlier than anything that this process has seen recorded.
    fn stamp(&self) -> Result<DateTime<Utc>, StoreError> {
        let latest = self.shared.stamped_by((self.clock)().trunc_subsecs(6).timestamp_micros());
        DateTime::from_timestamp_micros(latest)
            .ok_or_else(|| StoreError::Unavailable("the clock is out of its mind".to_owned()))
    }

    /// Takes over another store's events. Only one node may do this, while no other appends: that nobody did is
    /// checked at the end.
    pub(super) async fn adopt_events(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        let appends = whole_appends(events)?;
        self.shared.reach.check()?;
        self.shared.be_fresh().await;
        self.shared.reach.check()?;
        self.must_continue(&appends).await?;
        for append in &appends {
            self.carry(append).await?;
        }
        let Some(last) = appends.last() else { return Ok(()) };
        let stream = self.shared.names.incident(&last.incident);
        self.catch_up(&last.incident, &stream).await?;
        self.must_have(&appends).await
    }

    async fn must_continue(&self, appends: &[WholeAppend]) -> Result<(), StoreError> {
        let mut record = Continues { head: self.shared.mirror.head().await?, revision: Revision::NEW };
        let (mut revisions, mut requests) = (HashMap::new(), HashSet::new());
        for append in appends {
            record.revision = match revisions.get(&append.incident) {
                Some(revision) => *revision,
                None => self.shared.mirror.revision(&append.incident).await?,
            };
            append.must_continue(&record)?;
            let known = self.shared.mirror.receipt(append.command_id).await?.is_some();
            if known || !requests.insert(append.command_id) {
                return Err(append.repeats());
            }
            let count = append.events.len() as u64;
            revisions.insert(append.incident.clone(), Revision(record.revision.0 + count));
            record.head = Position(record.head.0 + count);
        }
        Ok(())
    }

    async fn carry(&self, append: &WholeAppend) -> Result<(), StoreError> {
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let mut events = Vec::with_capacity(append.events.len());
        for (kept, index) in append.events.iter().zip(0_u32..) {
            let (header, body) = (kept.header.clone(), kept.body.clone());
            let form = Form { header, body, index, count };
            let data = RawValue::from_string(form.data().to_owned())
                .map_err(|error| StoreError::Unacceptable(format!("a payload is no JSON: {error}")))?;
            let kind: Kind<'_> = serde_json::from_str(&kept.header)
                .map_err(|error| StoreError::Unacceptable(format!("a header is no JSON: {error}")))?;
            events.push(Proposed {
                id: EventId::derive(append.command_id, index).0,
                kind: kind.kind.into_owned(),
                metadata: form.metadata(),
                data,
            });
        }
        let stream = self.shared.names.incident(&append.incident);
        let before = Revision(append.first_revision.0.saturating_sub(1));
        let length = self.shared.lengths.at(&append.incident, before);
        let deadline = Instant::now() + PATIENCE;
        match self.send(&stream, Expected::Length(length), &events, deadline).await? {
            Sent::Kept => Ok(()),
            Sent::Conflict => Err(interfered(append.first_position)),
        }
    }

    /// Whether the record now holds just these, where they were to stand.
    async fn must_have(&self, appends: &[WholeAppend]) -> Result<(), StoreError> {
        for append in appends {
            let after = Position(append.first_position.0.saturating_sub(1));
            let kept = self.shared.mirror.read_kept(after, append.events.len()).await?;
            if kept != append.events {
                return Err(interfered(append.first_position));
            }
        }
        Ok(())
    }

    pub(super) async fn keep_signed(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.shared.reach.check()?;
        let KeptCheckpoint { size, note } = checkpoint;
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, note.as_bytes());
        let unacceptable = |error: serde_json::Error| StoreError::Unacceptable(error.to_string());
        let data = serde_json::value::to_raw_value(&CheckpointData { size, note }).map_err(unacceptable)?;
        let event = Proposed { id, kind: CHECKPOINT.to_owned(), data, metadata: "{}".to_owned() };
        let arrival = self.shared.waiting.wait(id);
        let stream = self.shared.names.checkpoints();
        let deadline = Instant::now() + PATIENCE;
        self.send(stream, Expected::Any, &[event], deadline).await?;
        self.shared.arrived(arrival).await.map_err(|trouble| self.unknown(&trouble))
    }
}

/// A header, as far as the cluster is told of it.
#[derive(serde::Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

fn interfered(position: Position) -> StoreError {
    StoreError::Unacceptable(format!(
        "others append to the cluster meanwhile: position {position} is not what was to stand there; stop them and \
         carry the record into an empty prefix"
    ))
}

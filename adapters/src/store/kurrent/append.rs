//! Appending to the cluster, and finding out what became of it.
//!
//! Whatever happens on the way, the same events are sent again: the cluster knows them by their ids, and keeps
//! them once.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::event_store::{
    Append, AppendError, Body, EventStore as _, KeptCheckpoint, Receipt, StoreError,
};
use scribe_domain::ids::{IncidentId, Revision};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::client::{Expected, Proposed, Trouble};
use super::follow::CheckpointData;
use super::form::Form;
use super::{KurrentStore, TURNS};
use crate::store::codec::{self, Sealed, Stamp};

/// How long an append is tried before whoever asked for it is told to come again.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(30);
/// The type of the events that hold signed checkpoints.
const CHECKPOINT: &str = "checkpoint-signed";

/// Whether the cluster has what was sent.
pub(super) enum Sent {
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
        let events = self.proposed(&append, sealed)?.into();
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
    pub(super) async fn send(
        &self,
        stream: &str,
        expected: Expected,
        events: &Arc<[Proposed]>,
        deadline: Instant,
    ) -> Result<Sent, StoreError> {
        let within = self.shared.commands.time_for(events);
        loop {
            match self.shared.commands.append(stream.to_owned(), expected, Arc::clone(events), within).await {
                Ok(_) => return Ok(Sent::Kept),
                Err(Trouble::Conflict { .. }) => return Ok(Sent::Conflict),
                Err(Trouble::TooLarge(why)) => return Err(StoreError::Unacceptable(why)),
                Err(Trouble::Deleted(why) | Trouble::Barred { why, .. }) => {
                    return Err(StoreError::Unavailable(why));
                }
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
    pub(super) async fn catch_up(&self, incident: &IncidentId, stream: &str) -> Result<Revision, StoreError> {
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
        let first = Stamp {
            incident: &append.incident,
            revision: Revision(append.expected.0 + 1),
            recorded_at: self.stamp()?,
            command_id: append.command_id,
            index: 0,
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
        Ok(events)
    }

    /// What time it is, but never earlier than anything that this process has seen recorded.
    fn stamp(&self) -> Result<DateTime<Utc>, StoreError> {
        codec::moment_of(self.shared.stamped_by((self.clock)().trunc_subsecs(6).timestamp_micros()))
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
        self.send(stream, Expected::Any, &[event].into(), deadline).await?;
        self.shared.arrived(arrival).await.map_err(|trouble| self.unknown(&trouble))
    }
}

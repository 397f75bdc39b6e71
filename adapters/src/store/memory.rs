//! The model: a list of events under one lock. Obviously right, and gone with the process.
//!
//! It keeps the same bytes as every other store, through the same codec, so that the two can be compared.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use scribe_domain::event_store::{Append, AppendError, EventStore, Kept, Receipt, StoreError};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use tokio::sync::watch;

use super::adoption::{Continues, WholeAppend, whole_appends};
use super::codec::{self, Decoder, Stamp};
use crate::clock::Clock;

/// A record in memory.
pub struct MemoryStore {
    clock: Clock,
    record: Mutex<Record>,
    head: watch::Sender<Position>,
}

/// Positions are places in `kept`, counted from 1.
#[derive(Default, Clone)]
struct Record {
    kept: Vec<Kept>,
    incidents: HashMap<IncidentId, Vec<Position>>,
    receipts: HashMap<CommandId, Receipt>,
    recorded_at: Option<DateTime<Utc>>,
}

impl MemoryStore {
    /// An empty record.
    pub fn new(clock: Clock) -> Self {
        Self { clock, record: Mutex::default(), head: watch::Sender::new(Position::default()) }
    }

    /// Every change is made to a copy or checked beforehand, so a panic elsewhere leaves no half.
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn head(&self) -> Position {
        Position(self.kept.len() as u64)
    }

    fn revision(&self, incident: &IncidentId) -> Revision {
        Revision(self.incidents.get(incident).map_or(0, |positions| positions.len() as u64))
    }

    fn after(&self, position: Position) -> &[Kept] {
        usize::try_from(position.0).ok().and_then(|seen| self.kept.get(seen..)).unwrap_or_default()
    }

    fn append(&mut self, append: &Append, now: DateTime<Utc>) -> Result<Receipt, AppendError> {
        if let Some(first) = self.receipts.get(&append.command_id) {
            return Ok(first.clone());
        }
        let actual = self.revision(&append.incident);
        if append.expected != actual {
            return Err(AppendError::Conflict { expected: append.expected, actual });
        }
        let recorded_at = self.recorded_at.map_or(now, |before| before.max(now));
        let mut events = Vec::with_capacity(append.events.len());
        for ((draft, payload), index) in append.events.iter().zip(codec::payloads(append)?).zip(0_u32..) {
            let stamp = Stamp {
                incident: &append.incident,
                revision: Revision(actual.0 + u64::from(index) + 1),
                recorded_at,
                command_id: append.command_id,
                index,
            };
            events.push(Kept {
                position: Position(self.head().0 + u64::from(index) + 1),
                starts_append: index == 0,
                header: codec::header(draft, &stamp)?.into(),
                payload: payload.get().into(),
            });
        }
        Ok(self.keep(&append.incident, append.command_id, recorded_at, events))
    }

    fn adopt(&mut self, append: WholeAppend) -> Result<(), StoreError> {
        append.must_continue(&Continues {
            head: self.head(),
            recorded_at: self.recorded_at,
            revision: self.revision(&append.incident),
        })?;
        if self.receipts.contains_key(&append.command_id) {
            return Err(append.repeats());
        }
        self.keep(&append.incident, append.command_id, append.recorded_at, append.events);
        Ok(())
    }

    fn keep(
        &mut self,
        incident: &IncidentId,
        command_id: CommandId,
        recorded_at: DateTime<Utc>,
        events: Vec<Kept>,
    ) -> Receipt {
        let ids = (0_u32..).take(events.len()).map(|index| EventId::derive(command_id, index)).collect();
        let positions = events.iter().map(|kept| kept.position);
        self.incidents.entry(incident.clone()).or_default().extend(positions);
        self.kept.extend(events);
        self.recorded_at = Some(recorded_at);
        let receipt = Receipt {
            incident: incident.clone(),
            revision: self.revision(incident),
            position: self.head(),
            events: ids,
        };
        self.receipts.insert(command_id, receipt.clone());
        receipt
    }
}

fn decode(kept: &Kept) -> Result<Recorded, StoreError> {
    let damaged =
        |error: serde_json::Error| StoreError::Damaged(format!("position {}: {error}", kept.position));
    let header = serde_json::from_str(&kept.header).map_err(damaged)?;
    let payload = serde_json::from_str(&kept.payload).map_err(damaged)?;
    Decoder::default().decode(kept.position, header, payload).map_err(damaged)
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        let record = self.record();
        let positions = record.incidents.get(incident).map(Vec::as_slice).unwrap_or_default();
        let unseen = usize::try_from(after.0).ok().and_then(|seen| positions.get(seen..)).unwrap_or_default();
        let kept = |position: &Position| record.after(Position(position.0 - 1)).first();
        unseen.iter().filter_map(kept).map(decode).collect()
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        codec::payloads(&append)?;
        let mut record = self.record();
        let receipt = record.append(&append, (self.clock)().trunc_subsecs(6))?;
        self.head.send_replace(record.head());
        Ok(receipt)
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        Ok(self.record().receipts.get(&command_id).cloned())
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.record().after(after).iter().take(limit).map(decode).collect()
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.record().head())
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        let grown = self.head.subscribe().wait_for(|head| *head > after).await.is_ok();
        grown.then_some(()).ok_or_else(|| StoreError::Unavailable("the store is closing".to_owned()))
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        Ok(self.record().after(after).iter().take(limit).cloned().collect())
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        let appends = whole_appends(events)?;
        let mut record = self.record();
        let mut grown = record.clone();
        appends.into_iter().try_for_each(|append| grown.adopt(append))?;
        *record = grown;
        self.head.send_replace(record.head());
        Ok(())
    }
}

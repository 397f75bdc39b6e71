//! The model: a list of events under one lock. Obviously right, and gone with the process.
//!
//! It keeps the same bytes as every other store, through the same codec, so that the two can be compared.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scribe_domain::event_store::{
    Append, AppendError, Basis, Body, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, StoreError,
    TreeHead,
};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::{Completed, Frontier};
use scribe_projections::ledger::tile;
use tokio::sync::watch;

use super::adoption::{Continues, WholeAppend, whole_appends};
use super::codec::{self, Decoder, Sealed, Stamp};
use super::reckoning::{self, Kepts, Reckoning};
use crate::clock::Timekeeping;

/// A record in memory.
pub struct MemoryStore {
    time: Timekeeping,
    record: Mutex<Record>,
    head: watch::Sender<Position>,
    reckoning: Reckoning,
}

/// Positions are places in `kept`, counted from 1.
#[derive(Default, Clone)]
struct Record {
    kept: Vec<Kept>,
    /// When each counts as recorded: the latest stamp up to it.
    recorded_at: Vec<DateTime<Utc>>,
    incidents: HashMap<IncidentId, Vec<Position>>,
    receipts: HashMap<CommandId, Receipt>,
    frontier: Frontier,
    /// The tree's complete nodes, by height.
    nodes: BTreeMap<u8, Vec<Digest>>,
    checkpoints: BTreeMap<u64, KeptCheckpoint>,
}

impl MemoryStore {
    /// An empty record.
    pub fn new(time: impl Into<Timekeeping>) -> Self {
        Self {
            time: time.into(),
            record: Mutex::default(),
            head: watch::Sender::new(Position::default()),
            reckoning: Reckoning::default(),
        }
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

    fn append(
        &mut self,
        append: &Append,
        sealed: Vec<Sealed>,
        time: &Timekeeping,
    ) -> Result<Receipt, AppendError> {
        if let Some(first) = self.receipts.get(&append.command_id) {
            return Ok(first.clone());
        }
        let actual = self.revision(&append.incident);
        if append.expected != actual {
            return Err(AppendError::Conflict { expected: append.expected, actual });
        }
        let last = self.recorded_at.last().copied();
        let (stamped, settles) = codec::stamp(time, last, &append.events);
        let first = Stamp {
            incident: &append.incident,
            revision: Revision(actual.0 + 1),
            stamped,
            command_id: append.command_id,
            index: 0,
            request: append.request,
        };
        let headers = codec::headers(first, &append.events)?;
        let kept = |((header, sealed), place): ((String, Sealed), u64)| Kept {
            position: Position(self.head().0 + place + 1),
            starts_append: place == 0,
            header: header.into(),
            body: Body::Told { payload: sealed.payload.get().into(), salt: sealed.salt },
        };
        let events = headers.into_iter().zip(sealed).zip(0_u64..).map(kept).collect();
        Ok(self.keep(&append.incident, append.command_id, stamped.counts_at(last, settles), events)?)
    }

    /// The event at a revision of an incident.
    fn event(&mut self, incident: &IncidentId, revision: Revision) -> Option<&mut Kept> {
        let index = usize::try_from(revision.0.checked_sub(1)?).ok()?;
        let position = self.incidents.get(incident)?.get(index)?;
        self.kept.get_mut(usize::try_from(position.0 - 1).ok()?)
    }

    fn adopt(&mut self, append: WholeAppend) -> Result<(), StoreError> {
        append.must_continue(&Continues { head: self.head(), revision: self.revision(&append.incident) })?;
        if self.receipts.contains_key(&append.command_id) {
            return Err(append.repeats());
        }
        let recorded_at = append.recorded_at(self.recorded_at.last().copied());
        self.keep(&append.incident, append.command_id, recorded_at, append.events)?;
        Ok(())
    }

    fn keep(
        &mut self,
        incident: &IncidentId,
        command_id: CommandId,
        recorded_at: DateTime<Utc>,
        events: Vec<Kept>,
    ) -> Result<Receipt, StoreError> {
        let leaf = |kept: &Kept| codec::leaf(&kept.header, &kept.body.digest());
        let leaves: Vec<Digest> = events.iter().map(leaf).collect::<Result<_, _>>()?;
        let Self { frontier, nodes, .. } = self;
        for leaf in &leaves {
            nodes.entry(0).or_default().push(*leaf);
            frontier
                .push(*leaf, |Completed { height, hash, .. }| nodes.entry(height).or_default().push(hash));
        }
        let ids = (0_u32..).take(events.len()).map(|index| EventId::derive(command_id, index)).collect();
        let positions: Vec<Position> = events.iter().map(|kept| kept.position).collect();
        self.incidents.entry(incident.clone()).or_default().extend(&positions);
        self.recorded_at.extend(events.iter().map(|_| recorded_at));
        self.kept.extend(events);
        let receipt = Receipt {
            incident: incident.clone(),
            revision: self.revision(incident),
            position: self.head(),
            events: ids,
            positions,
            leaves,
        };
        self.receipts.insert(command_id, receipt.clone());
        Ok(receipt)
    }

    fn decode<'a>(&self, events: impl Iterator<Item = &'a Kept>) -> Result<Vec<Recorded>, StoreError> {
        let mut decoder = Decoder::default();
        let read = |kept: &Kept| {
            let mut recorded = codec::read(&mut decoder, kept)
                .map_err(|error| StoreError::Damaged(format!("position {}: {error}", kept.position)))?;
            let place = usize::try_from(kept.position.0 - 1).unwrap_or(usize::MAX);
            let counts_at = self.recorded_at.get(place).copied().unwrap_or(recorded.recorded_at);
            reckoning::counted(&mut recorded, counts_at);
            Ok(recorded)
        };
        events.map(read).collect()
    }

    /// Events with the times that hold.
    fn counted<'a>(
        &self,
        reckoning: &Reckoning,
        events: impl Iterator<Item = &'a Kept>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let mut events = self.decode(events)?;
        reckoning.put_right(self, &mut events)?;
        Ok(events)
    }
}

impl Kepts for Record {
    type Error = StoreError;

    fn settled(&self) -> Result<Revision, StoreError> {
        Ok(self.revision(&IncidentId::clocks()))
    }

    fn settlements(&self) -> Result<Vec<Recorded>, StoreError> {
        let positions = self.incidents.get(&IncidentId::clocks()).map(Vec::as_slice).unwrap_or_default();
        self.decode(positions.iter().filter_map(|position| self.after(Position(position.0 - 1)).first()))
    }

    fn kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        Ok(self.after(after).iter().take(limit).cloned().collect())
    }

    fn counted(&self, position: Position) -> Result<Option<DateTime<Utc>>, StoreError> {
        let place = position.0.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        Ok(place.and_then(|place| self.recorded_at.get(place)).copied())
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        let record = self.record();
        let positions = record.incidents.get(incident).map(Vec::as_slice).unwrap_or_default();
        let unseen = usize::try_from(after.0).ok().and_then(|seen| positions.get(seen..)).unwrap_or_default();
        let kept = |position: &Position| record.after(Position(position.0 - 1)).first();
        record.counted(&self.reckoning, unseen.iter().filter_map(kept))
    }

    async fn revision(&self, incident: &IncidentId) -> Result<Revision, StoreError> {
        Ok(self.record().revision(incident))
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let sealed = codec::seal(&append)?;
        let mut record = self.record();
        let receipt = record.append(&append, sealed, &self.time)?;
        self.head.send_replace(record.head());
        Ok(receipt)
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        Ok(self.record().receipts.get(&command_id).cloned())
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let record = self.record();
        record.counted(&self.reckoning, record.after(after).iter().take(limit))
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let record = self.record();
        self.reckoning.look(&*record)?;
        Ok(record.head())
    }

    fn basis(&self) -> Basis {
        Basis { edition: self.edition(), settlements: self.reckoning.settlements() }
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

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        Ok(self.record().frontier.head())
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        let record = self.record();
        let width = tile::width(record.head().0, level, place);
        let nodes = level.checked_mul(tile::HEIGHT).and_then(|height| record.nodes.get(&height));
        let first = place.saturating_mul(tile::WIDTH);
        let number = |wide: u64| usize::try_from(wide).unwrap_or(usize::MAX);
        let hashes = nodes.and_then(|nodes| nodes.get(number(first)..number(first + width)));
        Ok(hashes.unwrap_or_default().to_vec())
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.record().checkpoints.insert(checkpoint.size, checkpoint);
        Ok(())
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        Ok(self.record().checkpoints.values().cloned().collect())
    }

    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError> {
        let sealed = codec::seal(&append)?;
        codec::one_line(erasure.remains.get())?;
        let mut record = self.record();
        let repeated = record.receipts.contains_key(&append.command_id);
        if !repeated && erasure.revision > append.expected {
            return Err(StoreError::Unacceptable(format!(
                "{} has no event at revision {} to erase",
                append.incident, erasure.revision
            ))
            .into());
        }
        let receipt = record.append(&append, sealed, &self.time)?;
        if !repeated
            && let Some(kept) = record.event(&append.incident, erasure.revision)
            && let Body::Told { .. } = kept.body
        {
            kept.body = Body::Erased { digest: kept.body.digest(), remains: erasure.remains.get().into() };
        }
        self.head.send_replace(record.head());
        Ok(receipt)
    }
}

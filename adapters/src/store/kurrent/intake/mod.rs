//! From the cluster's log into the mirror: what is written there is a function of the log and of nothing else.
//!
//! A subscription may be cut anywhere, tell an event twice, put its checkpoints between two events of an append,
//! and lose events without a word. So:
//!
//! - Where to go on from is always the place of an event of the record behind which no append is unfinished (the
//!   [anchor](Intake::anchor)); a checkpoint says how far the log has been read, and never where to go on.
//! - Every event has its number in its stream. Where numbers are missing, they are fetched from the stream before
//!   anything else is done. If they lie behind the anchor, the mirror is not what the log says, and is given up.
//!
//! Whoever calls this gives it a store to write into and streams to fetch from; it knows of no connection.

/// From the cluster's events to whole appends.
mod assembly;
/// Fetching what was not told.
mod missing;
/// Whole appends into the mirror.
mod adopting;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use scribe_domain::event_store::{EventStore, KeptCheckpoint, StoreError};
use scribe_domain::ids::{IncidentId, Position, Revision};
use uuid::Uuid;

use self::assembly::{Assembly, Outcome, Whole};
use super::client::{LogEvent, Place, Signal, Trouble};
use super::format::names::{Names, StreamKind};
use super::format::notices::{CheckpointData, Dispute, StreamMetadata, TOMBSTONE, taken_out};
use super::mirror::arrivals::Arrivals;

/// How many incidents' revisions are kept at hand.
const AT_HAND: usize = 10_000;

/// Where an incident's events can be fetched from.
#[async_trait]
pub(super) trait Streams: Send + Sync {
    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    async fn read(&self, stream: &str, from: u64, limit: usize) -> Result<Option<Vec<LogEvent>>, Trouble>;
}

/// An event of the record in the cluster behind which no append is unfinished.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Anchor {
    pub(super) stream: String,
    pub(super) number: u64,
    pub(super) id: Uuid,
    pub(super) place: Place,
}

impl Anchor {
    pub(super) fn of(seen: &LogEvent) -> Self {
        Self { stream: seen.stream.clone(), number: seen.number, id: seen.id, place: seen.place }
    }

    pub(super) fn is(&self, seen: &LogEvent) -> bool {
        *self == Self::of(seen)
    }
}

/// Something in the log that is not an event of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// Somebody signed.
    Checkpoint(KeptCheckpoint),
    /// Somebody says that a signed root is not the record's.
    Dispute(Dispute),
}

/// Why it does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Halt {
    /// For now.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The mirror lacks what the log has.
    #[error("the mirror lacks events of {incident} that the cluster has")]
    Lacks {
        /// Whose events.
        incident: IncidentId,
    },
    /// The mirror cannot be read or written.
    #[error("the mirror in the data folder fails: {0}")]
    Mirror(StoreError),
    /// The log has been read anew, as far as it went when that began.
    #[error("the log has been read anew")]
    ReadAnew,
}

/// Takes what a subscription tells.
pub(super) struct Intake {
    names: Names,
    arrivals: Arc<Arrivals>,
    assembly: Assembly,
    /// The last event of the record behind which everything is in the mirror.
    anchor: Option<Anchor>,
    /// The mirror's last position when the anchor was reached, or later.
    position: Position,
    /// The last event that was taken.
    latest: Option<Place>,
    /// The number of the next event of each stream.
    next: HashMap<IncidentId, u64>,
    revisions: HashMap<IncidentId, Revision>,
    /// What is whole and not yet in the mirror, and the last event of it.
    wholes: Vec<(Whole, Anchor)>,
    /// Incidents with events that were passed over.
    strange: HashSet<IncidentId>,
    /// Other events of the log since the last one of the record, by the checkpoints between them.
    checkpoints_since: u32,
}

impl Intake {
    pub(super) fn new(names: Names, arrivals: Arc<Arrivals>) -> Self {
        Self {
            assembly: Assembly::new(names.clone()),
            names,
            arrivals,
            anchor: None,
            position: Position(0),
            latest: None,
            next: HashMap::new(),
            revisions: HashMap::new(),
            wholes: Vec::new(),
            strange: HashSet::new(),
            checkpoints_since: 0,
        }
    }

    /// The last event of the record behind which everything is in the mirror.
    pub(super) fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// A position up to which the mirror had everything when the anchor was reached.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// How many checkpoints have come since the last event of the record.
    pub(super) fn checkpoints_since(&self) -> u32 {
        self.checkpoints_since
    }

    /// A fence is on its way: checkpoints are counted anew.
    pub(super) fn fence_is_put(&mut self) {
        self.checkpoints_since = 0;
    }

    /// A subscription begins behind this event, or at the log's beginning. What is remembered of the mirror is
    /// looked up again: another process may have written into it.
    pub(super) fn begin(&mut self, anchor: Option<Anchor>, head: Position) {
        self.position = head;
        self.latest = anchor.as_ref().map(|anchor| anchor.place);
        self.anchor = anchor;
        self.assembly = Assembly::new(self.names.clone());
        self.next.clear();
        self.revisions.clear();
        self.wholes.clear();
        self.checkpoints_since = 0;
    }

    /// Writes what the signals tell into the mirror, in order. Returns the notices among them, each behind
    /// everything that stands before it in the log; what follows a notice is left in `signals`.
    pub(super) async fn take(
        &mut self,
        mirror: &dyn EventStore,
        streams: &dyn Streams,
        signals: &mut VecDeque<Result<Signal, Trouble>>,
    ) -> Result<Option<Notice>, Halt> {
        while let Some(signal) = signals.pop_front() {
            match signal {
                Ok(Signal::Event(seen)) => {
                    let notice = self.event(mirror, streams, seen).await?;
                    if notice.is_some() {
                        return Ok(notice);
                    }
                }
                Ok(Signal::Reached(place)) => {
                    self.adopt(mirror).await?;
                    self.checkpoints_since += 1;
                    self.arrivals.reached(Some(place));
                }
                Ok(Signal::Begun | Signal::Live) => {}
                // What came before it is good.
                Err(trouble) => {
                    self.adopt(mirror).await?;
                    return Err(trouble.into());
                }
            }
        }
        self.adopt(mirror).await?;
        // Also where that is amid an append: who waits for the append waits for its end.
        self.arrivals.reached(self.latest);
        Ok(None)
    }

    async fn event(
        &mut self,
        mirror: &dyn EventStore,
        streams: &dyn Streams,
        seen: LogEvent,
    ) -> Result<Option<Notice>, Halt> {
        if Some(seen.place) <= self.latest {
            // Told twice.
            return Ok(None);
        }
        let holds = self.names.holds(&seen.stream);
        if let Some(incident) = self.taken_out(&holds, &seen) {
            tracing::debug!(%incident, "its stream was changed in the cluster");
            self.adopt(mirror).await?;
            self.latest = Some(seen.place);
            self.arrivals.reached(Some(seen.place));
            return Ok(None);
        }
        if let StreamKind::Incident(incident) = holds {
            let next = if let Some(next) = self.next.get(&incident) {
                *next
            } else {
                let revision = self.revision(mirror, &incident).await?;
                self.arrivals.length_at(&incident, revision)
            };
            if seen.number > next {
                self.adopt(mirror).await?;
                for missing in self.missing(mirror, streams, &incident, next, &seen).await? {
                    self.one(mirror, missing).await?;
                }
            }
            if self.next.len() >= AT_HAND {
                // Adopted first: what is forgotten is looked up in the mirror.
                self.adopt(mirror).await?;
                self.next.clear();
            }
            self.next.insert(incident, seen.number.saturating_add(1));
        }
        self.one(mirror, seen).await
    }

    /// Whether this tells that somebody took events out of an incident's stream, or gave them back: of which.
    fn taken_out(&self, holds: &StreamKind, seen: &LogEvent) -> Option<IncidentId> {
        match holds {
            StreamKind::Incident(incident) if seen.kind == TOMBSTONE => {
                self.arrivals.note_cut(incident, taken_out("delete for good", incident));
                Some(incident.clone())
            }
            StreamKind::Metadata(incident) => {
                match StreamMetadata::read(seen).cut() {
                    Some(how) => self.arrivals.note_cut(incident, taken_out(how, incident)),
                    None => self.arrivals.note_whole(incident),
                }
                Some(incident.clone())
            }
            _ => None,
        }
    }

    /// Takes an event that is the next of its stream.
    async fn one(&mut self, mirror: &dyn EventStore, seen: LogEvent) -> Result<Option<Notice>, Halt> {
        self.latest = Some(seen.place);
        self.checkpoints_since = 0;
        let mut notice = None;
        match self.assembly.take(&seen) {
            Outcome::Part => return Ok(None),
            Outcome::Whole(whole) => {
                self.wholes.push((whole, Anchor::of(&seen)));
                return Ok(None);
            }
            Outcome::Notice => {
                self.adopt(mirror).await?;
                notice = self.notice(mirror, &seen).await?;
            }
            Outcome::Stranger(why) => {
                self.adopt(mirror).await?;
                self.pass_over(mirror, &seen, why).await?;
            }
        }
        if !self.assembly.is_amid() {
            self.anchor = Some(Anchor::of(&seen));
        }
        self.arrivals.reached(Some(seen.place));
        self.arrivals.arrived(seen.id);
        Ok(notice)
    }

    async fn notice(&mut self, mirror: &dyn EventStore, seen: &LogEvent) -> Result<Option<Notice>, Halt> {
        if let Some(CheckpointData { size, note }) = CheckpointData::read(seen) {
            let kept = KeptCheckpoint { size, note };
            mirror.keep_checkpoint(kept.clone()).await.map_err(|error| unwritable(&error))?;
            return Ok(Some(Notice::Checkpoint(kept)));
        }
        Ok(Dispute::read(seen).map(Notice::Dispute))
    }
}

pub(super) fn unwritable(error: &StoreError) -> Halt {
    Halt::Mirror(error.clone())
}

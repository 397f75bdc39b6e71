//! When events count as recorded, by what the record says of wrong clocks.
//!
//! A store keeps of each event when it counts as recorded by the clocks alone. Where somebody has said whose clock was
//! wrong, other times hold for a stretch of the record; they are found once, and put in place of the kept ones whenever
//! events are read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use scribe_domain::clocks::{Reading, TOLERANCE, TimeStanding, Timed, times};
use scribe_domain::event_store::{Kept, StoreError};
use scribe_domain::ids::{Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::clocks::settlements;

use super::codec::{self, Decoder};

/// How many events are read at once to find out.
const PAGE: usize = 4_096;

/// What is asked of a store to find out when its events count as recorded, all of it as it is kept.
pub(super) trait Kepts {
    /// Why it cannot tell.
    type Error: From<StoreError>;

    /// How many events say whose clock was wrong.
    fn settled(&self) -> Result<Revision, Self::Error>;
    /// Those events, as the clocks have them.
    fn settlements(&self) -> Result<Vec<Recorded>, Self::Error>;
    /// At most `limit` events after a position.
    fn kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, Self::Error>;
    /// When an event counts as recorded by the clocks alone; nothing where there is none.
    fn counted(&self, position: Position) -> Result<Option<DateTime<Utc>>, Self::Error>;
}

/// What is known of a record's wrong clocks.
#[derive(Default)]
pub(super) struct Reckoning {
    known: RwLock<Arc<Known>>,
    settled: AtomicU64,
}

/// The times that do not hold as they are kept, as of some number of settlements.
#[derive(Default)]
struct Known {
    settled: Revision,
    timed: Vec<Timed>,
}

impl Reckoning {
    /// How many events say whose clock was wrong, as far as was seen.
    pub(super) fn settlements(&self) -> u64 {
        self.settled.load(Ordering::SeqCst)
    }

    /// Looks whether somebody has said whose clock was wrong.
    pub(super) fn look<K: Kepts>(&self, store: &K) -> Result<(), K::Error> {
        self.current(store).map(|_| ())
    }

    /// Puts the times of events right that were read before this was asked.
    pub(super) fn put_right<K: Kepts>(&self, store: &K, events: &mut [Recorded]) -> Result<(), K::Error> {
        let known = self.current(store)?;
        if !known.timed.is_empty() {
            for recorded in events {
                known.put_right(recorded);
            }
        }
        Ok(())
    }

    fn current<K: Kepts>(&self, store: &K) -> Result<Arc<Known>, K::Error> {
        let settled = store.settled()?;
        let known = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        if known.settled >= settled {
            return Ok(known);
        }
        let found = Arc::new(Known::find(store, settled)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.settled < settled {
            *known = Arc::clone(&found);
            self.settled.store(settled.0, Ordering::SeqCst);
        }
        Ok(found)
    }
}

impl Known {
    fn find<K: Kepts>(store: &K, settled: Revision) -> Result<Self, K::Error> {
        let settlements = settlements(&store.settlements()?);
        let wrong = settlements.wrong();
        let Some(reach) = settlements.reach() else { return Ok(Self { settled, timed: Vec::new() }) };
        let ahead = Position(reach.first.0.saturating_sub(1));
        let before = store.counted(ahead)?;
        let (mut decoder, mut readings, mut after) = (Decoder::default(), Vec::new(), ahead);
        loop {
            let page = store.kept(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for kept in &page {
                let recorded = codec::read(&mut decoder, kept)
                    .map_err(|error| StoreError::Damaged(format!("position {}: {error}", kept.position)))?;
                let stamped = codec::stamped(&recorded);
                let reading = Reading {
                    position: kept.position,
                    recorded_at: stamped.recorded_at,
                    clock: stamped.clock,
                };
                readings.push(reading);
            }
            // Behind the last settlement, what is kept holds again once a clock has passed all that were right.
            if after > reach.last {
                let timed = times(before, &readings, &wrong);
                if timed.last().map(|last| last.recorded_at) == store.counted(after)? {
                    return Ok(Self { settled, timed });
                }
            }
        }
        Ok(Self { settled, timed: times(before, &readings, &wrong) })
    }

    fn put_right(&self, recorded: &mut Recorded) {
        let found = self.timed.binary_search_by_key(&recorded.position, |timed| timed.position);
        if let Some(timed) = found.ok().and_then(|found| self.timed.get(found)) {
            recorded.put_right(timed);
        }
    }
}

/// An event as it is read from its two texts, and when it counts as recorded by the clocks alone: behind its own time by
/// more than clocks differ, that contradicts what stands before it.
pub(super) fn counted(recorded: &mut Recorded, counts_at: DateTime<Utc>) {
    let reading = recorded.reading();
    recorded.clock = (counts_at - reading > TOLERANCE).then_some(reading).or(recorded.clock);
    recorded.recorded_at = counts_at;
    recorded.standing = TimeStanding::Undisputed;
}

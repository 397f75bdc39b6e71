//! Whether the mirror has everything that anybody was told is kept.
//!
//! The log is shared with other applications, and looking through their events costs time. So an event of the
//! record's own, a fence, is put behind them as soon as there are many: whoever looks for the log's end then finds
//! it at once, and so does the next process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use scribe_domain::event_store::StoreError;
use tokio::time::timeout;
use uuid::Uuid;

use super::Shared;
use crate::store::kurrent::client::{Expected, LogEvent, Place, Trouble};
use crate::store::kurrent::format::notices;
use crate::store::kurrent::mirror::arrivals::Late;

/// How long the first answer of a cluster is waited for.
const ACQUAINTANCE: Duration = Duration::from_secs(8);
/// How many of the log's last events are looked at for one of the record's: at first, and then.
const LOOKED_AT: [usize; 2] = [64, 1_024];
/// For how long looks wait for a log that is being read anew, before they show what there is.
const ANEW: Duration = Duration::from_secs(10);
/// How long a fence may take to be taken.
const FENCE: Duration = Duration::from_secs(5);
/// How long a server may look for the record's last event where no fence may be put.
const SCAN: Duration = Duration::from_secs(30);

/// One look at the end of the log answers everybody who asked before it began.
#[derive(Default)]
pub(in crate::store::kurrent) struct Probe {
    turn: tokio::sync::Mutex<()>,
    counts: Mutex<Counts>,
    /// Up to where there was nothing of this record beyond what the mirror had; and how often that was forgotten.
    looked: Mutex<(Option<Place>, u64)>,
    /// Whether it was said that no fence may be put.
    told: AtomicBool,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    begun: u64,
    /// The number of the last one that found an answer.
    answered: u64,
}

impl Probe {
    /// What was looked at before counts no longer.
    pub(in crate::store::kurrent) fn begin_anew(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        *looked = (None, looked.1 + 1);
    }
}

impl Shared {
    /// Returns when the mirror has everything that was acknowledged by anybody before this was asked; or at once
    /// when the cluster is out of reach: what there is will have to do, and is marked as stale. Fails where there
    /// is nothing: a folder that has never been in touch with its cluster shows no empty record.
    pub(in crate::store::kurrent) async fn be_fresh(&self) -> Result<(), StoreError> {
        let is_in_reach = timeout(ACQUAINTANCE, self.reach.known()).await.unwrap_or(false);
        if is_in_reach && self.reach.agreed(ANEW).await {
            self.probe().await;
        }
        if self.has_been_in_touch() { Ok(()) } else { Err(self.reach.stale_error()) }
    }

    async fn probe(&self) {
        let counts = |probe: &Probe| *probe.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = counts(&self.probe).begun;
        let _turn = self.probe.turn.lock().await;
        if counts(&self.probe).answered > asked {
            return;
        }
        let number = {
            let mut counts = self.probe.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.begun += 1;
            counts.begun
        };
        match self.look().await {
            Ok(()) => {
                self.be_in_touch();
                self.probe.counts.lock().unwrap_or_else(PoisonError::into_inner).answered = number;
            }
            Err(trouble) => self.reach.lost(&trouble),
        }
    }

    /// Looks at the log's end, and waits until the mirror has what stands there of this record.
    async fn look(&self) -> Result<(), Trouble> {
        let (looked, since) = *self.probe.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.arrivals.seen().max(looked);
        let Some(end) = self.commands.end().await? else { return Ok(()) };
        if Some(end) <= known {
            return Ok(());
        }
        let (mut newest, mut before) = (None, None);
        for limit in LOOKED_AT {
            let page = self.commands.before(before, limit).await?;
            newest = newest.or(page.first().map(|event| event.place));
            let is_it = |event: &&LogEvent| Some(event.place) <= known || self.names.is_heard(&event.stream);
            let found = page.iter().find(is_it);
            if let Some(event) = found.filter(|event| Some(event.place) > known) {
                self.arrivals.arrival(event.place).await?;
            }
            if found.is_some() || page.len() < limit {
                self.looked(newest, since);
                return Ok(());
            }
            before = page.last().map(|event| event.place);
        }
        tracing::debug!("the record's last event is far from the log's end");
        if let Some(place) = self.put_fence().await? {
            self.arrivals.arrival(place).await?;
        }
        self.looked(newest, since);
        Ok(())
    }

    /// It was looked up to here, unless the log is being read anew since.
    fn looked(&self, place: Option<Place>, since: u64) {
        let mut looked = self.probe.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.1 == since {
            looked.0 = place.max(looked.0);
        }
    }

    /// Puts an event of the record's own behind everything there is; tells its id and its place.
    pub(super) async fn fence(&self, within: Duration) -> Result<(Uuid, Place), Trouble> {
        let fence = notices::fence().map_err(|error| Trouble::Away(error.to_string()))?;
        let (id, stream) = (fence.id, self.names.fence().to_owned());
        let place = self.commands.append(stream, Expected::AnyLength, [fence].into(), within).await?;
        Ok((id, place))
    }

    /// The same, as far as that is allowed. Without the right to write,
    /// the server looks for the record's last event.
    pub(in crate::store::kurrent) async fn put_fence(&self) -> Result<Option<Place>, Trouble> {
        match self.fence(FENCE).await {
            Ok((_, place)) => Ok(Some(place)),
            Err(Trouble::Barred { why, .. } | Trouble::Deleted(why)) => {
                if !self.probe.told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        why,
                        "no fence can be put into the log, so others' events are looked through at each look"
                    );
                }
                let [incidents, notices, _] = self.names.prefixes().clone();
                let last = self.commands.last_of(vec![incidents, notices], SCAN).await?;
                Ok(last.map(|last| last.place))
            }
            Err(trouble) => Err(trouble),
        }
    }
}

impl From<Late> for Trouble {
    fn from(late: Late) -> Self {
        Self::Away(late.to_string())
    }
}

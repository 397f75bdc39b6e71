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

use super::arrivals::Late;
use super::client::{Expected, Place, Trouble};
use super::notices;
use super::shared::Shared;

/// How long the first answer of a cluster is waited for.
const ACQUAINTANCE: Duration = Duration::from_secs(8);
/// How many of the log's last events are looked at for one of the record's.
const LOOKED_AT: usize = 64;
/// How long a fence may take to be taken.
const FENCE: Duration = Duration::from_secs(2);
/// How long a server may look for the record's last event where no fence may be put.
const SCAN: Duration = Duration::from_secs(30);

/// One look at the end of the log answers everybody who asked before it began.
#[derive(Default)]
pub(super) struct Probe {
    turn: tokio::sync::Mutex<()>,
    counts: Mutex<Counts>,
    /// Up to where there was nothing of this record beyond what the mirror had.
    looked: Mutex<Option<Place>>,
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
    pub(super) fn begin_anew(&self) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Shared {
    /// Returns when the mirror has everything that was acknowledged by anybody before this was asked; or at once
    /// when the cluster is out of reach: what there is will have to do, and is marked as stale. Fails where there
    /// is nothing: a folder that has never been in touch with its cluster shows no empty record.
    pub(super) async fn be_fresh(&self) -> Result<(), StoreError> {
        if timeout(ACQUAINTANCE, self.reach.known()).await.unwrap_or(false) {
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
                self.probe.counts.lock().unwrap_or_else(PoisonError::into_inner).answered = number;
            }
            Err(trouble) => self.reach.lost(&trouble),
        }
    }

    /// Looks at the log's end, and waits until the mirror has what stands there of this record.
    async fn look(&self) -> Result<(), Trouble> {
        let known = self.arrivals.seen().max(self.looked(None));
        let Some(end) = self.commands.end().await? else { return Ok(()) };
        if Some(end) <= known {
            return Ok(());
        }
        let page = self.commands.before(None, LOOKED_AT).await?;
        for event in &page {
            if Some(event.place) <= known {
                break;
            }
            if self.names.is_heard(&event.stream) {
                self.arrivals.arrival(event.place).await?;
                break;
            }
        }
        let oldest = page.last().map(|event| event.place);
        let is_near = page.len() < LOOKED_AT
            || page.iter().any(|event| Some(event.place) <= known || self.names.is_heard(&event.stream));
        if !is_near {
            tracing::debug!(?oldest, "the record's last event is far from the log's end");
            self.put_fence().await?;
        }
        self.looked(page.first().map(|event| event.place));
        Ok(())
    }

    /// Up to where was looked, now that it was looked up to here.
    fn looked(&self, place: Option<Place>) -> Option<Place> {
        let mut looked = self.probe.looked.lock().unwrap_or_else(PoisonError::into_inner);
        *looked = place.max(*looked);
        *looked
    }

    /// Puts an event of the record's own behind everything there is, and waits until the mirror has come there.
    /// Without the right to write, the server looks for the record's last event.
    pub(super) async fn put_fence(&self) -> Result<(), Trouble> {
        let fence = notices::fence().map_err(|error| Trouble::Away(error.to_string()))?;
        let stream = self.names.fence().to_owned();
        match self.commands.append(stream, Expected::Any, [fence].into(), FENCE).await {
            Ok(place) => Ok(self.arrivals.arrival(place).await?),
            Err(Trouble::Barred { why, .. }) => {
                if !self.probe.told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        why,
                        "no fence can be put into the log, so others' events are looked through at each look"
                    );
                }
                let [incidents, notices, _] = self.names.prefixes();
                match self.commands.last_of(vec![incidents, notices], SCAN).await? {
                    Some(last) => Ok(self.arrivals.arrival(last.place).await?),
                    None => Ok(()),
                }
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

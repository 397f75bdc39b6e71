//! Whether the cluster is in reach, and whether the mirror is what others have signed for, as far as anybody has
//! found out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use scribe_domain::event_store::{Stale, StaleCause, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::clock::Clock;
use crate::store::kurrent::client::Trouble;

/// What is known of the way to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::kurrent) enum Way {
    /// Nobody has asked it yet.
    Unknown { since: DateTime<Utc> },
    /// It answers, and its log is being followed.
    Open,
    /// It does not answer, or it says no.
    Lost(Stale),
}

/// The mirror is not what others signed for.
#[derive(Debug, Clone)]
struct Difference {
    stale: Stale,
    /// When it was found out.
    found: Instant,
    /// Whether the log was read anew, and it still is not.
    is_certain: bool,
}

/// Tells everybody whether the cluster is in reach.
pub(in crate::store::kurrent) struct Reach {
    way: watch::Sender<Way>,
    /// That the mirror differs from what others signed.
    differs: watch::Sender<Option<Difference>>,
    clock: Clock,
}

impl Reach {
    pub(in crate::store::kurrent) fn new(clock: Clock) -> Self {
        let since = clock();
        Self { way: watch::Sender::new(Way::Unknown { since }), differs: watch::Sender::new(None), clock }
    }

    /// What is known of the way.
    pub(in crate::store::kurrent) fn way(&self) -> Way {
        self.way.borrow().clone()
    }

    /// It answers.
    pub(in crate::store::kurrent) fn found(&self) {
        let changed = self.way.send_if_modified(|way| {
            let changed = *way != Way::Open;
            *way = Way::Open;
            changed
        });
        if changed {
            tracing::info!("the cluster is in reach");
        }
    }

    /// It does not answer, or says no. How long it has not is counted from the first time.
    pub(in crate::store::kurrent) fn lost(&self, trouble: &Trouble) {
        let why = trouble.to_string();
        let cause = match trouble {
            Trouble::Barred { remedy, .. } => StaleCause::Barred { remedy: remedy.clone() },
            _ => StaleCause::OutOfReach,
        };
        let now = (self.clock)();
        let mut is_new = false;
        self.way.send_if_modified(|way| {
            let since = match way {
                Way::Lost(known) if known.why == why => return false,
                Way::Lost(known) => {
                    is_new = known.cause != cause;
                    known.since
                }
                Way::Unknown { since } => {
                    is_new = true;
                    *since
                }
                Way::Open => {
                    is_new = true;
                    now
                }
            };
            *way = Way::Lost(Stale { since, why: why.clone(), cause: cause.clone() });
            true
        });
        // What it comes to may be another thing at each attempt; that it is lost is said once.
        match &cause {
            StaleCause::Barred { remedy } if is_new => {
                tracing::error!(why, remedy, "the cluster cannot be used");
            }
            _ if is_new => tracing::warn!(why, "the cluster is out of reach"),
            _ => tracing::debug!(why, "the cluster is still out of reach"),
        }
    }

    /// The mirror is not what others signed for.
    pub(in crate::store::kurrent) fn differs(&self, why: &str, is_certain: bool) {
        let now = (self.clock)();
        let is_new = self.differs.send_if_modified(|differs| {
            let is_known = |known: &Difference| known.is_certain == is_certain && known.stale.why == why;
            if differs.as_ref().is_some_and(is_known) {
                return false;
            }
            let since = differs.as_ref().map_or(now, |known| known.stale.since);
            let found = differs.as_ref().map_or_else(Instant::now, |known| known.found);
            let stale = Stale { since, why: why.to_owned(), cause: StaleCause::Differs };
            *differs = Some(Difference { stale, found, is_certain });
            true
        });
        if is_new {
            tracing::error!(why, "the record differs");
        }
    }

    /// It is.
    pub(in crate::store::kurrent) fn agrees(&self) {
        self.differs.send_if_modified(|differs| differs.take().is_some());
    }

    /// Whether the mirror is known to differ.
    pub(in crate::store::kurrent) fn is_differing(&self) -> bool {
        self.differs.borrow().is_some()
    }

    /// Whether it does although the log was read anew.
    pub(in crate::store::kurrent) fn is_certain(&self) -> bool {
        self.differs.borrow().as_ref().is_some_and(|differs| differs.is_certain)
    }

    /// Returns once somebody has found out; tells whether it is in reach.
    pub(in crate::store::kurrent) async fn known(&self) -> bool {
        let mut way = self.way.subscribe();
        let known = way.wait_for(|way| !matches!(way, Way::Unknown { .. })).await;
        known.is_ok_and(|way| *way == Way::Open)
    }

    /// Returns when the mirror is not being read anew, or has been for longer than that; at once if nobody says that
    /// it differs. Tells whether it is known by then.
    pub(in crate::store::kurrent) async fn agreed(&self, within: Duration) -> bool {
        let mut differs = self.differs.subscribe();
        let Some(found) = differs.borrow_and_update().as_ref().map(|differs| differs.found) else {
            return true;
        };
        let is_known =
            |differs: &Option<Difference>| differs.as_ref().is_none_or(|differs| differs.is_certain);
        timeout_at(found + within, differs.wait_for(is_known)).await.is_ok()
    }

    /// Returns when it is lost.
    pub(in crate::store::kurrent) async fn lose(&self) {
        // The sender lives as long as this, so waiting cannot fail.
        let _ = self.way.subscribe().wait_for(|way| matches!(way, Way::Lost(_))).await;
    }

    /// Why no append can be sent, unless it can.
    pub(in crate::store::kurrent) fn check(&self) -> Result<(), StoreError> {
        if let Some(differs) = &*self.differs.borrow() {
            return Err(differs.stale.clone().into_error());
        }
        self.check_way()
    }

    /// The same for what is to be said also by a node that differs, once it knows that.
    pub(in crate::store::kurrent) fn check_way(&self) -> Result<(), StoreError> {
        if let Some(Difference { stale, is_certain: false, .. }) = &*self.differs.borrow() {
            return Err(stale.clone().into_error());
        }
        match &*self.way.borrow() {
            Way::Lost(stale) => Err(told(stale)),
            Way::Unknown { .. } | Way::Open => Ok(()),
        }
    }

    /// Since when what is shown may lack what others recorded.
    pub(in crate::store::kurrent) fn stale(&self) -> Option<Stale> {
        if let Some(differs) = &*self.differs.borrow() {
            return Some(differs.stale.clone());
        }
        match &*self.way.borrow() {
            Way::Open => None,
            Way::Unknown { since } => {
                Some(Stale { since: *since, why: SILENT.to_owned(), cause: StaleCause::OutOfReach })
            }
            Way::Lost(stale) => Some(stale.clone()),
        }
    }

    /// The same as an error.
    pub(in crate::store::kurrent) fn stale_error(&self) -> StoreError {
        let stale =
            self.stale().map_or_else(|| StoreError::Unavailable(SILENT.to_owned()), |stale| told(&stale));
        match stale {
            StoreError::Unavailable(why) => StoreError::Unavailable(format!(
                "{why}; this folder has never been in touch with its cluster, so there is nothing to show"
            )),
            other => other,
        }
    }
}

const SILENT: &str = "the cluster has not answered yet";

fn told(stale: &Stale) -> StoreError {
    match stale.clone().into_error() {
        StoreError::Unavailable(why) => {
            let since = stale.since.format("%Y-%m-%d %H:%M:%S UTC");
            StoreError::Unavailable(format!("the cluster is out of reach since {since}: {why}"))
        }
        other => other,
    }
}

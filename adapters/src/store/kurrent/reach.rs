//! Whether the cluster is in reach, as far as anybody has found out.

use chrono::{DateTime, Utc};
use scribe_domain::event_store::{Stale, StaleCause, StoreError};
use tokio::sync::watch;

use crate::clock::Clock;

/// What is known of the way to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has asked it yet.
    Unknown { since: DateTime<Utc> },
    /// It answers, and its log is being followed.
    InReach,
    /// It does not.
    Lost {
        /// Since when.
        since: DateTime<Utc>,
        /// What it came to last.
        why: String,
    },
}

/// Tells everybody whether the cluster is in reach.
pub(super) struct Reach {
    state: watch::Sender<State>,
    clock: Clock,
}

impl Reach {
    pub(super) fn new(clock: Clock) -> Self {
        let since = clock();
        Self { state: watch::Sender::new(State::Unknown { since }), clock }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// It answers.
    pub(super) fn found(&self) {
        let changed = self.state.send_if_modified(|state| {
            let changed = *state != State::InReach;
            *state = State::InReach;
            changed
        });
        if changed {
            tracing::info!("the cluster is in reach");
        }
    }

    /// It does not answer. How long it has not is counted from the first time.
    pub(super) fn lost(&self, why: &str) {
        let now = (self.clock)();
        let mut is_new = false;
        self.state.send_if_modified(|state| {
            let since = match state {
                State::Lost { why: known, .. } if known == why => return false,
                State::Lost { since, .. } => *since,
                State::Unknown { since } => {
                    is_new = true;
                    *since
                }
                State::InReach => {
                    is_new = true;
                    now
                }
            };
            *state = State::Lost { since, why: why.to_owned() };
            true
        });
        // What it comes to may be another thing at each attempt; that it is lost is said once.
        if is_new {
            tracing::warn!(why, "the cluster is out of reach");
        } else {
            tracing::debug!(why, "the cluster is still out of reach");
        }
    }

    /// Returns once somebody has found out; tells whether it is in reach.
    pub(super) async fn known(&self) -> bool {
        let mut state = self.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::Unknown { .. })).await;
        known.is_ok_and(|state| *state == State::InReach)
    }

    /// Returns when it is lost.
    pub(super) async fn lose(&self) {
        // The sender lives as long as this, so waiting cannot fail.
        let _ = self.state.subscribe().wait_for(|state| matches!(state, State::Lost { .. })).await;
    }

    /// Why no append can be sent, unless it can.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &*self.state.borrow() {
            State::Lost { since, why } => Err(away(*since, why)),
            State::Unknown { .. } | State::InReach => Ok(()),
        }
    }

    /// Since when what is shown may lack what others recorded.
    pub(super) fn stale(&self) -> Option<Stale> {
        match &*self.state.borrow() {
            State::InReach => None,
            State::Unknown { since } => {
                let why = "the cluster has not answered yet".to_owned();
                Some(Stale { since: *since, why, cause: StaleCause::OutOfReach })
            }
            State::Lost { since, why } => {
                Some(Stale { since: *since, why: why.clone(), cause: StaleCause::OutOfReach })
            }
        }
    }
}

fn away(since: DateTime<Utc>, why: &str) -> StoreError {
    let since = since.format("%Y-%m-%d %H:%M:%S UTC");
    StoreError::Unavailable(format!("the cluster is out of reach since {since}: {why}"))
}

//! Whether this machine's clock is the cluster's, asked before anything is sent.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::clocks::Ahead;
use scribe_domain::event_store::StoreError;

use super::Shared;
use crate::clock::check::contradiction;

/// How long an event of the record's own may take to be taken.
const FENCE: Duration = Duration::from_secs(2);

impl Shared {
    /// Refuses while this machine's clock and the cluster's differ for certain by more than this. It is looked again
    /// before anybody is refused, so that it goes on as soon as the clock is right.
    pub(in crate::store::kurrent) async fn must_agree(
        &self,
        now: DateTime<Utc>,
        tolerance: TimeDelta,
    ) -> Result<(), StoreError> {
        let differs = |ahead: Option<Ahead>| contradiction(now, ahead?, tolerance);
        let known = self.times.known();
        if known.is_some_and(|known| known.at_least.is_some()) && differs(known).is_none() {
            return Ok(());
        }
        self.look_at_the_time().await;
        let Some((why, remedy)) = differs(self.times.known()) else { return Ok(()) };
        Err(StoreError::ClockWrong { why, remedy })
    }

    /// Asks the cluster for something, so that it tells the time. Where its answers do not say when they were given (what
    /// lies in between may take that away), an event of the record's own does.
    async fn look_at_the_time(&self) {
        if self.times.now().is_none() {
            return;
        }
        // What is wrong with the cluster, whoever asks it next will be told.
        let Ok(_) = self.commands.end().await else { return };
        if self.times.known().is_some_and(|known| known.at_least.is_some()) {
            return;
        }
        let _turn = self.looking.lock().await;
        // Somebody else has looked meanwhile.
        if self.times.known().is_some_and(|known| known.at_least.is_some()) {
            return;
        }
        let asked = self.times.now();
        if let Ok((id, _)) = self.fence(FENCE).await
            && let Ok(Some(last)) = self.commands.last(self.names.fence().to_owned()).await
            && last.id == id
            && let Some(ticks) = last.created
        {
            self.times.created(asked, ticks);
        }
    }
}

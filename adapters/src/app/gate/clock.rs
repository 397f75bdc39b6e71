//! Whether this machine's clock is to be believed, by all that it can be held against.

use std::convert::Infallible;

use scribe_domain::event_store::StoreError;

use super::rights::{GateError, Sight};
use super::{App, Question, Scope, Shows};
use crate::clock;
use crate::clock::check::{ClockReport, Evidence};

/// What is found of this machine's clock. Where the record cannot be read, it is held against the rest.
#[derive(Debug, Clone, Copy)]
pub struct ClockFound;

impl Question for ClockFound {
    type Answer<'a> = ClockReport;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<ClockReport, GateError<Infallible>> {
        Ok(app.clock_report().await)
    }
}

/// The same, for whoever reads the record.
#[derive(Debug, Clone, Copy)]
pub struct ClockLook;

impl Question for ClockLook {
    type Answer<'a> = ClockReport;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<ClockReport, GateError<StoreError>> {
        Ok(app.clock_report().await)
    }
}

impl App {
    async fn clock_report(&self) -> ClockReport {
        let last = async { self.recorded_at(self.store().head().await?).await };
        let last = last.await.unwrap_or_default();
        let ahead = self.store().ahead().await;
        let now = self.now();
        let machine = clock::says(&self.0.clock, now);
        ClockReport::of(&Evidence { now, tolerance: self.config().clock.tolerance, last, ahead, machine })
    }
}

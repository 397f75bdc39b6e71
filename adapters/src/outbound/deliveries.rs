//! Sending what an outlet wants of the record, at least once and in the record's order.
//!
//! One delivery after the other: a receiver never sees an incident's later event before an earlier one. One that
//! cannot be sent holds up those behind it, for as long as it is tried; then it is given up, and told.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::{EventId, Position};
use scribe_domain::recorded::Recorded;
use tokio::task::spawn_blocking;

use super::outlet::{Delivery, NotSent, Outlet};
use super::progress::{Progress, ProgressFile};
use crate::clock::Clock;
use crate::tasks::{Failure, Next, Task};

/// How often a delivery is tried before it is given up: for a bit more than two hours.
pub const ATTEMPTS: u32 = 20;
/// The pause after the first attempt; it doubles with each.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_mins(10);
/// How soon a store or a disk that said no is asked again, or a turn that another server has.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// By how much the clocks of several servers may differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);
/// Events read at once.
const BATCH: usize = 500;

/// The deliveries of one outlet, as a task.
pub struct Deliveries {
    outlet: Arc<dyn Outlet>,
    store: Arc<dyn EventStore>,
    file: ProgressFile,
    clock: Clock,
    /// Where it has nothing more to send; none while it waits for something else.
    at_rest: Mutex<Option<Position>>,
}

impl Deliveries {
    /// What an outlet wants of a record, whose data folder tells how far that has come.
    pub fn new(outlet: Arc<dyn Outlet>, store: Arc<dyn EventStore>, data: &Path, clock: Clock) -> Self {
        let file = ProgressFile::of(data, outlet.name());
        Self { outlet, store, file, clock, at_rest: Mutex::default() }
    }

    /// Where to go on. An outlet that was not set up here before begins behind what is recorded already.
    async fn progress(&self) -> Result<Progress, Failure> {
        let Some(mut progress) = self.on_disk(ProgressFile::read).await? else {
            return self.begin().await;
        };
        let Some(event) = progress.event else { return Ok(progress) };
        if self.event_at(progress.position).await? == Some(event) {
            return Ok(progress);
        }
        // The record was read anew, or another one lies here now.
        if let Some(position) = self.find(event).await? {
            progress.position = position;
            return Ok(progress);
        }
        let outlet = self.outlet.name();
        tracing::warn!(outlet, %event, "this record lacks the event that was sent last: what it holds is not sent");
        self.begin().await
    }

    async fn begin(&self) -> Result<Progress, Failure> {
        let last = match self.store.head().await.map_err(unread)?.0.checked_sub(1) {
            Some(before) => self.store.read(Position(before), 1).await.map_err(unread)?.pop(),
            None => None,
        };
        let progress = match last {
            // Recorded times never go back, so nothing that comes after it can seem older.
            Some(last) => Progress::begun(last.recorded_at, last.position, Some(last.event_id())),
            None => Progress::begun((self.clock)() - CLOCKS_DIFFER, Position(0), None),
        };
        self.keep(&progress).await?;
        Ok(progress)
    }

    fn rest(&self, at: Option<Position>) {
        *self.at_rest.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    async fn event_at(&self, position: Position) -> Result<Option<EventId>, Failure> {
        let Some(before) = position.0.checked_sub(1) else { return Ok(None) };
        let found = self.store.read(Position(before), 1).await.map_err(unread)?;
        Ok(found.first().map(Recorded::event_id))
    }

    /// Where an event stands now.
    async fn find(&self, event: EventId) -> Result<Option<Position>, Failure> {
        let mut after = Position(0);
        loop {
            let batch = self.store.read(after, BATCH).await.map_err(unread)?;
            let Some(last) = batch.last() else { return Ok(None) };
            after = last.position;
            if let Some(found) = batch.iter().find(|recorded| recorded.event_id() == event) {
                return Ok(Some(found.position));
            }
        }
    }

    /// Deals with one event. What was sent is on the disk when this returns.
    async fn deal_with(&self, recorded: &Recorded, progress: &mut Progress) -> Result<(), Failure> {
        // What is restored from an export keeps the time at which it was recorded first.
        let is_news = recorded.recorded_at >= progress.since;
        let wanted = if is_news { self.outlet.wants(recorded) } else { None };
        let Some(delivery) = wanted else {
            progress.pass(recorded.position, recorded.event_id());
            return Ok(());
        };
        progress.attempts = progress.attempts.saturating_add(1);
        let given_up = match self.outlet.send(&delivery).await {
            Ok(()) => None,
            Err(NotSent::Later { why, after }) if progress.attempts < ATTEMPTS => {
                self.keep(progress).await?;
                let pause = after.unwrap_or_default().max(pause(progress.attempts)).min(LONGEST);
                let why = format!("event {} could not be sent: {why}", delivery.event);
                return Err(Failure::again(why, pause));
            }
            Err(NotSent::Later { why, .. }) => Some(format!("{why}, {ATTEMPTS} times")),
            Err(NotSent::Never(why)) => Some(why),
        };
        if let Some(why) = given_up {
            self.give_up(&delivery, why, progress);
        }
        progress.pass(recorded.position, recorded.event_id());
        self.keep(progress).await
    }

    fn give_up(&self, delivery: &Delivery, why: String, progress: &mut Progress) {
        let Delivery { event, incident, .. } = delivery;
        tracing::error!(outlet = self.outlet.name(), %event, %incident, why, "a delivery was given up");
        progress.set_aside(*event, (self.clock)(), why);
    }

    async fn keep(&self, progress: &Progress) -> Result<(), Failure> {
        let progress = progress.clone();
        self.on_disk(move |file| file.write(&progress)).await
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ProgressFile) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (file, path) = (self.file.clone(), self.file.path());
        let done = spawn_blocking(move || work(&file)).await;
        let done = done.unwrap_or_else(|error| Err(error.into()));
        done.map_err(|error| Failure::again(format!("{}: {error}", path.display()), ASK_AGAIN))
    }
}

#[async_trait]
impl Task for Deliveries {
    fn name(&self) -> &'static str {
        self.outlet.name()
    }

    fn purpose(&self) -> &'static str {
        self.outlet.purpose()
    }

    async fn run(&self) -> Result<Next, Failure> {
        self.rest(None);
        let Some(_turn) = self.on_disk(ProgressFile::turn).await? else { return Ok(Next::After(ASK_AGAIN)) };
        let mut progress = self.progress().await?;
        loop {
            let edition = self.store.edition();
            let batch = self.store.read(progress.position, BATCH).await.map_err(unread)?;
            if batch.is_empty() {
                self.rest(Some(progress.position));
                return Ok(Next::WhenWoken);
            }
            for recorded in &batch {
                if self.store.edition() != edition {
                    // Positions mean something else from here on.
                    return Ok(Next::After(Duration::ZERO));
                }
                self.deal_with(recorded, &mut progress).await?;
            }
            // What nobody wanted need not be looked at again.
            self.keep(&progress).await?;
        }
    }

    async fn wake(&self) -> Result<(), Failure> {
        let at_rest = *self.at_rest.lock().unwrap_or_else(PoisonError::into_inner);
        match at_rest {
            Some(position) => self.store.wait_past(position).await.map_err(unread),
            // That there is more to send hastens no attempt, and ends no other server's turn.
            None => std::future::pending().await,
        }
    }
}

/// How long to wait after so many attempts.
fn pause(attempts: u32) -> Duration {
    PAUSE.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST)
}

/// The store says so itself, in the log and in `/readyz`.
#[expect(clippy::needless_pass_by_value, reason = "an error is mapped as it comes")]
fn unread(error: StoreError) -> Failure {
    Failure::again(error.to_string(), ASK_AGAIN).known()
}

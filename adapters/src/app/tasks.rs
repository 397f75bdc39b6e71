//! What a server does beside its requests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::Position;

use super::views::{EVERY, FEWEST};
use super::{App, Whereabouts};
use crate::outbound::OUTLETS;
use crate::outbound::deliveries::Deliveries;
use crate::tasks::driver::{Tasks, start};
use crate::tasks::status::TaskList;
use crate::tasks::{Failure, Next, Task};

/// How soon the views of a store that did not answer are tried again.
const BUILT_AGAIN: Duration = Duration::from_millis(500);
/// How often a record that grows is signed.
const SIGNED_EVERY: Duration = Duration::from_mins(1);
/// How often it is written down when tokens and sessions were used last.
const KEPT_EVERY: Duration = Duration::from_mins(1);
/// How soon snapshots that could not be written are tried again.
const WRITTEN_AGAIN: Duration = Duration::from_mins(5);

impl App {
    /// Starts everything that a server does beside its requests. It goes on until it is
    /// [finished](Tasks::finish), which is to be done once requests are.
    pub fn start_tasks(&self) -> Tasks {
        let mut tasks: Vec<Arc<dyn Task>> = vec![Arc::new(Building(self.clone()))];
        // A record that lies nowhere has no place for these.
        if let Some(Whereabouts { data, .. }) = &self.0.whereabouts {
            tasks.push(Arc::new(Snapshots(self.clone())));
            tasks.push(Arc::new(Signing(self.clone())));
            tasks.push(Arc::new(LastUses(self.clone())));
            if self.config().time_stamps.every.is_some() {
                tasks.push(Arc::new(Stamping(self.clone())));
            }
            let outlets = OUTLETS.iter().filter_map(|from_settings| from_settings(self.config()));
            let deliveries = outlets.map(|outlet| {
                let (store, clock) = (Arc::clone(&self.0.store), Arc::clone(&self.0.clock));
                Arc::new(Deliveries::new(outlet, store, data, clock)) as Arc<dyn Task>
            });
            tasks.extend(deliveries);
        }
        start(tasks, &self.0.tasks, &self.0.clock)
    }

    /// How each task stands; none has been started in a program that does not serve.
    pub(super) fn tasks(&self) -> TaskList {
        self.0.tasks.list()
    }
}

/// Builds the views once.
struct Building(App);

#[async_trait]
impl Task for Building {
    fn name(&self) -> &'static str {
        "views"
    }

    fn purpose(&self) -> &'static str {
        "Builds the views from the record, so that nobody's request waits for it."
    }

    async fn run(&self) -> Result<Next, Failure> {
        match self.0.warm().await {
            Ok(()) => Ok(Next::Never),
            // Requests say so too; the server stays, since the store may come back. Why is in the log already, by
            // the store.
            Err(error @ (StoreError::Unavailable(_) | StoreError::Barred { .. })) => {
                Err(Failure::again(error.to_string(), BUILT_AGAIN).known())
            }
            Err(error) => Err(Failure::for_good(format!("the views could not be built: {error}"))),
        }
    }
}

/// Keeps the snapshots of the views young.
struct Snapshots(App);

#[async_trait]
impl Task for Snapshots {
    fn name(&self) -> &'static str {
        "snapshots"
    }

    fn purpose(&self) -> &'static str {
        "Writes the views to the disk as the record grows, so that the next start is quick."
    }

    async fn run(&self) -> Result<Next, Failure> {
        if self.0.is_warm() {
            let saved = self.0.views().save(FEWEST).await;
            let failed = |error| format!("snapshots could not be written: {error}");
            saved.map_err(|error| Failure::again(failed(error), WRITTEN_AGAIN))?;
        }
        Ok(Next::WhenWoken)
    }

    async fn wake(&self) -> Result<(), Failure> {
        let Self(app) = self;
        if !app.is_warm() {
            app.warmed().await;
            return Ok(());
        }
        let grown = async {
            let head = app.store().head().await?;
            app.store().wait_past(Position(head.0.saturating_add(EVERY - 1))).await
        };
        grown.await.map_err(|error| Failure::again(error.to_string(), WRITTEN_AGAIN).known())
    }

    /// A program that stops before its views were built once has nothing to write.
    async fn finish(&self) -> Result<(), Failure> {
        self.run().await.map(|_| ())
    }
}

/// Keeps when each token and session was used last.
struct LastUses(App);

#[async_trait]
impl Task for LastUses {
    fn name(&self) -> &'static str {
        "uses"
    }

    fn purpose(&self) -> &'static str {
        "Writes to the disk when each token and session was used last, so that idle sessions end after a restart too."
    }

    async fn run(&self) -> Result<Next, Failure> {
        let Self(app) = self;
        let Some(Whereabouts { data, .. }) = &app.0.whereabouts else { return Ok(Next::Never) };
        let failed = |error| format!("it could not be written when tokens were used last: {error}");
        let kept = app.0.uses.keep(data, app.now());
        kept.map_err(|error| Failure::again(failed(error), WRITTEN_AGAIN))?;
        Ok(Next::After(KEPT_EVERY))
    }

    async fn finish(&self) -> Result<(), Failure> {
        self.run().await.map(|_| ())
    }
}

/// Has the record stamped by somebody else's clock.
struct Stamping(App);

#[async_trait]
impl Task for Stamping {
    fn name(&self) -> &'static str {
        "time_stamps"
    }

    fn purpose(&self) -> &'static str {
        "Has an authority sign every so often when the record was as it is, so that its times are not our word alone."
    }

    async fn run(&self) -> Result<Next, Failure> {
        self.0.stamp_if_due().await
    }
}

/// Signs the record as it grows.
struct Signing(App);

#[async_trait]
impl Task for Signing {
    fn name(&self) -> &'static str {
        "signing"
    }

    fn purpose(&self) -> &'static str {
        "Signs a checkpoint about once a minute while the record grows, so that nobody can change it unseen."
    }

    async fn run(&self) -> Result<Next, Failure> {
        self.0.sign_if_grown(SIGNED_EVERY).await?;
        Ok(Next::After(SIGNED_EVERY))
    }

    /// The last checkpoint is signed when everything that was begun is finished.
    async fn finish(&self) -> Result<(), Failure> {
        self.0.sign_if_grown(SIGNED_EVERY).await
    }
}

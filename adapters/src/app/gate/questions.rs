//! Everything that reads the record and its views.

use std::convert::Infallible;
use std::marker::PhantomData;

use scribe_domain::event_store::{Kept, Receipt, Stale, StoreError, StoreWarning};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::question::AsOf;

use super::{App, Question, Scope};
use crate::app::{TaskList, ViewList};
use crate::views::list::Listed;
use crate::views::live::Reading;

/// A view of the whole record, as it is or as it was.
#[derive(Debug, Clone, Copy)]
pub struct Look<V> {
    as_of: AsOf,
    view: PhantomData<fn() -> V>,
}

impl<V: Listed> Look<V> {
    /// The view as it was at a moment.
    pub fn at(as_of: AsOf) -> Self {
        Self { as_of, view: PhantomData }
    }

    /// The view as it is.
    pub fn now() -> Self {
        Self::at(AsOf::NOW)
    }
}

impl<V: Listed> Question for Look<V> {
    type Answer<'a> = Reading<'a, V>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<Reading<'_, V>, StoreError> {
        app.views().of::<V>().look(&self.as_of).await
    }
}

/// Every view of the whole record as it serialises, with its name: what a comparison of two records, or of two
/// ways to build the views, needs.
#[derive(Debug, Clone, Copy)]
pub struct ViewStates(pub AsOf);

impl Question for ViewStates {
    type Answer<'a> = Vec<(&'static str, serde_json::Value)>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Audit;

    async fn answer(self, app: &App) -> Result<Self::Answer<'_>, StoreError> {
        app.views().states(&self.0).await
    }
}

/// How the views stand.
#[derive(Debug, Clone, Copy)]
pub struct ViewReports;

impl Question for ViewReports {
    type Answer<'a> = ViewList;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<ViewList, StoreError> {
        app.view_list().await
    }
}

/// How the tasks of the server stand.
#[derive(Debug, Clone, Copy)]
pub struct TaskReports;

impl Question for TaskReports {
    type Answer<'a> = TaskList;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<TaskList, Infallible> {
        Ok(app.tasks())
    }
}

/// One incident's events, all of them.
#[derive(Debug, Clone)]
pub struct History(pub IncidentId);

impl Question for History {
    type Answer<'a> = Vec<Recorded>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<Vec<Recorded>, StoreError> {
        app.store().history(&self.0, Revision::NEW).await
    }
}

/// At most `limit` events after a position, in the record's order.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    /// After which position.
    pub after: Position,
    /// How many.
    pub limit: usize,
}

impl Question for Events {
    type Answer<'a> = Vec<Recorded>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<Vec<Recorded>, StoreError> {
        app.store().read(self.after, self.limit).await
    }
}

/// Answered once there is an event after this position.
#[derive(Debug, Clone, Copy)]
pub struct GrownPast(pub Position);

impl Question for GrownPast {
    type Answer<'a> = ();
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<(), StoreError> {
        app.store().wait_past(self.0).await
    }
}

/// At most `limit` events after a position, byte for byte as they are kept: an export.
#[derive(Debug, Clone, Copy)]
pub struct KeptEvents {
    /// After which position.
    pub after: Position,
    /// How many.
    pub limit: usize,
}

impl Question for KeptEvents {
    type Answer<'a> = Vec<Kept>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Audit;

    async fn answer(self, app: &App) -> Result<Vec<Kept>, StoreError> {
        app.store().read_kept(self.after, self.limit).await
    }
}

/// What became of a request; `None` if there was none.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptOf(pub CommandId);

impl Question for ReceiptOf {
    type Answer<'a> = Option<Receipt>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    async fn answer(self, app: &App) -> Result<Option<Receipt>, StoreError> {
        app.store().receipt(self.0).await
    }
}

/// The position of the record's last event.
#[derive(Debug, Clone, Copy)]
pub struct Head;

impl Question for Head {
    type Answer<'a> = Position;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<Position, StoreError> {
        app.store().head().await
    }
}

/// Since when and why the record is out of reach; `None` while it is not.
#[derive(Debug, Clone, Copy)]
pub struct OutOfReach;

impl Question for OutOfReach {
    type Answer<'a> = Option<Stale>;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<Option<Stale>, Infallible> {
        Ok(app.store().stale().await)
    }
}

/// How often everything at hand was replaced because it was not the record: positions mean something else then.
#[derive(Debug, Clone, Copy)]
pub struct Edition;

impl Question for Edition {
    type Answer<'a> = u64;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<u64, Infallible> {
        Ok(app.store().edition())
    }
}

/// Whether the store takes appends; else why not.
#[derive(Debug, Clone, Copy)]
pub struct TakesAppends;

impl Question for TakesAppends {
    type Answer<'a> = ();
    type Error = StoreError;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<(), StoreError> {
        app.store().takes_appends().await
    }
}

/// What whoever runs the server should know although the record goes on.
#[derive(Debug, Clone, Copy)]
pub struct Warnings;

impl Question for Warnings {
    type Answer<'a> = Vec<StoreWarning>;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    async fn answer(self, app: &App) -> Result<Vec<StoreWarning>, Infallible> {
        Ok(app.store().warnings().await)
    }
}

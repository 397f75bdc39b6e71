//! Everything that reads the record and its views.

use std::convert::Infallible;
use std::marker::PhantomData;

use scribe_domain::event_store::{Kept, Receipt, Stale, StoreError, StoreWarning};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::question::AsOf;
use scribe_projections::runner::{Tracked, fold_as_of, seen};
use scribe_projections::runs::Runs;

use super::rights::{GateError, Sight};
use super::{App, Question, Scope, Shows};
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
    const SCOPE: Scope = V::SCOPE;

    fn shows(&self) -> Shows<'_> {
        if V::SHOWS_INCIDENTS { Shows::All } else { Shows::Nothing }
    }

    async fn answer<'a>(self, app: &'a App, sight: &Sight) -> Result<Reading<'a, V>, GateError<StoreError>> {
        let reading = app.views().of::<V>().look(&self.as_of).await?;
        if sight.is_whole() {
            return Ok(reading);
        }
        let (mut view, position) = (reading.view.of_those(&|id| sight.shows(id)), reading.position);
        drop(reading);
        // What became part of one that they may not see stands for them as it stood before.
        for incident in app.parts_of_hidden(sight).await? {
            let history = app.history_shown(&incident, sight).await?;
            view.refold(&incident, seen(&history, position), &self.as_of);
        }
        Ok(Reading::Then(Box::new(Tracked { view, position })))
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

    fn shows(&self) -> Shows<'_> {
        Shows::All
    }

    async fn answer<'a>(
        self,
        app: &'a App,
        sight: &Sight,
    ) -> Result<Self::Answer<'a>, GateError<StoreError>> {
        sight.must_be_whole().map_err(GateError::NotAllowed)?;
        Ok(app.views().states(&self.0).await?)
    }
}

/// How the views stand.
#[derive(Debug, Clone, Copy)]
pub struct ViewReports;

impl Question for ViewReports {
    type Answer<'a> = ViewList;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<ViewList, GateError<StoreError>> {
        let list = app.view_list().await?;
        Ok(if sight.is_whole() { list } else { list.without_words() })
    }
}

/// How the tasks of the server stand, for anybody: not why one fails, since that may be in what it works on.
#[derive(Debug, Clone, Copy)]
pub struct TaskReports;

impl Question for TaskReports {
    type Answer<'a> = TaskList;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<TaskList, GateError<Infallible>> {
        Ok(app.tasks().without_words())
    }
}

/// The same in full, for whoever may audit all of the record.
#[derive(Debug, Clone, Copy)]
pub struct TaskReportsInFull;

impl Question for TaskReportsInFull {
    type Answer<'a> = TaskList;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Audit;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<TaskList, GateError<StoreError>> {
        sight.must_be_whole().map_err(GateError::NotAllowed)?;
        Ok(app.tasks())
    }
}

/// One incident's events, all of them.
#[derive(Debug, Clone)]
pub struct History {
    incident: IncidentId,
    /// As of when what is disputed of their times is marked; nowhere, where nobody is shown that. It takes a look at the
    /// whole record.
    marked: Option<AsOf>,
}

impl History {
    /// As they were recorded.
    pub fn of(incident: IncidentId) -> Self {
        Self { incident, marked: None }
    }

    /// With what was disputed of their times at a moment.
    pub fn marked(incident: IncidentId, as_of: AsOf) -> Self {
        Self { incident, marked: Some(as_of) }
    }
}

impl Question for History {
    type Answer<'a> = Vec<Recorded>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::One(&self.incident)
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Vec<Recorded>, GateError<StoreError>> {
        let history = app.history_shown(&self.incident, sight).await?;
        match &self.marked {
            Some(as_of) => Ok(app.marked(history, as_of).await?),
            None => Ok(history),
        }
    }
}

/// Some events in the record's order, as far as whoever asks may see them.
#[derive(Debug, Clone)]
pub struct Page {
    /// The events.
    pub events: Vec<Recorded>,
    /// Up to where the record was read, whether or not that event may be seen.
    pub reached: Position,
}

/// One incident's runs as they were at a moment, folded from its own events and the directory of people alone: whoever
/// waits for an approval asks often.
#[derive(Debug, Clone)]
pub struct RunsOf {
    /// The incident.
    pub incident: IncidentId,
    /// The moment.
    pub as_of: AsOf,
}

/// One incident's runs, and how far its events go.
#[derive(Debug, Clone)]
pub struct IncidentRuns {
    /// The runs.
    pub runs: Runs,
    /// Its revision; [`Revision::NEW`] where there is no such incident.
    pub revision: Revision,
    /// The position of its last event.
    pub position: Position,
}

impl Question for RunsOf {
    type Answer<'a> = IncidentRuns;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::One(&self.incident)
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<IncidentRuns, GateError<StoreError>> {
        let history = app.history_shown(&self.incident, sight).await?;
        let (revision, position) =
            history.last().map_or_else(Default::default, |last| (last.revision, last.position));
        let mut events = app.store().history(&IncidentId::people(), Revision::NEW).await?;
        events.extend(history);
        Ok(IncidentRuns { runs: fold_as_of(&events, &self.as_of), revision, position })
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
    type Answer<'a> = Page;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::All
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Page, GateError<StoreError>> {
        let events = app.store().read(self.after, self.limit).await?;
        let reached = events.last().map_or(self.after, |last| last.position);
        let events = app.marked(app.those_shown(events, sight).await?, &AsOf::NOW).await?;
        Ok(Page { events, reached })
    }
}

/// Answered once there is an event after this position.
#[derive(Debug, Clone, Copy)]
pub struct GrownPast(pub Position);

impl Question for GrownPast {
    type Answer<'a> = ();
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<(), GateError<StoreError>> {
        Ok(app.store().wait_past(self.0).await?)
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

    fn shows(&self) -> Shows<'_> {
        Shows::All
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Vec<Kept>, GateError<StoreError>> {
        sight.must_be_whole().map_err(GateError::NotAllowed)?;
        Ok(app.store().read_kept(self.after, self.limit).await?)
    }
}

/// What became of a request; `None` if there was none.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptOf(pub CommandId);

impl Question for ReceiptOf {
    type Answer<'a> = Option<Receipt>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Option<Receipt>, GateError<StoreError>> {
        Ok(app.receipt_for(self.0, sight).await?)
    }
}

/// The position of the record's last event.
#[derive(Debug, Clone, Copy)]
pub struct Head;

impl Question for Head {
    type Answer<'a> = Position;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Position, GateError<StoreError>> {
        Ok(app.store().head().await?)
    }
}

/// Since when and why the record is out of reach; `None` while it is not.
#[derive(Debug, Clone, Copy)]
pub struct OutOfReach;

impl Question for OutOfReach {
    type Answer<'a> = Option<Stale>;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Option<Stale>, GateError<Infallible>> {
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

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<u64, GateError<Infallible>> {
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

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<(), GateError<StoreError>> {
        Ok(app.store().takes_appends().await?)
    }
}

/// Of how many things whoever runs the server should know although the record goes on.
#[derive(Debug, Clone, Copy)]
pub struct Warnings;

impl Question for Warnings {
    type Answer<'a> = u64;
    type Error = Infallible;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<u64, GateError<Infallible>> {
        Ok(app.store().warnings().await.len() as u64)
    }
}

/// What they are, for whoever may audit all of the record: they name incidents.
#[derive(Debug, Clone, Copy)]
pub struct WarningsInFull;

impl Question for WarningsInFull {
    type Answer<'a> = Vec<StoreWarning>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Audit;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Vec<StoreWarning>, GateError<StoreError>> {
        sight.must_be_whole().map_err(GateError::NotAllowed)?;
        Ok(app.store().warnings().await)
    }
}

//! A view of the whole record, kept in memory.

use std::any::Any;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use scribe_domain::event_store::{Basis, EventStore, StoreError};
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_projections::amended::Entry;
use scribe_projections::question::AsOf;
use scribe_projections::runner::{Projection, Tracked, Unread, seen};
use serde_json::Value;
use tokio::sync::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};

use super::disk::{Disk, NotSaved};
use super::pass::{Fault, Follower, catch_up, history};
use super::report::{Building, Rebuild, RebuildState, ViewReport, ViewState};
use crate::snapshots::Turn;

/// The most faults that are told of a view; there may be more.
const FAULTS: usize = 100;
/// Histories read at once for a question about another moment.
const HISTORIES: usize = 4;
/// How often a look begins anew because the record was read anew under it.
const EDITIONS: u32 = 3;

/// A view of the whole record that catches up with it whenever it is looked at.
///
/// Catching up on every look means that whoever appended sees it at once, and that what another
/// process appended is seen too. When nothing was appended, a look costs one question to the store.
pub struct Live<P> {
    store: Arc<dyn EventStore>,
    disk: Option<Arc<Disk>>,
    contents: RwLock<Contents<P>>,
    /// How far it has come, to be asked also while it is being built.
    progress: Mutex<Progress>,
}

/// A view and what it lacks.
#[derive(Debug, Default)]
struct Contents<P> {
    tracked: Tracked<P>,
    /// Whether the disk was asked for a snapshot.
    begun: bool,
    /// By what of the record it was made.
    basis: Basis,
    faults: Vec<Fault>,
    /// Whether one of them is such that it cannot go on without.
    is_stuck: bool,
}

/// What a view may lack that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacking {
    Nothing,
    WhatItGoesOnWithout,
}

/// How far a view has come, told without waiting for it.
#[derive(Debug, Default)]
struct Progress {
    position: Position,
    built: bool,
    building: Option<Building>,
    faults: Vec<Fault>,
    stopped: Option<String>,
    snapshot: Option<Position>,
    rebuild: Option<Rebuild>,
}

/// A view as it is now, or as it was.
pub enum Reading<'a, P> {
    /// As it is now.
    Now(RwLockReadGuard<'a, Tracked<P>>),
    /// As of another moment.
    Then(Box<Tracked<P>>),
}

impl<P> Deref for Reading<'_, P> {
    type Target = Tracked<P>;

    fn deref(&self) -> &Tracked<P> {
        match self {
            Self::Now(tracked) => tracked,
            Self::Then(tracked) => tracked,
        }
    }
}

impl<P: Projection> Live<P> {
    /// Nothing is read yet.
    pub(super) fn new(store: Arc<dyn EventStore>, disk: Option<Arc<Disk>>) -> Self {
        Self { store, disk, contents: RwLock::default(), progress: Mutex::default() }
    }

    /// The view as of the record's end, or as it was at another moment. A look that is given up half-way
    /// through a long replay leaves what was folded so far, and the next look goes on from there.
    pub async fn look(&self, as_of: &AsOf) -> Result<Reading<'_, P>, StoreError> {
        let now = self.now().await?;
        if as_of.is_now() {
            return Ok(Reading::Now(RwLockReadGuard::map(now, |contents| &contents.tracked)));
        }
        let basis = now.basis;
        let now = RwLockReadGuard::map(now, |contents| &contents.tracked);
        let (mut view, needed) = now.view.as_of(as_of);
        let position = now.position;
        // Others must not wait for this question's histories.
        drop(now);
        let store = &*self.store;
        let mut histories = stream::iter(needed).map(|one| history(store, one)).buffered(HISTORIES);
        while let Some((incident, history)) = histories.try_next().await? {
            view.refold(&incident, seen(&history, position), as_of);
        }
        drop(histories);
        if store.basis() != basis {
            return Err(read_anew());
        }
        Ok(Reading::Then(Box::new(Tracked { view, position })))
    }

    /// The view as of the record's end, also if it lacks events, as long as it can [go on without
    /// them](Projection::goes_on_without). What it then shows is on the safe side, and not whole: to decide by, not to show.
    pub async fn as_far_as_it_goes(&self) -> Result<RwLockReadGuard<'_, Tracked<P>>, StoreError> {
        let contents = self.caught_up_with(Lacking::WhatItGoesOnWithout).await?;
        Ok(RwLockReadGuard::map(contents, |contents| &contents.tracked))
    }

    async fn now(&self) -> Result<RwLockReadGuard<'_, Contents<P>>, StoreError> {
        self.caught_up_with(Lacking::Nothing).await
    }

    async fn caught_up_with(&self, lacking: Lacking) -> Result<RwLockReadGuard<'_, Contents<P>>, StoreError> {
        for _ in 0..EDITIONS {
            let contents = self.caught_up(lacking).await?;
            if contents.basis == self.store.basis() {
                return Ok(contents);
            }
        }
        Err(read_anew())
    }

    async fn caught_up(&self, lacking: Lacking) -> Result<RwLockReadGuard<'_, Contents<P>>, StoreError> {
        let basis = self.store.basis();
        let end = self.store.head().await?;
        {
            let contents = self.contents.read().await;
            if contents.basis == basis && contents.answers_at(end, lacking) {
                return Ok(contents);
            }
        }
        let mut contents = self.contents.write().await;
        self.begin(&mut contents).await;
        let caught_up = catch_up(&*self.store, &mut [&mut *contents], &|_| {}).await;
        self.settle(&*contents, caught_up.as_ref().err());
        caught_up?;
        if let Some(fault) = contents.faults.first().filter(|_| !contents.may_lack(lacking)) {
            // What is wrong is told rather than shown: nobody could see that something is missing.
            return Err(StoreError::Damaged(format!(
                "the view {} lacks the event at position {}, which cannot be read: {}",
                P::NAME,
                fault.position,
                fault.reason
            )));
        }
        Ok(contents.downgrade())
    }

    /// Begins with what the disk has, once; and with nothing when what was read is not the record any more.
    async fn begin(&self, contents: &mut Contents<P>) {
        let basis = self.store.basis();
        if !contents.begun && contents.tracked.position == Position(0) {
            contents.basis = basis;
        }
        if contents.basis != basis {
            tracing::info!(
                view = P::NAME,
                ?basis,
                "the record counts otherwise now: this view is built anew"
            );
            *contents = Contents { basis, begun: true, ..Contents::default() };
            self.progress().snapshot = None;
            if let Some(disk) = &self.disk
                && let Err(error) = disk.forget().await
            {
                // One that is not of this record is refused when it is read, by its root.
                tracing::warn!(%error, "snapshots could not be deleted");
            }
        }
        if std::mem::replace(&mut contents.begun, true) || contents.tracked.position > Position(0) {
            return;
        }
        let Some(disk) = &self.disk else { return };
        match disk.load::<P>(&*self.store).await {
            Ok(Some(tracked)) => {
                self.progress().snapshot = Some(tracked.position);
                contents.tracked = tracked;
            }
            Ok(None) => {}
            Err(why) => {
                let why = why.to_string();
                tracing::warn!(view = P::NAME, why, "a snapshot is not used: the view is built anew");
            }
        }
    }

    /// Tells how far the view has come.
    fn settle(&self, contents: &dyn Follower, error: Option<&StoreError>) {
        let mut progress = self.progress();
        progress.position = contents.position();
        progress.built = error.is_none();
        progress.building = None;
        progress.faults = contents.faults().to_vec();
        progress.stopped = error.map(ToString::to_string);
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was folded is not the record any more.
pub(super) fn read_anew() -> StoreError {
    StoreError::Unavailable("the record was read anew meanwhile: ask again".to_owned())
}

impl<P: Projection> Contents<P> {
    /// Whether it may be looked at when the record ends there. A pass that was given up may have seen every
    /// event, and not folded anew what they amend.
    fn answers_at(&self, end: Position, lacking: Lacking) -> bool {
        let has_seen_all = self.begun && self.tracked.position >= end;
        has_seen_all && self.may_lack(lacking) && self.tracked.view.outdated().is_empty()
    }

    fn may_lack(&self, lacking: Lacking) -> bool {
        match lacking {
            Lacking::Nothing => self.faults.is_empty(),
            Lacking::WhatItGoesOnWithout => !self.is_stuck,
        }
    }
}

impl<P: Projection> Follower for Contents<P> {
    fn position(&self) -> Position {
        self.tracked.position
    }

    fn follow(&mut self, told: &Entry<'_>) {
        self.tracked.follow(told);
    }

    fn miss(&mut self, fault: &Fault, known: Option<&Unread<'_>>) {
        if fault.position <= self.tracked.position
            || self.faults.iter().any(|known| known.position == fault.position)
        {
            return;
        }
        let goes_on = !self.is_stuck && known.is_some_and(|unread| self.tracked.pass(unread));
        self.is_stuck |= !goes_on;
        if self.faults.len() < FAULTS {
            self.faults.push(fault.clone());
        }
    }

    fn faults(&self) -> &[Fault] {
        &self.faults
    }

    fn outdated(&self) -> Vec<IncidentId> {
        self.tracked.view.outdated()
    }

    fn refold(&mut self, incident: &IncidentId, history: &[Recorded]) {
        self.tracked.refold(incident, history);
    }
}

/// The upkeep of a view, whichever it is.
#[async_trait]
pub(super) trait Upkeep: Any + Send + Sync {
    fn name(&self) -> &'static str;
    /// Locks it to bring it up together with others, beginning with what the disk has.
    async fn lock(&self) -> Access<'_>;
    /// It has come this far on its way to there.
    fn reached(&self, at: Position, of: Position);
    /// It was brought up, or could not be.
    fn settled(&self, contents: &dyn Follower, error: Option<&StoreError>);
    fn report(&self) -> ViewReport;
    /// Claims the right to build it beside the one that serves, unless somebody has it.
    fn may_rebuild(&self) -> bool;
    /// Builds it from nothing beside the one that serves, and switches if nothing is wrong with it.
    async fn rebuild(&self) -> Rebuilt;
    /// Tells what came of that, and lets others rebuild it.
    fn rebuilt(&self, rebuilt: Rebuilt);
    /// Writes it to the disk in one's turn, if its last snapshot is at least so many events old.
    async fn save(&self, turn: &Arc<Turn>, fewest: u64) -> Result<(), NotSaved>;
    /// All of it, as it is written to a snapshot.
    async fn state(&self, as_of: &AsOf) -> Result<Value, StoreError>;
}

/// What came of building a view beside the one that serves.
pub(super) struct Rebuilt {
    state: RebuildState,
    faults: Vec<Fault>,
    error: Option<StoreError>,
}

/// A view to be written, at which nobody looks meanwhile.
pub(super) type Access<'a> = RwLockMappedWriteGuard<'a, dyn Follower>;

#[async_trait]
impl<P: Projection> Upkeep for Live<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    async fn lock(&self) -> Access<'_> {
        let mut contents = self.contents.write().await;
        self.begin(&mut contents).await;
        RwLockWriteGuard::map(contents, |contents| contents as &mut dyn Follower)
    }

    fn reached(&self, at: Position, of: Position) {
        self.progress().building = Some(Building { done: at, of });
    }

    fn settled(&self, contents: &dyn Follower, error: Option<&StoreError>) {
        self.settle(contents, error);
    }

    fn report(&self) -> ViewReport {
        let progress = self.progress();
        let state = match &progress.building {
            Some(_) => ViewState::Building,
            None if progress.stopped.is_some() || !progress.faults.is_empty() => ViewState::Failed,
            None if progress.built => ViewState::Live,
            None => ViewState::NotBuilt,
        };
        ViewReport {
            view: P::NAME.to_owned(),
            version: P::VERSION,
            state,
            position: progress.position,
            snapshot: progress.snapshot,
            building: progress.building,
            faults: progress.faults.clone(),
            stopped: progress.stopped.clone(),
            rebuild: progress.rebuild.clone(),
        }
    }

    fn may_rebuild(&self) -> bool {
        let mut progress = self.progress();
        if progress.rebuild.as_ref().is_some_and(|rebuild| rebuild.state == RebuildState::Building) {
            return false;
        }
        progress.rebuild = Some(Rebuild::default());
        true
    }

    async fn rebuild(&self) -> Rebuilt {
        let basis = self.store.basis();
        let mut fresh = Contents::<P> { begun: true, basis, ..Contents::default() };
        let of = self.store.head().await;
        let built = match of {
            Ok(of) => {
                let reached = |at| {
                    if let Some(rebuild) = &mut self.progress().rebuild {
                        rebuild.building = Building { done: at, of };
                    }
                };
                catch_up(&*self.store, &mut [&mut fresh], &reached).await
            }
            Err(error) => Err(error),
        };
        if built.is_ok() && fresh.faults.is_empty() {
            // The rest is short: others may wait for it, so that what they see never goes back.
            let mut contents = self.contents.write().await;
            let caught_up = catch_up(&*self.store, &mut [&mut fresh], &|_| {}).await;
            let caught_up = if self.store.basis() == basis { caught_up } else { Err(read_anew()) };
            if caught_up.is_ok() && fresh.faults.is_empty() {
                self.settle(&fresh, None);
                *contents = fresh;
                // Whatever lies on the disk is of the one that was replaced.
                self.progress().snapshot = None;
                return Rebuilt { state: RebuildState::Switched, faults: Vec::new(), error: None };
            }
            return Rebuilt { state: RebuildState::Failed, faults: fresh.faults, error: caught_up.err() };
        }
        Rebuilt { state: RebuildState::Failed, faults: fresh.faults, error: built.err() }
    }

    fn rebuilt(&self, Rebuilt { state, faults, error }: Rebuilt) {
        let mut progress = self.progress();
        let rebuild = progress.rebuild.get_or_insert_default();
        rebuild.state = state;
        rebuild.faults = faults;
        rebuild.stopped = error.map(|error| error.to_string());
        tracing::info!(view = P::NAME, ?state, "a view was built beside the one that serves");
    }

    async fn save(&self, turn: &Arc<Turn>, fewest: u64) -> Result<(), NotSaved> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let (tracked, basis) = {
            let contents = self.now().await?;
            let (tracked, basis) = (&contents.tracked, contents.basis);
            let saved = self.progress().snapshot.unwrap_or_default();
            if tracked.position.0 < saved.0 + fewest.max(1) {
                return Ok(());
            }
            // Incidents that do not change are shared, so this is quick, and nobody waits for the disk.
            (Tracked::clone(tracked), basis)
        };
        let position = tracked.position;
        disk.save(&*self.store, turn, tracked, basis).await?;
        self.progress().snapshot = Some(position);
        Ok(())
    }

    async fn state(&self, as_of: &AsOf) -> Result<Value, StoreError> {
        let reading = self.look(as_of).await?;
        serde_json::to_value(&reading.view).map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

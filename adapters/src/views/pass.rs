//! One pass over the record for any number of views.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use scribe_domain::event_store::{EventStore, Lost, Salvaged, StoreError};
use scribe_domain::ids::{EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::amended::Entry;
use scribe_projections::runner::Unread;
use serde::{Deserialize, Serialize};

use crate::store::codec::{self, Decoder};

/// Events read at once.
const BATCH: usize = 2_000;
/// Batches on their way at once: one that is folded, and one on each of two cores.
const AHEAD: usize = 3;
/// Histories read at once.
const HISTORIES: usize = 2;

/// An event that cannot be read, so that no view of the whole record can be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Fault {
    /// Its place in the record.
    pub position: Position,
    /// Its id, if at least its header can be read.
    pub event: Option<EventId>,
    /// What is wrong with it.
    pub reason: String,
}

/// A view that is brought up to the record's end, whichever it is.
pub(super) trait Follower: Send + Sync {
    /// The position of the last event that it has seen.
    fn position(&self) -> Position;
    /// Takes one more event, unless it has seen it.
    fn follow(&mut self, told: &Entry<'_>);
    /// Learns of an event that it cannot have, and of what is known of that.
    fn miss(&mut self, fault: &Fault, known: Option<&Unread<'_>>);
    /// The events that it cannot have.
    fn faults(&self) -> &[Fault];
    /// The incidents whose histories it needs.
    fn outdated(&self) -> Vec<IncidentId>;
    /// Takes an incident's history.
    fn refold(&mut self, incident: &IncidentId, history: &[Recorded]);
}

/// Brings views up to the end of the record, as it is when they get there. Each event is read and decoded
/// once, and while one batch is folded the next ones are read. A pass that is given up half-way leaves what was
/// folded so far, and the next goes on from there.
pub(super) async fn catch_up(
    store: &dyn EventStore,
    views: &mut [&mut dyn Follower],
    at: &(dyn Fn(Position) + Sync),
) -> Result<(), StoreError> {
    let Some(mut after) = views.iter().map(|view| view.position()).min() else { return Ok(()) };
    loop {
        // Positions have no gaps, so it is known beforehand where the next batches begin: several are read
        // and decoded at once, each on a thread of the store's, while this one folds.
        let begin = after;
        let begins = (0..).map(|batches: u64| Position(begin.0 + batches * BATCH as u64));
        let mut batches = stream::iter(begins).map(|begin| Batch::read(store, begin)).buffered(AHEAD);
        while let Some(batch) = batches.try_next().await? {
            let is_whole = batch.end.0 == after.0 + BATCH as u64;
            batch.fold(views);
            after = batch.end;
            at(after);
            if !is_whole {
                // The record ended here when it was asked. It may have grown since then, so those behind
                // need not follow this one.
                break;
            }
        }
        if after == begin {
            break;
        }
    }
    // What lacks events is not looked at, and some histories may not be readable.
    if views.iter().any(|view| !view.faults().is_empty()) { Ok(()) } else { refold(store, views).await }
}

/// Folds anew what was amended. The histories of many incidents do not fit into memory: two at a time do.
async fn refold(store: &dyn EventStore, views: &mut [&mut dyn Follower]) -> Result<(), StoreError> {
    let needed: Vec<BTreeSet<IncidentId>> =
        views.iter().map(|view| view.outdated().into_iter().collect()).collect();
    let all: BTreeSet<IncidentId> = needed.iter().flatten().cloned().collect();
    let mut histories = stream::iter(all).map(|incident| history(store, incident)).buffered(HISTORIES);
    while let Some((incident, history)) = histories.try_next().await? {
        for (view, needed) in views.iter_mut().zip(&needed) {
            if needed.contains(&incident) {
                view.refold(&incident, &history);
            }
        }
    }
    Ok(())
}

/// One incident's events, and whose they are.
pub(super) async fn history(
    store: &dyn EventStore,
    incident: IncidentId,
) -> Result<(IncidentId, Vec<Recorded>), StoreError> {
    let history = store.history(&incident, Revision::NEW).await?;
    Ok((incident, history))
}

/// Some events in a row, and those among them that cannot be read.
struct Batch {
    events: Vec<Recorded>,
    missing: Vec<Missing>,
    end: Position,
}

/// An event that cannot be read, and its header, if at least that can.
struct Missing {
    fault: Fault,
    header: Option<Box<str>>,
}

impl Batch {
    async fn read(store: &dyn EventStore, after: Position) -> Result<Self, StoreError> {
        match store.read(after, BATCH).await {
            Ok(events) => {
                let end = events.last().map_or(after, |last| last.position);
                Ok(Self { events, missing: Vec::new(), end })
            }
            Err(StoreError::Damaged(why)) => Self::read_one_by_one(store, after, why).await,
            Err(error) => Err(error),
        }
    }

    /// What can be read of events of which some cannot. Their recorded times are their own stamps, since when
    /// they count as recorded only the store knows; but what lacks events is not shown to anybody.
    async fn read_one_by_one(
        store: &dyn EventStore,
        after: Position,
        why: String,
    ) -> Result<Self, StoreError> {
        let (mut events, mut missing) = (Vec::new(), Vec::new());
        let (mut decoder, mut end) = (Decoder::default(), after);
        let salvaged = store.salvage(after, BATCH).await.map_err(|_| StoreError::Damaged(why.clone()))?;
        if salvaged.is_empty() {
            // What could not be read stands before.
            return Ok(Self { events, missing, end });
        }
        for salvaged in salvaged {
            let lost = match salvaged {
                Salvaged::Lost(lost) => lost,
                Salvaged::Whole(kept) => match codec::read(&mut decoder, &kept) {
                    Ok(recorded) => {
                        end = kept.position;
                        events.push(recorded);
                        continue;
                    }
                    Err(error) => {
                        Lost { position: kept.position, why: error.to_string(), header: Some(kept.header) }
                    }
                },
            };
            end = lost.position;
            missing.push(Missing::of(lost));
        }
        // The store knows more than the events themselves show: then nobody can say which to leave out.
        if missing.is_empty() { Err(StoreError::Damaged(why)) } else { Ok(Self { events, missing, end }) }
    }

    /// In the record's order: a view that goes on without an event takes what came after it as coming after it.
    fn fold(&self, views: &mut [&mut dyn Follower]) {
        let mut missing = self.missing.iter().peekable();
        for recorded in &self.events {
            while let Some(missing) = missing.next_if(|missing| missing.fault.position < recorded.position) {
                missing.tell(views);
            }
            let told = Entry::told(recorded);
            for view in views.iter_mut() {
                view.follow(&told);
            }
        }
        missing.for_each(|missing| missing.tell(views));
    }
}

impl Missing {
    fn of(Lost { position, header, why }: Lost) -> Self {
        let unread = header.as_deref().and_then(|header| unread(header, position));
        let event = unread.map(|unread| EventId::derive(unread.command_id, unread.index));
        Self { fault: Fault { position, event, reason: why }, header }
    }

    fn tell(&self, views: &mut [&mut dyn Follower]) {
        let known = self.header.as_deref().and_then(|header| unread(header, self.fault.position));
        for view in views.iter_mut() {
            view.miss(&self.fault, known.as_ref());
        }
    }
}

/// What a header says of an event that cannot be read. Ids and kinds have no letters that JSON would escape.
fn unread(header: &str, position: Position) -> Option<Unread<'_>> {
    Some(Unread { position, ..serde_json::from_str(header).ok()? })
}

//! Folding the whole record.
//!
//! Every whole-record view is a fold per incident (`per_incident::IncidentFold`) over the events that
//! matter to it. Those events are kept beside what they add up to (`per_incident::PerIncident`): that
//! is what lets a correction apply to what was folded long ago, and what answers a question about any
//! earlier moment, by either clock, without reading the record again.

/// Events in a form that serialises, for snapshots.
mod kept;
/// One fold per incident, with the events it was folded from.
pub mod per_incident;
/// What all whole-record views say in the same words.
pub(crate) mod spoken;
/// When something was told, and by whom.
pub mod told;

use std::borrow::Cow;

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_domain::recorded::Recorded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::question::AsOf;

/// A pure fold over the whole record, with a name and a version.
///
/// The state itself serialises, so that a snapshot of it plus the tail of the record is the same view.
/// A change in what the fold means needs a new version, which discards snapshots of older ones.
pub trait Projection: Default + Clone + Serialize + DeserializeOwned {
    /// Its name.
    const NAME: &'static str;
    /// The version of its fold and of its state's form.
    const VERSION: u32;

    /// The state after one more event. Events come in the record's order, each once.
    fn apply(&mut self, recorded: &Recorded);

    /// The state as of another moment, by either clock: what folding the events recorded by then gives,
    /// without those that had not happened by then. To look at, not to go on folding.
    fn as_of(&self, as_of: &AsOf) -> Cow<'_, Self>;
}

/// A projection's state and the position it has seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tracked<P> {
    /// The state.
    pub view: P,
    /// The position of the last event that it has seen.
    pub position: Position,
}

impl<P: Projection> Tracked<P> {
    /// The state after one more event.
    pub fn apply(&mut self, recorded: &Recorded) {
        debug_assert!(recorded.position > self.position, "events come in order, each once");
        self.view.apply(recorded);
        self.position = recorded.position;
    }
}

/// Events read at once while catching up.
pub const BATCH: usize = 1_000;

/// Brings a projection up to the end of the record, as it is when it gets there.
pub async fn catch_up<P: Projection>(
    store: &dyn EventStore,
    tracked: &mut Tracked<P>,
) -> Result<(), StoreError> {
    loop {
        let batch = store.read(tracked.position, BATCH).await?;
        if batch.is_empty() {
            return Ok(());
        }
        for recorded in &batch {
            tracked.apply(recorded);
        }
    }
}

/// Folds some events of a record from nothing.
pub fn fold<'a, P: Projection>(events: impl IntoIterator<Item = &'a Recorded>) -> P {
    events.into_iter().fold(P::default(), |mut view, recorded| {
        view.apply(recorded);
        view
    })
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod sample;

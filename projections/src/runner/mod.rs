//! Folding the whole record.
//!
//! Every whole-record view is a fold per incident (`per_incident::IncidentFold`). A view keeps what each
//! incident's events add up to, and not the events: those stand in the record. Two things need them again,
//! and both concern few incidents: an amendment changes what was folded long ago, and a question about
//! another moment asks for another sum. A fold does no IO, so it only *says* which incidents it needs
//! ([`outdated`](crate::runner::Projection::outdated), [`as_of`](crate::runner::Projection::as_of)); whoever has the store reads their histories and hands
//! them over one at a time ([`refold`](crate::runner::Projection::refold)).

/// One fold per incident.
pub mod per_incident;
/// What all whole-record views say in the same words.
pub(crate) mod spoken;
/// When something was told, and by whom.
pub mod attribution;

use chrono::{DateTime, Utc};
use scribe_domain::ids::{CommandId, IncidentId, Position};
use scribe_domain::recorded::Recorded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::question::AsOf;

/// A pure fold over the whole record, with a name and a version.
///
/// The state serialises, so that a snapshot of it plus the tail of the record is the same view. A change in
/// what the fold means, or in its state's form, needs a new version, which discards snapshots of older ones.
pub trait Projection: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// The version of its fold and of its state's form.
    const VERSION: u32;

    /// The state after one more event, as it was told. Events come in the record's order, each once.
    /// An amendment only makes its incident [outdated](Self::outdated).
    fn apply(&mut self, told: &Entry<'_>);

    /// Goes on without an event that cannot be read, if the view is right without it or can be kept on the safe side;
    /// says whether it does. Of the event only this much is known.
    fn goes_on_without(&mut self, _: &Unread<'_>) -> bool {
        false
    }

    /// The incidents that were amended and not folded anew since. The view must not be looked at while
    /// there are any.
    fn outdated(&self) -> Vec<IncidentId>;

    /// Folds an incident anew, as of some moment, from its events up to the position that was seen.
    fn refold(&mut self, incident: &IncidentId, history: &[Recorded], as_of: &AsOf);

    /// The view as of another moment, by either clock: what folding the events recorded by then gives,
    /// without those that had not happened by then. It lacks the incidents named beside it, whose
    /// histories must be [folded](Self::refold) into it. To look at, not to go on folding.
    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>);

    /// The view of these incidents alone, for whoever may not see the others. To look at, not to go on folding.
    #[must_use]
    fn of_those(&self, shows: &dyn Fn(&IncidentId) -> bool) -> Self;
}

/// What is known of an event that cannot be read: what stands in its header.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Unread<'a> {
    /// Its incident, or a stream of the program's own.
    pub incident: &'a str,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// When scribe took it.
    pub recorded_at: DateTime<Utc>,
    /// The request.
    pub command_id: CommandId,
    /// Its index among the request's events.
    pub index: u32,
    /// Its place in the record.
    #[serde(skip)]
    pub position: Position,
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
    /// Takes one more event, unless it has seen it.
    pub fn follow(&mut self, told: &Entry<'_>) {
        if told.recorded.position > self.position {
            self.view.apply(told);
            self.position = told.recorded.position;
        }
    }

    /// Goes on without an event that cannot be read, if the view can; says whether it does.
    pub fn pass(&mut self, unread: &Unread<'_>) -> bool {
        let passed = unread.position <= self.position || self.view.goes_on_without(unread);
        if passed {
            self.position = self.position.max(unread.position);
        }
        passed
    }

    /// Folds an [outdated](Projection::outdated) incident anew. What of its history lies beyond the position
    /// that was seen is not looked at: it comes by itself.
    pub fn refold(&mut self, incident: &IncidentId, history: &[Recorded]) {
        self.view.refold(incident, seen(history, self.position), &AsOf::NOW);
    }
}

/// The part of a history that stands at or before a position.
pub fn seen(history: &[Recorded], position: Position) -> &[Recorded] {
    &history[..history.partition_point(|recorded| recorded.position <= position)]
}

/// Folds a record, or a part of one, from nothing.
pub fn fold<P: Projection>(events: &[Recorded]) -> P {
    let mut view = P::default();
    for recorded in events {
        view.apply(&Entry::told(recorded));
    }
    for incident in view.outdated() {
        view.refold(&incident, &history(events, &incident), &AsOf::NOW);
    }
    view
}

/// Folds a record as of some moment.
pub fn fold_as_of<P: Projection>(events: &[Recorded], as_of: &AsOf) -> P {
    let (mut then, needed) = fold::<P>(events).as_of(as_of);
    for incident in needed {
        then.refold(&incident, &history(events, &incident), as_of);
    }
    then
}

fn history(events: &[Recorded], incident: &IncidentId) -> Vec<Recorded> {
    events.iter().filter(|recorded| recorded.incident == *incident).cloned().collect()
}

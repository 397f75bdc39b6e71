//! Which views of the whole record there are. Whoever keeps, rebuilds, replays, describes or compares views
//! takes them from here: a view is its fold, a line in [`VIEWS`], and what the API answers of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe_domain::event_store::EventStore;
use scribe_domain::recorded::Recorded;
use scribe_domain::scope::Scope;
use scribe_domain::values::Tier;
use scribe_projections::access::AccessView;
use scribe_projections::actions::{ActionFilter, Actions};
use scribe_projections::clocks::Clocks;
use scribe_projections::current::{Board, ListFilter, ListState};
use scribe_projections::holds::Holds;
use scribe_projections::runner::{Projection, fold};
use scribe_projections::runs::Runs;
use scribe_projections::runs::audit::RunFilter;
use scribe_projections::status_page::StatusPages;
use serde::Serialize;

use super::disk::Disk;
use super::live::{Live, Upkeep};
use crate::inbound::known::KnownSightings;

/// The views of the whole record.
pub const VIEWS: &[ViewEntry] = &[
    ViewEntry::of::<Board>(),
    ViewEntry::of::<StatusPages>(),
    ViewEntry::of::<Runs>(),
    ViewEntry::of::<Actions>(),
    ViewEntry::of::<Holds>(),
    ViewEntry::of::<KnownSightings>(),
    ViewEntry::of::<AccessView>(),
    ViewEntry::of::<Clocks>(),
];

/// A view that stands in the list.
pub trait Listed: Projection {
    /// What it takes to look at it.
    const SCOPE: Scope;

    /// Whether it shows something of incidents, so that whoever looks at it has looked at those.
    const SHOWS_INCIDENTS: bool;

    /// What the API answers to whoever asks it for everything; none if nobody can ask.
    fn answers() -> Vec<Answer<Self>>;
}

/// What the API answers of a view.
pub struct Answer<V> {
    /// What to call it.
    pub name: String,
    /// The path and query at which it is asked for.
    pub address: String,
    /// The answer's body at a moment, to which ages are counted.
    pub body: Body<V>,
}

/// The body of an answer, from a view and the moment of asking.
pub type Body<V> = Box<dyn Fn(&V, DateTime<Utc>) -> serde_json::Result<Vec<u8>>>;

impl Listed for Board {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    fn answers() -> Vec<Answer<Self>> {
        let filter = ListFilter { state: ListState::All, drills: true, ..ListFilter::default() };
        let list = move |board: &Self, at| board.list(&filter, at);
        vec![Answer::new("board", "/v1/incidents?state=all&drills=true", list)]
    }
}

impl Listed for StatusPages {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    fn answers() -> Vec<Answer<Self>> {
        let answer = |tier: &Tier| {
            let tier = *tier;
            let address = format!("/v1/status-pages/{tier}");
            Answer::new(format!("{tier} status page"), address, move |pages: &Self, at| pages.page(tier, at))
        };
        Tier::ALL.iter().map(answer).collect()
    }
}

impl Listed for Runs {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    fn answers() -> Vec<Answer<Self>> {
        vec![Answer::new("runs", "/v1/runs", |runs: &Self, _| runs.audit(&RunFilter::default()))]
    }
}

impl Listed for Actions {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    fn answers() -> Vec<Answer<Self>> {
        let due = |actions: &Self, at| actions.due(&ActionFilter::default(), at);
        vec![Answer::new("actions", "/v1/actions", due)]
    }
}

impl Listed for Holds {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    fn answers() -> Vec<Answer<Self>> {
        vec![Answer::new("holds", "/v1/holds", |holds: &Self, at| holds.check(None, false, at))]
    }
}

impl Listed for AccessView {
    const SCOPE: Scope = Scope::Audit;
    const SHOWS_INCIDENTS: bool = false;

    fn answers() -> Vec<Answer<Self>> {
        vec![Answer::new("acts", "/v1/acts", |view: &Self, _| view.acts())]
    }
}

impl Listed for Clocks {
    const SCOPE: Scope = Scope::Audit;
    const SHOWS_INCIDENTS: bool = false;

    /// What is told of clocks depends on the clock of whoever asks.
    fn answers() -> Vec<Answer<Self>> {
        Vec::new()
    }
}

impl Listed for KnownSightings {
    const SCOPE: Scope = Scope::Read;
    const SHOWS_INCIDENTS: bool = true;

    /// Only what other tools send is held against it.
    fn answers() -> Vec<Answer<Self>> {
        Vec::new()
    }
}

impl<V> Answer<V> {
    fn new<A: Serialize>(
        name: impl Into<String>,
        address: impl Into<String>,
        answer: impl Fn(&V, DateTime<Utc>) -> A + 'static,
    ) -> Self {
        let body: Body<V> = Box::new(move |view, at| serde_json::to_vec(&answer(view, at)));
        Self { name: name.into(), address: address.into(), body }
    }
}

/// Makes a view of a store, with a place for its snapshots if there is one.
type Open = fn(&Arc<dyn EventStore>, Option<&Arc<Disk>>) -> Arc<dyn Upkeep>;

/// A line of the list: a view, whichever it is.
#[derive(Clone, Copy)]
pub struct ViewEntry {
    /// The view's name.
    pub name: &'static str,
    /// The version of its fold.
    pub version: u32,
    open: Open,
    replay: fn(&[Recorded]) -> Vec<Answer<()>>,
}

impl ViewEntry {
    const fn of<V: Listed>() -> Self {
        Self { name: V::NAME, version: V::VERSION, open: open::<V>, replay: replay::<V> }
    }

    /// What the API must answer of it, from nothing but the events.
    pub fn replay(&self, events: &[Recorded]) -> Vec<Answer<()>> {
        (self.replay)(events)
    }

    pub(super) fn open(&self, store: &Arc<dyn EventStore>, disk: Option<&Arc<Disk>>) -> Arc<dyn Upkeep> {
        (self.open)(store, disk)
    }
}

/// The names of the views, as they stand in addresses.
pub const NAMES: &[&str] = &{
    let mut names = [""; VIEWS.len()];
    let mut at = 0;
    while at < VIEWS.len() {
        names[at] = VIEWS[at].name;
        at += 1;
    }
    names
};

/// Whether a view of this name stands in the list; asked when the program is compiled.
pub(super) const fn holds(name: &str) -> bool {
    let mut at = 0;
    while at < VIEWS.len() {
        if is_same(VIEWS[at].name.as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

fn open<V: Listed>(store: &Arc<dyn EventStore>, disk: Option<&Arc<Disk>>) -> Arc<dyn Upkeep> {
    Arc::new(Live::<V>::new(Arc::clone(store), disk.cloned()))
}

fn replay<V: Listed>(events: &[Recorded]) -> Vec<Answer<()>> {
    let view = Arc::new(fold::<V>(events));
    let of_view = |Answer { name, address, body }: Answer<V>| {
        let view = Arc::clone(&view);
        Answer { name, address, body: Box::new(move |(), at| body(&view, at)) }
    };
    V::answers().into_iter().map(of_view).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_view_has_a_name_of_its_own_that_can_stand_in_an_address() {
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), VIEWS.len());
        for name in NAMES {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        }
        assert!(holds("holds") && !holds("hold") && !holds("helds"));
    }
}

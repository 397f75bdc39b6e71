//! Clocks that jump, several machines, and what people say about it: also in error, also by a clock that is wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use scribe::app::App;
use scribe::app::gate::caller::{Caller, Edge};
use scribe::app::gate::clocks::{InQuestion, SettleClock};
use scribe::app::gate::questions::Look;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Positions, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, Body, EventStore, Kept};
use scribe_domain::ids::Position;
use scribe_domain::recorded::Recorded;
use scribe_domain::system::clocks::Settle;
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use scribe_projections::current::Board;
use scribe_projections::question::AsOf;
use scribe_tests::contract::place::{SetClock, moment};
use scribe_tests::contract::told::{all_kept, draft, everything, notes};
use serde_json::json;

/// About 2026, in seconds.
const NOW: i64 = 1_795_000_000;
const YEAR: i64 = 31_557_600;

/// Something that happens to a record.
#[derive(Debug, Clone)]
enum Step {
    /// A machine tells something, whose clock is off by so many seconds.
    Told { pause: i64, off: i64 },
    /// Somebody says whose clock was wrong, by a clock that may be off itself; and it was, or was not.
    Settled { pause: i64, off: i64, which: prop::sample::Index, rightly: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![1_i64..90, 1_i64..90, 1_i64..50_000];
    let off = || prop_oneof![5 => -50_i64..50, 1 => -10 * YEAR..10 * YEAR, 1 => -10_000_i64..10_000];
    prop_oneof![
        5 => (pause.clone(), off()).prop_map(|(pause, off)| Step::Told { pause, off }),
        1 => (pause, off(), any::<prop::sample::Index>(), prop::bool::weighted(0.7))
            .prop_map(|(pause, off, which, rightly)| Step::Settled { pause, off, which, rightly }),
    ]
}

/// A record in memory with a clock to set, and what really happened to it.
struct Trial {
    clock: SetClock,
    store: Arc<MemoryStore>,
    app: App,
    now: i64,
    notes: u64,
    /// When each event really was taken, and by how much the clock was off that stamped it.
    truth: Vec<(i64, i64)>,
    /// The positions of settlements that were mistaken, and count.
    mistaken: Vec<Position>,
}

impl Trial {
    fn new() -> Self {
        let clock = SetClock::at(NOW);
        let store = Arc::new(MemoryStore::new(clock.clock()));
        let as_store: Arc<dyn EventStore> = store.clone();
        let app = App::with_store(as_store, Config::default(), clock.clock());
        Self { clock, store, app, now: NOW, notes: 0, truth: Vec::new(), mistaken: Vec::new() }
    }

    fn goes_on(&mut self, pause: i64, off: i64) {
        self.now += pause;
        self.clock.set(self.now + off);
    }

    fn is_off(&self, position: Position) -> bool {
        let place = usize::try_from(position.0 - 1).unwrap();
        self.truth.get(place).is_some_and(|(_, off)| off.abs() >= 50)
    }

    async fn note(&mut self, off: i64) {
        let mut append = notes(1, self.notes, &["x"]);
        // Told live, by a clock of one's own.
        append.events[0].occurred = When::second(moment(self.now));
        self.store.append(append).await.unwrap();
        self.notes += 1;
        self.truth.push((self.now, off));
    }

    /// Says that the clock was wrong there; whether that could be said.
    async fn settle(&mut self, position: Position, instead_of: Option<Position>, off: i64) -> bool {
        let wrong = Positions { first: position, last: position };
        let settle = Settle { wrong, why: Text::new("it was").unwrap(), instead_of };
        let actor = Actor {
            who: "Eve Auditor".parse().unwrap(),
            via: Label::new("test").unwrap(),
            on_behalf_of: None,
        };
        let told = self.app.tell(&owner(), SettleClock { actor, settle, dry_run: false }).await.is_ok();
        if told {
            self.truth.push((self.now, off));
            self.mistaken.retain(|mistaken| Some(*mistaken) != instead_of);
            if !self.is_off(position) {
                self.mistaken.push(Position(self.truth.len() as u64));
            }
        }
        told
    }

    async fn disputed(&self) -> Vec<Position> {
        let spans = self.app.ask(&owner(), InQuestion).await.unwrap().disputed;
        spans.iter().flat_map(|span| (span.first.0..=span.last.0).map(Position)).collect()
    }

    /// A moment later never shows fewer, and no event without all those in front of it.
    async fn must_be_monotone(&self) -> Vec<Recorded> {
        let record = everything(&*self.store).await;
        assert!(record.is_sorted_by_key(|told| told.recorded_at), "{record:?}");
        record
    }
}

fn owner() -> Caller {
    Caller::owner(Edge::Program)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn as_of_is_monotone_and_a_settled_record_right(steps: Vec<Step>) {
    let mut trial = Trial::new();
    for step in steps {
        match step {
            Step::Told { pause, off } => {
                trial.goes_on(pause, off);
                trial.note(off).await;
            }
            Step::Settled { pause, off, which, rightly } => {
                trial.goes_on(pause, off);
                let disputed = trial.disputed().await;
                let fits = |position: &Position| trial.is_off(*position) == rightly;
                let candidates: Vec<Position> = disputed.into_iter().filter(fits).collect();
                if !candidates.is_empty() {
                    trial.settle(candidates[which.index(candidates.len())], None, off).await;
                }
            }
        }
        trial.must_be_monotone().await;
    }
    // Somebody with a right clock looks at it in the end, and says of each what was the case.
    trial.goes_on(100, 0);
    let off: Vec<Position> =
        (1..=trial.truth.len() as u64).map(Position).filter(|position| trial.is_off(*position)).collect();
    // What is said in error may hide what was the case, so it is gone through until nothing more can be said.
    loop {
        let mut said = false;
        for position in &off {
            let instead_of = trial.mistaken.first().copied();
            said |= trial.settle(*position, instead_of, 0).await || trial.settle(*position, None, 0).await;
            trial.goes_on(1, 0);
        }
        if !said {
            break;
        }
    }
    let record = trial.must_be_monotone().await;
    if !trial.mistaken.is_empty() {
        // What is said in error, and never taken back, counts.
        return;
    }
    assert_eq!(trial.disputed().await, [], "everything that contradicts is settled");
    let differ = TimeDelta::seconds(240);
    // A clock that was wrong, and that nothing contradicts, is nobody's to know; nor that what it bounds is not so.
    let is_settled = |told: &Recorded| told.standing.proven().is_some();
    let is_unnoticed = |told: &Recorded| !is_settled(told) && trial.is_off(told.position);
    for (place, (told, (was_told, off))) in record.iter().zip(&trial.truth).enumerate() {
        let at = moment(*was_told);
        let ahead = record[..place].iter().rev().find(|told| !is_settled(told));
        let behind = record[place..].iter().find(|told| !is_settled(told));
        match &told.standing {
            TimeStanding::Settled(proven) => {
                let from = proven.not_before.filter(|_| !ahead.is_some_and(is_unnoticed));
                assert!(from.is_none_or(|from| from <= at + differ), "{told:?} was told at {at}");
                let is_bounded = !behind.is_some_and(is_unnoticed);
                assert!(!is_bounded || at <= proven.not_after + differ, "{told:?} was told at {at}");
            }
            _ if off.abs() >= 50 => {}
            _ => assert!((told.recorded_at - at).abs() <= differ, "{told:?} was told at {at}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_of_stays_a_beginning_of_the_record(steps in proptest::collection::vec(step(), 1..30)) {
        block_on(as_of_is_monotone_and_a_settled_record_right(steps));
    }
}

/// What a program wrote that kept nothing of clocks behind the record's last time.
fn of_before(kept: &Kept) -> Kept {
    let header: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&kept.header).unwrap();
    let clock = header.get("clock").map(|clock| format!(",\"clock\":{clock}")).unwrap_or_default();
    Kept { header: kept.header.replace(&clock, "").into(), ..kept.clone() }
}

#[tokio::test]
async fn a_record_that_was_spoilt_before_is_found_and_settled_in_the_same_way() {
    let mut trial = Trial::new();
    trial.note(0).await;
    trial.goes_on(10, YEAR);
    trial.note(YEAR).await;
    for _ in 0..3 {
        trial.goes_on(10, 0);
        trial.note(0).await;
    }
    let old: Vec<Kept> = all_kept(&*trial.store).await.iter().map(of_before).collect();
    assert!(old.iter().all(|kept| !kept.header.contains("clock") && matches!(kept.body, Body::Told { .. })));
    let mut old_trial = Trial { truth: trial.truth.clone(), now: trial.now, ..Trial::new() };
    old_trial.store.adopt(old).await.unwrap();
    old_trial.goes_on(5, 0);

    let found = old_trial.app.ask(&owner(), InQuestion).await.unwrap();
    let all = Positions { first: Position(2), last: Position(5) };
    assert_eq!(
        (found.disputed, found.stood_still),
        (vec![all], vec![all]),
        "it lies in the future, and stands still"
    );
    assert!(old_trial.settle(Position(2), None, 0).await);
    let record = old_trial.must_be_monotone().await;
    let seconds: Vec<i64> =
        record.iter().map(|told| (told.recorded_at - moment(NOW)).num_seconds()).collect();
    assert_eq!(seconds, [0, 45, 45, 45, 45, 45], "of those that took the stamp over, no more is proven");
    // From then on, times are right again.
    old_trial.goes_on(10, 0);
    old_trial.store.append(notes(1, 5, &["y"])).await.unwrap();
    assert_eq!(everything(&*old_trial.store).await.last().unwrap().recorded_at, moment(NOW + 55));
    let found = old_trial.app.ask(&owner(), InQuestion).await.unwrap();
    assert_eq!((found.disputed, found.stood_still), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_live_view_counts_anew_when_it_is_settled_whose_clock_was_wrong() {
    let mut trial = Trial::new();
    let tell = async |trial: &Trial, revision: u64, kind: &str, fields: serde_json::Value| {
        let event = IncidentEvent::from_told(kind, fields).unwrap().unwrap();
        let append = Append { events: vec![draft(event)], ..notes(1, revision, &[]) };
        trial.store.append(append).await.unwrap();
    };
    let declared = json!({ "title": "Disks", "tier": "engineering", "severity": "sev3" });
    tell(&trial, 0, "declared", declared).await;
    trial.goes_on(10, YEAR);
    tell(&trial, 1, "noted", json!({ "text": "a year ahead" })).await;
    trial.goes_on(10, 0);
    tell(&trial, 2, "upgraded", json!({ "from": "engineering", "to": "internal" })).await;
    let seen = async |trial: &Trial, at: i64| {
        let as_of = AsOf { recorded_by: Some(moment(NOW + at)), ..AsOf::NOW };
        let view = trial.app.ask(&owner(), Look::<Board>::at(as_of)).await.unwrap();
        serde_json::to_value(&view.view).unwrap()
    };
    let before = seen(&trial, 15).await;
    assert_eq!(seen(&trial, 25).await, before, "one wrong clock has frozen it");
    trial.goes_on(10, 0);
    assert!(trial.settle(Position(2), None, 0).await);
    let after = seen(&trial, 25).await;
    assert!(after.to_string().contains("internal") && !before.to_string().contains("internal"), "{after}");
    assert!(!seen(&trial, 15).await.to_string().contains("internal"));
}

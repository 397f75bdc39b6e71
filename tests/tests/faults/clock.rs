//! A clock that jumps: recorded times never go back along positions, whatever the machine's clock says.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe::app::App;
use scribe::app::gate::caller::{Caller, Edge};
use scribe::app::gate::clocks::{InQuestion, SettleClock};
use scribe::config::Config;
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Positions, TimeStanding};
use scribe_domain::event_store::{AppendError, EventStore};
use scribe_domain::ids::Position;
use scribe_domain::recorded::Recorded;
use scribe_domain::system::clocks::Settle;
use scribe_domain::text::{Label, Text};
use scribe_tests::contract::Place as _;
use scribe_tests::contract::place::{Folder, SetClock};
use scribe_tests::contract::told::{everything, notes};
use scribe_tests::program::Program;

use super::served::Served;
use super::shim::Shim;
use scribe_tests::budget::Budget;

/// Some years about 2026, in seconds.
const FROM: u64 = 1_700_000_000;
const YEARS: u64 = 200_000_000;
const YEAR: u64 = 31_557_600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_times_never_go_back_though_two_clocks_jump() {
    let mut budget = Budget::of("clock jumps, two stores", 20);
    let folder = Folder::default();
    let clocks = [SetClock::at(0), SetClock::at(0)];
    let stores: Vec<Arc<dyn EventStore>> = clocks.iter().map(|clock| folder.open_at(clock.clock())).collect();
    for _ in 0..budget.rounds {
        let mut appends = Vec::new();
        for (clock, store) in clocks.iter().zip(&stores) {
            clock.set(i64::try_from(FROM + budget.random.below(YEARS)).unwrap());
            budget.inject("jump", 1);
            let store = Arc::clone(store);
            let incident = budget.random.place(3);
            appends.push(tokio::spawn(async move {
                let mut append = notes(incident, 0, &["x", "y"]);
                loop {
                    match store.append(append.clone()).await {
                        Ok(_) => return,
                        Err(AppendError::Conflict { actual, .. }) => append.expected = actual,
                        Err(other) => panic!("{other}"),
                    }
                }
            }));
        }
        for append in appends {
            append.await.unwrap();
            budget.found(1);
        }
    }
    let record = everything(&*stores[0]).await;
    assert_eq!(record.len() as u64, budget.rounds * 4);
    must_not_go_back(&record.iter().map(|recorded| recorded.recorded_at).collect::<Vec<_>>());
    budget.tell();
}

#[test]
fn a_servers_recorded_times_never_go_back() {
    let mut budget = Budget::of("clock jumps, served", 5);
    let program = Program::new();
    std::fs::create_dir(program.data()).unwrap();
    let Some(shim) = Shim::over(&program.data()) else { return };
    let mut served = Served::start(&program, |command| shim.load(command)).ready();
    let incident = served.declare();
    let mut said = Vec::new();
    for round in 0..budget.rounds {
        // Up to two years to either side.
        let jump = i64::try_from(budget.random.below(4 * 31_557_600)).unwrap() - 2 * 31_557_600;
        shim.move_clock(jump * 1_000_000_000 + 123_456_789);
        budget.inject("jump", 1);
        if round % 5 == 4 {
            drop(served);
            served = Served::start(&program, |command| shim.load(command)).ready();
            budget.inject("restart", 1);
        }
        said.push(format!("{round}"));
        let answer = served.note(&incident, &said[said.len() - 1]);
        assert_eq!(answer.status, 200, "{answer:?}");
        budget.found(1);
    }
    let events = served.get(&format!("/v1/incidents/{incident}/events?format=json")).json();
    let events = events.as_array().or_else(|| events["events"].as_array()).unwrap();
    let times: Vec<DateTime<Utc>> =
        events.iter().map(|event| event["recorded_at"].as_str().unwrap().parse().unwrap()).collect();
    assert!(times.len() > said.len());
    must_not_go_back(&times);
    let jumped = times.last().unwrap().signed_duration_since(times[0]).num_days();
    assert!(budget.rounds < 10 || jumped > 30, "the clock did not jump: {jumped} days");
    budget.tell();
}

/// A machine whose clock is right, and one whose clock jumps by up to ten years, by turns; then it is said whose was wrong,
/// as far as anything contradicts it. Every question about a moment is held against what really was there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settled_record_answers_as_if_the_clocks_had_been_right() {
    let mut budget = Budget::of("clock jumps, settled", 60);
    let folder = Folder::default();
    let clocks = [SetClock::at(0), SetClock::at(0)];
    let stores: Vec<Arc<dyn EventStore>> = clocks.iter().map(|clock| folder.open_at(clock.clock())).collect();
    let (mut now, mut off, mut truth) = (i64::try_from(FROM).unwrap(), 0_i64, Vec::new());
    for round in 0..budget.rounds {
        now += i64::try_from(budget.random.below(400)).unwrap();
        if budget.random.percent(30) {
            off = match budget.random.below(3) {
                0 => 0,
                1 => {
                    i64::try_from(budget.random.below(20 * YEAR)).unwrap() - i64::try_from(10 * YEAR).unwrap()
                }
                _ => i64::try_from(budget.random.below(8_000)).unwrap() - 4_000,
            };
            budget.inject("jump", 1);
        }
        let which = usize::from(budget.random.percent(40));
        clocks[0].set(now);
        clocks[1].set(now + off);
        stores[which].append(notes(0, round, &["x"])).await.unwrap();
        budget.found(1);
        truth.push((now, if which == 1 { off } else { 0 }));
    }

    now += 400;
    clocks[0].set(now);
    let app = App::with_store(Arc::clone(&stores[0]), Config::default(), clocks[0].clock());
    let auditor = Caller::owner(Edge::Program);
    let mut wrong = Vec::new();
    for ((_, off), position) in truth.iter().zip(1..) {
        if off.abs() > 120 {
            Positions::extend(&mut wrong, Position(position));
        }
    }
    let (mut settled, mut unnoticed) = (0, Vec::new());
    for positions in wrong {
        for position in positions.first.0..=positions.last.0 {
            let wrong = Positions { first: Position(position), last: Position(position) };
            let settle = Settle { wrong, why: Text::new("it jumped").unwrap(), instead_of: None };
            let told = app.tell(&auditor, SettleClock { actor: actor(), settle, dry_run: false }).await;
            match told {
                Ok(_) => settled += 1,
                // It was wrong, and nothing in the record tells.
                Err(_) => unnoticed.push(position),
            }
        }
    }
    budget.inject("settled", settled);
    budget.inject("unnoticed", unnoticed.len() as u64);
    let left = app.ask(&auditor, InQuestion).await.unwrap();
    assert_eq!(left.disputed, [], "everything that contradicts is settled");

    let tolerance = chrono::TimeDelta::minutes(2);
    let record = everything(&*stores[1]).await;
    let mut asked = 0;
    for (told, (was_told, _)) in record.iter().zip(&truth) {
        // Nobody can know of those, nor what they bound.
        let bounded_by =
            |told: Option<&Recorded>| told.is_some_and(|told| unnoticed.contains(&told.position.0));
        let place = usize::try_from(told.position.0).unwrap() - 1;
        let is_right = |told: &&Recorded| told.standing.proven().is_none();
        if unnoticed.contains(&told.position.0)
            || bounded_by(record[..place].iter().rev().find(is_right))
            || bounded_by(record[place..].iter().find(is_right))
        {
            continue;
        }
        let at = DateTime::from_timestamp(*was_told, 0).unwrap();
        let (from, by) = match &told.standing {
            TimeStanding::Settled(proven) => (proven.not_before, proven.not_after),
            _ => (Some(told.recorded_at), told.recorded_at),
        };
        assert!(from.is_none_or(|from| from <= at + tolerance), "{told:?} was told at {at}");
        assert!(at <= by + tolerance, "{told:?} was told at {at}");
        asked += 1;
    }
    must_not_go_back(&record.iter().map(|told| told.recorded_at).collect::<Vec<_>>());
    budget.inject("questions", asked);
    budget.tell();
}

fn actor() -> Actor {
    Actor { who: "Eve Auditor".parse().unwrap(), via: Label::new("test").unwrap(), on_behalf_of: None }
}

/// What was tried before there was anything about clocks: one note from a machine that is 400 days ahead.
#[test]
fn one_wrong_clock_spoils_nothing_for_the_others() {
    let program = Program::new();
    std::fs::create_dir(program.data()).unwrap();
    let Some(shim) = Shim::over(&program.data()) else { return };
    let served = Served::start(&program, |command| shim.load(command)).ready();
    let incident = served.declare();
    shim.move_clock(400 * 86_400 * 1_000_000_000);
    assert_eq!(served.note(&incident, "from the wrong machine").status, 200);
    shim.move_clock(0);
    assert_eq!(served.note(&incident, "right again").status, 200);
    let before = Utc::now();

    let show = |query: &str| served.get(&format!("/v1/incidents/{incident}{query}")).json();
    assert_eq!(show("")["disputed"], serde_json::json!([{ "first": 2, "last": 3 }]), "said in the view");
    let list = served.get("/v1/incidents").json();
    assert_eq!(list["disputed"], show("")["disputed"], "said in the list");
    let text = served.get(&format!("/v1/incidents/{incident}/timeline?format=text")).body;
    assert!(text.contains("Clocks disagree about when this was recorded"));
    let verdict = served.get("/v1/ledger/verify").json();
    assert!(verdict["remarks"][0].as_str().unwrap().contains("disputed at position 2..3"), "{verdict}");

    let settle = serde_json::json!({
        "actor": { "who": "Eve Auditor", "via": "test" },
        "wrong": { "first": 2, "last": 2 }, "why": "the laptop was 400 days ahead",
    });
    let answer = served.post("/v1/clock/settlements", &settle);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(served.note(&incident, "after it").status, 200);
    let events = served.get(&format!("/v1/incidents/{incident}/events?format=json")).json();
    let events = events["events"].as_array().or_else(|| events.as_array()).unwrap().clone();
    let at = |place: usize| events[place]["recorded_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!((1..events.len()).all(|place| at(place) < before + chrono::TimeDelta::minutes(1)), "{events:?}");
    assert_eq!(events[1]["proven"]["not_before"], events[0]["recorded_at"]);
    let then = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_eq!(show(&format!("?as_of={then}"))["revision"], 3, "all three had been recorded by then");
}

fn must_not_go_back(times: &[DateTime<Utc>]) {
    assert!(times.is_sorted(), "{times:?}");
}

//! A clock that jumps: recorded times never go back along positions, whatever the machine's clock says.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe_domain::event_store::{AppendError, EventStore};
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

fn must_not_go_back(times: &[DateTime<Utc>]) {
    assert!(times.is_sorted(), "{times:?}");
}

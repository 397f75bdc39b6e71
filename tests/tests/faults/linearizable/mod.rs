//! Concurrency as a model: many clients send random commands at once, and everything that they were
//! answered must be explained by one order of appends, each at one moment between its call and its answer.
//!
//! `SCRIBE_FAULT_ROUNDS` and `SCRIBE_FAULT_SEED` are those of the faults.

/// What was asked and answered, when.
mod history;
/// Whether one order explains it.
mod checker;
/// That the checker finds what is wrong.
mod broken;

use std::sync::Arc;

use scribe_domain::event_store::EventStore;
use scribe_tests::budget::Budget;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::place::{Folder, Memory};

use self::history::live;

/// How many ask at once.
const CLIENTS: usize = 8;
/// How much each asks.
const CALLS: usize = 40;

async fn must_be_linearizable(
    kind: &'static str,
    mut stores: impl FnMut() -> (Option<Folder>, Vec<Arc<dyn EventStore>>),
) {
    let mut budget = Budget::of(kind, 2);
    for round in 0..budget.rounds {
        let seed = budget.random.any();
        // The folder goes after the stores.
        let (_folder, stores) = stores();
        let history = live(&stores, CLIENTS, CALLS, seed).await;
        budget.inject("calls", history.calls.len() as u64);
        budget.inject("conflicts", history.conflicts() as u64);
        budget.inject("repeats", history.repeats() as u64);
        budget.found(history.acknowledged());
        if let Err(what) = checker::check(&history) {
            panic!("history {round}, {seed}: {what}");
        }
    }
    budget.tell();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_is_linearizable() {
    must_be_linearizable("histories, memory", || (None, vec![Memory.open()])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_is_linearizable() {
    let place = || {
        let folder = Folder::default();
        let store = folder.open();
        (Some(folder), vec![store])
    };
    must_be_linearizable("histories, sqlite", place).await;
}

/// Each with connections and a writer of its own, as two processes have.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_on_one_folder_are_linearizable() {
    let places = || {
        let folder = Folder::default();
        let stores = vec![folder.open(), folder.open()];
        (Some(folder), stores)
    };
    must_be_linearizable("histories, sqlite twice on one folder", places).await;
}

//! Thousands of reconnections leave nothing behind: no thread, no open file, no memory to speak of.

use std::fs;
use std::time::Duration;

use scribe_protocol_server::Ending;
use scribe_tests::budget::Budget;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::told::keep;
use tokio::time::sleep;

use super::node::{server, until};

/// Threads and open files of this process.
fn held() -> (usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).map_or(0, Iterator::count);
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnections_leave_nothing_behind() {
    let mut budget = Budget::of("cluster: reconnections", 15);
    let place = server(1);
    let cluster = place.server().unwrap();
    let node = place.open();
    let mut revision = 0;
    // The first ones fill whatever is kept for good.
    let mut before = (usize::MAX, usize::MAX);
    for round in 0..budget.rounds + 10 {
        if round == 10 {
            before = held();
        }
        let ending = budget.random.place(3);
        match ending {
            0 => cluster.reset_connections(0),
            1 => cluster.end_subscriptions(0, Ending::Ok),
            _ => cluster.end_subscriptions(0, Ending::Reset),
        }
        budget.inject(["connections reset", "subscriptions ended", "subscriptions reset"][ending], 1);
        sleep(Duration::from_millis(budget.random.below(20))).await;
        until("an append is taken", || async {
            let appended = node.append(scribe_tests::contract::told::notes(1, revision, &["x"])).await;
            appended.is_ok()
        })
        .await;
        revision = node
            .history(&scribe_tests::contract::told::incident(1), scribe_domain::ids::Revision::NEW)
            .await
            .unwrap()
            .len() as u64;
        budget.found(1);
    }
    until("what is left is what was there", || async {
        let (threads, files) = held();
        threads <= before.0 + 4 && files <= before.1 + 8
    })
    .await;
    until("the server sees one subscription", || async { cluster.figures(0).open_subscriptions() == 1 })
        .await;
    keep(&*node, 2, 0, &["still here"]).await;
    budget.tell();
}

//! Large appends, however the server cuts them up on their way: whole on every node, and none of them lost.

use std::time::Duration;

use scribe_domain::event_store::Append;
use scribe_protocol_server::{Call, Ending, Fault, Like, Seam, Settings};
use scribe_tests::budget::Budget;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{keep, notes};

use super::node::{must_agree, on, tell};

fn place(like: Like) -> OnCluster {
    // The limit is not what is looked at here.
    on(Settings { largest_append: 64 << 20, ..Settings::like(like) })
}

fn large(number: usize, expected: u64, count: usize) -> Append {
    notes(number, expected, &vec!["a line of a long history"; count])
}

/// A live subscription gets checkpoints between two events of one append, and is ended or falls back when it cannot
/// keep up.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_live_reader_has_all_of_a_large_append() {
    for like in Like::ALL {
        let place = place(like);
        let (writer, reader) = (place.open(), place.open());
        let mut receipts = vec![keep(&*writer, 0, 0, &["first"]).await];
        receipts.push(keep(&*reader, 0, 1, &["second"]).await);
        for (number, count) in [(1, 1_200), (2, 9_000), (3, 40), (4, 9_999)] {
            receipts.push(tell(&*writer, large(number, 0, count)).await);
            // Whoever was told of it sees it everywhere.
            let told = receipts.last().unwrap().position;
            assert_eq!(reader.head().await, Ok(told), "{like}");
        }
        must_agree(&place, &[writer, reader], &receipts).await;
    }
}

/// The same with a subscription that is cut inside of it, behind a checkpoint inside of it, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cut_inside_a_large_append_loses_nothing() {
    let mut budget = Budget::of("cluster: cuts inside large appends", 1);
    for _ in 0..budget.rounds {
        for like in Like::ALL {
            let place = place(like);
            let cluster = place.server().unwrap();
            let (writer, reader) = (place.open(), place.open());
            let mut receipts = vec![keep(&*writer, 0, 0, &["first"]).await];
            receipts.push(keep(&*reader, 0, 1, &["second"]).await);
            let ending = [Ending::Ok, Ending::Reset][budget.random.place(2)].clone();
            let seam = Seam::InsideAppend(400 + u64::try_from(budget.random.place(2_500)).unwrap());
            cluster.misbehave(0, Call::Subscribe, Fault::Cut(seam, ending.clone()), 4);
            cluster.end_subscriptions(0, ending);
            receipts.push(tell(&*writer, large(1, 0, 3_000)).await);
            receipts.push(tell(&*reader, large(2, 0, 2_000)).await);
            receipts.push(tell(&*writer, notes(1, 3_000, &["behind it"])).await);
            budget.inject("cuts", u64::from(4 - cluster.faults_left(0)) + 2);
            cluster.behave(0);
            must_agree(&place, &[writer, reader], &receipts).await;
            budget.found(receipts.len());
        }
    }
    budget.tell();
}

/// Imports as large as they may be, one after the other beside a second node, on a server that takes its time to
/// index them: each is acknowledged, and at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_import_that_the_limits_allow_is_acknowledged() {
    let rounds = std::env::var("SCRIBE_IMPORTS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    for like in Like::ALL {
        let place = place(like);
        place.server().unwrap().slow_index(Duration::from_millis(300));
        let (writer, reader) = (place.open(), place.open());
        let mut receipts = Vec::new();
        for number in 0..rounds {
            let receipt = writer.append(large(number, 0, 9_999)).await;
            receipts.push(receipt.unwrap_or_else(|error| panic!("{like}, import {number}: {error}")));
            receipts.push(keep(&*reader, number, 9_999, &["on"]).await);
        }
        must_agree(&place, &[writer, reader], &receipts).await;
    }
}

//! Every wrong answer there is: to appends, to reads, to gossip, to the first call of a connection.

use std::time::Duration;

use scribe_domain::event_store::{AppendError, StoreError};
use scribe_domain::ids::Position;
use scribe_protocol_server::{Call, Fault, Like, Refusal, Settings};
use scribe_tests::budget::Budget;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::told::{keep, notes};

use super::node::{must_agree, on, server, tell_some};

fn faults(dead: u16) -> Vec<Fault> {
    vec![
        Fault::Refuse(Refusal::Unavailable),
        Fault::Refuse(Refusal::DeadlineExceeded),
        Fault::Refuse(Refusal::NotLeader("127.0.0.1".into(), dead)),
        Fault::Refuse(Refusal::TimedOut),
        Fault::Refuse(Refusal::Unforeseen),
        Fault::Delay(Duration::from_millis(300)),
        Fault::Hang,
        Fault::Reset,
        Fault::ResetAfterWrite,
        Fault::LoseAnswer,
        Fault::RefuseAfterWrite(Refusal::TimedOut),
        Fault::RefuseAfterWrite(Refusal::Unavailable),
        Fault::Duplicate,
        Fault::EmptySuccess,
        Fault::NoResult,
        Fault::NoStreamIdentifier,
        Fault::ForeignCorrelation,
    ]
}

/// Whatever an append is answered, telling it again until it is acknowledged has it there once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wrong_answer_loses_or_doubles_an_append() {
    let mut budget = Budget::of("cluster: wrong answers", 1);
    // A port that nobody listens on.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for _ in 0..budget.rounds {
        for fault in faults(dead) {
            let place = server(1);
            let cluster = place.server().unwrap();
            let nodes = [place.open(), place.open()];
            let mut receipts = tell_some(&*nodes[0], &mut budget.random, 2).await;
            let call = budget.random.one_of(&[Call::Append, Call::Append, Call::Read, Call::Features]);
            let times = budget.random.one_of(&[1, 2, 3]);
            cluster.misbehave(0, call, fault.clone(), times);
            let (mut one, mut two) = (budget.random.any(), budget.random.any());
            let told = async |node: &_, seed: &mut u64| {
                tell_some(node, &mut scribe_tests::budget::Random(*seed), 3).await
            };
            let (first, second) = tokio::join!(told(&*nodes[0], &mut one), told(&*nodes[1], &mut two));
            receipts.extend(first);
            receipts.extend(second);
            budget.inject(format!("{call:?}"), u64::from(times - cluster.faults_left(0)));
            cluster.behave(0);
            must_agree(&place, &nodes, &receipts).await;
            budget.found(receipts.len());
        }
    }
    budget.tell();
}

/// Told so, rather than to come again; and the store goes on.
#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_cluster_takes_at_once_is_refused_for_good() {
    for like in Like::ALL {
        let place = on(Settings { largest_append: 1 << 20, ..Settings::like(like) });
        let node = place.open();
        let text = "x".repeat(9_000);
        let refused = node.append(notes(1, 0, &vec![text.as_str(); 200])).await;
        let Err(AppendError::Store(StoreError::Unacceptable(why))) = refused else { panic!("{like}") };
        assert!(why.contains("MaxAppendSize") && why.contains("operator"), "{like}: {why}");
        assert_eq!(node.head().await, Ok(Position(0)));
        keep(&*node, 1, 0, &["less"]).await;
    }
}

//! A subscription cut at every seam: nothing is missed, and nothing comes twice.

use scribe_protocol_server::{Call, Ending, Fault, Proposed, Refusal, Seam};
use scribe_tests::budget::Budget;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::told::everything;

use super::node::{must_agree, server, tell_some, until};

const SEAMS: [Seam; 10] = [
    Seam::Confirmed,
    Seam::Event(1),
    Seam::Event(7),
    Seam::InsideAppend(1),
    Seam::InsideAppend(9),
    Seam::BeforeCheckpoint,
    Seam::AfterCheckpoint,
    Seam::BeforeCaughtUp,
    Seam::AfterCaughtUp,
    Seam::LiveEvent(3),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_subscription_may_be_cut_anywhere() {
    let mut budget = Budget::of("cluster: cut subscriptions", 1);
    let endings = [Ending::Ok, Ending::Reset, Ending::Refused(Refusal::Unavailable)];
    for _ in 0..budget.rounds {
        for seam in SEAMS {
            let ending = &endings[budget.random.place(endings.len())];
            let place = server(1);
            let cluster = place.server().unwrap();
            let writer = place.open();
            let mut receipts = tell_some(&*writer, &mut budget.random, 12).await;
            // So many events of others that the server tells where it is.
            for _ in 0..600 {
                cluster.write("orders-17", vec![Proposed::json("ordered", "{}")]);
            }
            let times = budget.random.one_of(&[1, 2, 3]);
            cluster.misbehave(0, Call::Subscribe, Fault::Cut(seam, ending.clone()), times);
            let reader = place.open();
            // While it is not in reach, it shows what it has, marked.
            let told = receipts.last().unwrap().position;
            let what = format!("catching up over {seam:?}, {ending:?}");
            until(&what, || async { reader.head().await == Ok(told) }).await;
            assert_eq!(everything(&*reader).await.len() as u64, told.0, "{what}");
            receipts.extend(tell_some(&*reader, &mut budget.random, 6).await);
            receipts.extend(tell_some(&*writer, &mut budget.random, 6).await);
            budget.inject("cuts", u64::from(times - cluster.faults_left(0)));
            cluster.behave(0);
            must_agree(&place, &[writer, reader], &receipts).await;
            budget.found(receipts.len());
        }
    }
    budget.tell();
}

//! The one ending of a subscription that no server should make. In a process of its own, because what the crate does
//! with it takes a whole core until the process ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::{Arc, mpsc};
use std::time::Duration;

use eventstore::{Client, SubscribeToAllOptions};
use scribe_protocol_server::{Call, Cluster, Ending, Fault, Seam};

/// The crate spins and never yields, so no timeout around it fires.
#[test]
fn a_subscription_that_ends_with_ok_makes_the_crate_spin() {
    let cluster = Arc::new(Cluster::start(1).unwrap());
    cluster.misbehave(0, Call::Subscribe, Fault::Cut(Seam::Confirmed, Ending::Ok), 1);
    let (sender, receiver) = mpsc::channel();
    let held = Arc::clone(&cluster);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = Client::new(held.connection_string().parse().unwrap()).unwrap();
            let mut subscription = client.subscribe_to_all(&SubscribeToAllOptions::default()).await;
            subscription.next_subscription_event().await.unwrap();
            sender.send("confirmed").unwrap();
            let next = subscription.next_subscription_event();
            let _ = tokio::time::timeout(Duration::from_millis(50), next).await;
            sender.send("came back").unwrap();
        });
    });
    assert_eq!(receiver.recv().unwrap(), "confirmed");
    let back = receiver.recv_timeout(Duration::from_millis(500));
    assert!(back.is_err(), "it came back: the workaround for it may go");
}

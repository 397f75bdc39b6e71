//! Leaders that die in the middle of appends, with two nodes of ours telling the same incidents things.

use std::sync::Arc;
use std::time::Duration;

use scribe_protocol_server::{Cluster, Lag};
use scribe_tests::budget::{Budget, Random};
use scribe_tests::contract::Place as _;
use tokio::time::sleep;

use super::node::{must_agree, server, tell_some};

/// Makes one of those that live the leader, if anybody can be; the real cluster elects by itself.
fn elect_somebody(cluster: &Cluster, random: &mut Random) {
    let first = random.place(cluster.nodes());
    let mut candidates = (0..cluster.nodes()).map(|at| (first + at) % cluster.nodes());
    let _ = candidates.find(|node| cluster.elect(*node).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_leader_lost_in_the_middle_loses_nothing() {
    let mut budget = Budget::of("cluster: lost leaders", 1);
    for _ in 0..budget.rounds {
        let place = Arc::new(server(3));
        let nodes = [place.open(), place.open()];
        let mut receipts = tell_some(&*nodes[0], &mut budget.random, 2).await;
        let writers: Vec<_> = (0..4)
            .map(|number: usize| {
                let node = Arc::clone(&nodes[number % 2]);
                let mut random = Random(budget.random.any());
                tokio::spawn(async move { tell_some(&*node, &mut random, 15).await })
            })
            .collect();
        let cluster = place.server().unwrap();
        for _ in 0..3 {
            sleep(Duration::from_millis(20 + budget.random.below(150))).await;
            let lagging = budget.random.place(3);
            let lag = budget.random.one_of(&[Lag::None, Lag::By(Duration::from_millis(30))]);
            cluster.lag(lagging, lag);
            let Some(leader) = cluster.leader() else { continue };
            cluster.kill(leader);
            budget.inject("leaders killed", 1);
            sleep(Duration::from_millis(budget.random.below(300))).await;
            elect_somebody(cluster, &mut budget.random);
            sleep(Duration::from_millis(budget.random.below(200))).await;
            cluster.restart(leader).unwrap();
            if cluster.leader().is_none() {
                elect_somebody(cluster, &mut budget.random);
            }
        }
        for writer in writers {
            receipts.extend(writer.await.unwrap());
        }
        must_agree(&place, &nodes, &receipts).await;
        budget.found(receipts.len());
    }
    budget.tell();
}

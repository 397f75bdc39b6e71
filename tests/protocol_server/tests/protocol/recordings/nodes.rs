//! Three nodes: what a follower answers, and what is left when two are killed.

use std::time::{Duration, Instant};

use scribe_protocol_server::{Cluster, Like, Proposed, Settings};
use serde_json::json;

use super::asking::{all_backwards, stream};
use super::channel::Plain;
use super::recording;

fn three(like: Like) -> Cluster {
    let cluster = Cluster::with(3, Settings::like(like)).unwrap();
    cluster.write("$server", vec![Proposed::json("$started", "{}")]);
    cluster
}

#[tokio::test(flavor = "multi_thread")]
async fn not_leader() {
    for like in Like::ALL {
        let Some(recording) = recording(like, "not-leader") else { continue };
        let cluster = three(like);
        let follower = Plain::to(cluster.port(2)).await;
        let leader = follower.of_leader();
        let (gossip, port) = follower.gossip().await;
        let mut lines = vec![json!({ "gossip": gossip, "leader": format!("127.0.0.1:{}", port.unwrap()) })];
        for (_, asked) in recording.asked() {
            let mut told = match asked.as_str() {
                "Append any (no requires-leader)" => follower.try_append("any").await,
                "Append any, requires-leader" => leader.try_append("any").await,
                "BatchAppend any (no requires-leader)" => follower.try_batch("any").await,
                "BatchAppend any, requires-leader" => leader.try_batch("any").await,
                "read, requires-leader" => leader.read(stream("any", false, 1)).await,
                "read" => follower.read(stream("any", false, 1)).await,
                "filtered $all subscription, requires-leader" => leader.subscribe("only").await,
                "filtered $all subscription" => {
                    // One event passes, as there was one then.
                    follower.try_append("only").await;
                    follower.subscribe("only").await
                }
                other => panic!("nobody knows how to ask: {other}"),
            };
            (told["node"], told["asked"]) = (json!("follower"), json!(asked));
            lines.push(told);
        }
        recording.holds(&lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_quorum() {
    tokio::join!(without_followers(Like::EventStore23), without_followers(Like::Kurrent26));
}

async fn without_followers(like: Like) {
    let Some(recording) = recording(like, "no-quorum") else { return };
    let cluster = three(like);
    let any = Plain::to(cluster.port(0)).await;
    any.try_append("any").await;
    let leader = any.of_leader();
    cluster.kill(1);
    cluster.kill(2);
    let began = Instant::now();
    let at_once = async |batch: bool| {
        let told = if batch { leader.try_batch("at-once").await } else { leader.try_append("at-once").await };
        let took = began.elapsed().as_millis();
        assert!((2_000..3_100).contains(&took), "{like}: it took {took} ms");
        told
    };
    let asked = async {
        let mut lines = Vec::new();
        for (at, asked) in recording.asked() {
            // The state changes within a second in which it was not looked at, which leaves time for a busy machine.
            tokio::time::sleep_until((began + Duration::from_millis(at)).into()).await;
            let mut told = match asked.as_str() {
                "both followers are killed now" => json!({}),
                "gossip, read of $all with requires-leader" => {
                    let read = leader.read(all_backwards(1)).await;
                    json!({ "gossip": any.gossip().await.0, "read": read })
                }
                "Append sent at once to the leader" | "BatchAppend sent at once to the leader" => continue,
                "Append now" => leader.try_append("any").await,
                "BatchAppend now" => leader.try_batch("any").await,
                "filtered $all subscription, requires-leader, now" => leader.subscribe("any").await,
                "filtered $all subscription now" => any.subscribe("any").await,
                other => panic!("nobody knows how to ask: {other}"),
            };
            told["asked"] = json!(asked);
            lines.push(told);
        }
        lines
    };
    let (mut lines, mut append, mut batch) = tokio::join!(asked, at_once(false), at_once(true));
    append["asked"] = json!("Append sent at once to the leader");
    batch["asked"] = json!("BatchAppend sent at once to the leader");
    lines.extend([append, batch]);
    recording.holds(&lines);
}

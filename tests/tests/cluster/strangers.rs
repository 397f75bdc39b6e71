//! What others wrote into the record's streams: passed over on every node alike, and in nobody's way.

use std::time::Duration;

use scribe_domain::ids::{Position, Revision};
use scribe_protocol_server::{Proposed, Record};
use scribe_tests::budget::Random;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::told::{incident, keep, keep_some, new_command, notes};

use super::node::{must_agree, server, tell_some};

/// An event as it stands in the cluster already, for another place.
fn again(record: &Record) -> Proposed {
    record.event.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_others_are_passed_over() {
    let place = server(1);
    let cluster = place.server().unwrap();
    cluster.write("$stats-127.0.0.1:2113", vec![Proposed::json("$statsCollected", "{}")]);
    cluster.write("orders-17", vec![Proposed::json("ordered", r#"{"pens":2}"#)]);
    let node = place.open();
    keep_some(&*node).await;
    let stream = format!("incident-{}", incident(0));
    let records = cluster.records();
    let first = records.iter().find(|record| record.stream == stream).unwrap();
    let others = records.iter().find(|record| record.stream == format!("incident-{}", incident(1))).unwrap();
    for stranger in [
        Proposed::json("noted", r#"{"text":"by hand"}"#),
        Proposed::json("experiment", "not even JSON"),
        again(first),
        again(others),
        Proposed { data: br#"{"text":"another text"}"#.to_vec(), ..again(first) },
    ] {
        cluster.write(&stream, vec![stranger]);
    }
    cluster.write("incident-not an id", vec![Proposed::json("x", "{}")]);
    cluster.write("scribe-checkpoints", vec![Proposed::json("x", "{}")]);
    let size = node.head().await.unwrap();
    assert_eq!(size, Position(19), "nothing of that counts");
    // The stream is longer than the incident by five, and the incident goes on, also on a node that comes anew.
    assert_eq!(keep(&*node, 0, 7, &["on"]).await.revision, Revision(8));
    let other = place.open();
    assert_eq!(keep(&*other, 0, 8, &["and on"]).await.revision, Revision(9));
    assert_eq!(keep(&*node, 0, 9, &["and on"]).await.revision, Revision(10));
    must_agree(&place, &[node, other], &[]).await;
}

/// Half an append, as no client of ours could write it.
#[tokio::test(flavor = "multi_thread")]
async fn half_an_append_never_counts() {
    let (elsewhere, place) = (server(1), server(1));
    let receipt = keep(&*elsewhere.open(), 5, 0, &["a", "b", "c"]).await;
    let whole = elsewhere.server().unwrap().records();
    let events: Vec<Proposed> =
        whole.iter().filter(|record| record.stream.starts_with("incident")).map(|r| again(r)).collect();
    assert_eq!(events.len(), receipt.events.len());
    let cluster = place.server().unwrap();
    let stream = format!("incident-{}", incident(5));
    cluster.write(&stream, events[..2].to_vec());
    let node = place.open();
    assert_eq!(node.head().await.unwrap(), Position(0));
    keep(&*node, 6, 0, &["another incident"]).await;
    // Its other half comes too late.
    cluster.write(&stream, events[2..].to_vec());
    assert_eq!(node.head().await.unwrap(), Position(1));
    assert_eq!(keep(&*node, 5, 0, &["anew"]).await.revision, Revision(1));
    must_agree(&place, &[node], &[]).await;
}

/// Two nodes take one request for two incidents in the same moment, as no well-behaved client asks for: one of them
/// counts, both answer with its receipt, and the record goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_for_two_incidents_counts_once() {
    let place = server(1);
    let nodes = [place.open(), place.open()];
    let mut random = Random(7);
    let mut receipts = tell_some(&*nodes[0], &mut random, 3).await;
    for round in 0..20 {
        let command_id = new_command();
        let told = |number: usize| {
            let mut append = notes(number, 0, &["x", "y"]);
            append.command_id = command_id;
            append
        };
        let (one, two) =
            tokio::join!(nodes[0].append(told(100 + 2 * round)), nodes[1].append(told(101 + 2 * round)));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one, two, "round {round}");
        receipts.push(one);
    }
    receipts.extend(tell_some(&*nodes[1], &mut random, 3).await);
    must_agree(&place, &nodes, &receipts).await;
}

/// Anybody's experiment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_checkpoint_of_an_absurd_size_stops_nobody() {
    let place = server(1);
    let node = place.open();
    keep_some(&*node).await;
    let data = r#"{"size":18446744073709551615,"note":"x"}"#;
    place.server().unwrap().write("scribe-checkpoints", vec![Proposed::json("checkpoint-signed", data)]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let append = node.append(notes(0, 7, &["on"]));
    let kept = tokio::time::timeout(Duration::from_secs(20), append).await;
    assert!(matches!(kept, Ok(Ok(_))), "{kept:?}, and stale: {:?}", node.stale().await);
}

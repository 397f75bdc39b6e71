//! Three nodes: who leads, what followers show, what is lost with a leader and what is not.

use std::time::Duration;

use eventstore::{BatchAppendOptions, Client, Error, ExpectedRevision, ReadStreamOptions, StreamPosition};
use eventstore::{SubscribeToAllOptions, SubscriptionEvent};
use scribe_protocol_server::{Call, Cluster, Lag, NotElectable};

use super::{append, client_with, collect, events, revisions};

/// A client of one node of a cluster. Unless told otherwise the crate demands the leader for everything.
fn client_of(cluster: &Cluster, node: usize) -> Client {
    let address = format!(
        "esdb://127.0.0.1:{}?tls=false&discoveryInterval=20&nodePreference=random",
        cluster.port(node)
    );
    Client::new(address.parse().unwrap()).unwrap()
}

/// Everything that a node shows of a stream.
async fn shown(cluster: &Cluster, node: usize, stream: &str) -> Vec<u64> {
    let client = client_of(cluster, node);
    let mut read = client.read_stream(stream, &ReadStreamOptions::default()).await.unwrap();
    let mut seen = Vec::new();
    loop {
        match read.next().await {
            Ok(Some(event)) => seen.push(event.get_original_event().revision),
            Ok(None) | Err(Error::ResourceNotFound) => return seen,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Tries until something answers: a client finds its way some time after the cluster has.
async fn in_the_end<T>(mut attempt: impl AsyncFnMut() -> Result<T, Error>) -> T {
    for _ in 0..200 {
        match attempt().await {
            Ok(done) => return done,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("nothing answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sends_writers_to_the_leader() {
    let cluster = Cluster::start(3).unwrap();
    let client = client_of(&cluster, 1);
    let options = eventstore::AppendToStreamOptions::default().requires_leader(true);
    let refused = client.append_to_stream("one", &options, events(1)).await;
    match refused {
        Err(Error::NotLeaderException(leader)) => {
            assert_eq!((leader.host.as_str(), leader.port), ("127.0.0.1", u32::from(cluster.port(0))));
        }
        other => panic!("{other:?}"),
    }
    assert!(cluster.records().is_empty());
    // The crate goes where it was sent.
    client.append_to_stream("one", &options, events(1)).await.unwrap();
    assert_eq!(cluster.figures(0).calls(Call::Append), 1);
    // A follower passes on what does not ask for the leader.
    let other = client_of(&cluster, 2);
    append(&other, "one", ExpectedRevision::Exact(0), events(1)).await.unwrap();
    assert_eq!(cluster.records().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_at_a_follower_ends_with_where_the_leader_is() {
    let cluster = Cluster::start(3).unwrap();
    let client = client_of(&cluster, 1);
    let options = BatchAppendOptions::default().requires_leader(true);
    let batch = client.batch_append(&options).await.unwrap();
    let refused = batch.append_to_stream("one", ExpectedRevision::Any, events(1)).await;
    assert!(matches!(&refused, Err(Error::NotLeaderException(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gossip_names_the_leader() {
    let cluster = Cluster::start(3).unwrap();
    for leader in [0, 2, 1] {
        cluster.elect(leader).unwrap();
        let client = client_with(&cluster, "&nodePreference=leader");
        append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap();
        assert_eq!(cluster.leader(), Some(leader));
        assert_eq!(cluster.figures(leader).calls(Call::Append), 1, "the client went to the leader at once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_leader_takes_nothing_acknowledged_with_it() {
    let cluster = Cluster::start(3).unwrap();
    let client = client_with(&cluster, "&nodePreference=leader");
    append(&client, "one", ExpectedRevision::NoStream, events(2)).await.unwrap();
    // Of two followers one does not hear any more; a majority still does.
    cluster.lag(2, Lag::Held);
    append(&client, "one", ExpectedRevision::Exact(1), events(2)).await.unwrap();
    assert_eq!(shown(&cluster, 2, "one").await, [0, 1]);
    cluster.kill(0);
    assert_eq!(cluster.elect(0), Err(NotElectable::Dead));
    assert_eq!(cluster.elect(2), Err(NotElectable::Behind), "the other one would not vote for it");
    cluster.elect(1).unwrap();
    assert_eq!(shown(&cluster, 1, "one").await, [0, 1, 2, 3]);
    cluster.lag(2, Lag::None);
    let late = events(1);
    in_the_end(async || {
        let client = client_with(&cluster, "&nodePreference=leader");
        append(&client, "one", ExpectedRevision::Exact(3), late.clone()).await
    })
    .await;
    cluster.restart(0).unwrap();
    for node in 0..3 {
        assert_eq!(shown(&cluster, node, "one").await, [0, 1, 2, 3, 4], "node {node}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_leader_had_is_lost_with_it() {
    let cluster = Cluster::start(3).unwrap();
    let client = client_with(&cluster, "&nodePreference=leader");
    append(&client, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    cluster.lag(1, Lag::Held);
    cluster.lag(2, Lag::Held);
    let unknown = events(1);
    let refused = append(&client, "one", ExpectedRevision::Exact(0), unknown.clone()).await;
    assert!(
        matches!(&refused, Err(Error::Grpc { message, .. }) if message.contains("timed out")),
        "{refused:?}"
    );
    assert_eq!(shown(&cluster, 0, "one").await, [0], "not even the leader shows what no majority has");
    cluster.kill(0);
    cluster.elect(1).unwrap();
    cluster.lag(2, Lag::None);
    cluster.restart(0).unwrap();
    assert_eq!(shown(&cluster, 0, "one").await, [0]);
    // So the same append can be made, once.
    for _ in 0..2 {
        in_the_end(async || {
            let client = client_with(&cluster, "&nodePreference=leader");
            append(&client, "one", ExpectedRevision::Exact(0), unknown.clone()).await
        })
        .await;
    }
    assert_eq!(cluster.records().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_of_what_waits_for_a_majority_waits_too() {
    let cluster = Cluster::start(3).unwrap();
    cluster.lag(1, Lag::Held);
    cluster.lag(2, Lag::Held);
    let client = client_of(&cluster, 0);
    let unknown = events(1);
    assert!(append(&client, "one", ExpectedRevision::NoStream, unknown.clone()).await.is_err());
    assert!(append(&client, "one", ExpectedRevision::NoStream, unknown.clone()).await.is_err());
    cluster.lag(2, Lag::None);
    append(&client, "one", ExpectedRevision::NoStream, unknown).await.unwrap();
    assert_eq!(cluster.records().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_lags_shows_it_later() {
    let cluster = Cluster::start(3).unwrap();
    cluster.lag(2, Lag::By(Duration::from_millis(50)));
    let follower = client_of(&cluster, 2);
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
    let mut subscription = follower.subscribe_to_all(&options).await;
    while !matches!(subscription.next_subscription_event().await.unwrap(), SubscriptionEvent::CaughtUp) {}
    let began = tokio::time::Instant::now();
    append(&client_of(&cluster, 0), "one", ExpectedRevision::NoStream, events(2)).await.unwrap();
    for revision in 0..2 {
        assert_eq!(subscription.next().await.unwrap().get_original_event().revision, revision);
    }
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_goes_on_at_another_node_without_a_gap() {
    let cluster = Cluster::start(3).unwrap();
    let writer = client_of(&cluster, 0);
    let mut from = StreamPosition::Start;
    let mut revision = 0;
    for node in [1, 2, 0] {
        let reader = client_of(&cluster, node);
        let mut subscription =
            reader.subscribe_to_all(&SubscribeToAllOptions::default().position(from)).await;
        append(&writer, "one", ExpectedRevision::Any, events(3)).await.unwrap();
        for _ in 0..2 {
            let event = subscription.next().await.unwrap();
            assert_eq!(event.get_original_event().revision, revision);
            revision += 1;
            from = StreamPosition::Position(event.get_original_event().position);
        }
        if node != 0 {
            cluster.kill(node);
            while subscription.next().await.is_ok() {}
            cluster.restart(node).unwrap();
        }
    }
}

/// Why a store has to make its clients anew: the crate looks for another node only when one says "not leader".
#[tokio::test(flavor = "multi_thread")]
async fn the_crate_stays_with_a_node_that_died() {
    let cluster = Cluster::start(3).unwrap();
    let old = client_with(&cluster, "&nodePreference=leader");
    append(&old, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    cluster.kill(0);
    cluster.elect(1).unwrap();
    for _ in 0..5 {
        assert!(append(&old, "one", ExpectedRevision::Exact(0), events(1)).await.is_err());
    }
    let new = client_with(&cluster, "&nodePreference=leader");
    append(&new, "one", ExpectedRevision::Exact(0), events(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_node_comes_back_with_what_it_had() {
    let cluster = Cluster::start(1).unwrap();
    append(&client_of(&cluster, 0), "one", ExpectedRevision::NoStream, events(2)).await.unwrap();
    for _ in 0..5 {
        cluster.kill(0);
        assert!(std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_err(), "its port is closed");
        cluster.restart(0).unwrap();
        let client = client_of(&cluster, 0);
        let seen = collect(client.read_stream("one", &ReadStreamOptions::default()).await.unwrap()).await;
        assert_eq!(revisions(&seen), [0, 1]);
    }
}

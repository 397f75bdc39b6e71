//! What befalls a cluster while it runs.

use std::time::{Duration, Instant};

use eventstore::{
    AppendToStreamOptions, BatchAppendOptions, Client, Error, ExpectedRevision, ReadAllOptions,
    ReadStreamOptions, StreamPosition, SubscribeToAllOptions, SubscriptionFilter,
};
use scribe_protocol_server::{Cluster, Lag, Like, Proposed, Settings};

use super::recordings::asking::last_of;
use super::recordings::channel::{Plain, all_of};
use super::{append, client, collect, events, revisions};
use crate::proto::event_store::client::streams::ReadResp;
use crate::proto::event_store::client::streams::read_resp::Content;

fn client_of(cluster: &Cluster, node: usize) -> Client {
    let address = format!("esdb://127.0.0.1:{}?tls=false&discoveryInterval=20", cluster.port(node));
    Client::new(address.parse().unwrap()).unwrap()
}

async fn stream(client: &Client, name: &str) -> eventstore::Result<Vec<u64>> {
    let mut read = client.read_stream(name, &ReadStreamOptions::default()).await?;
    let mut seen = Vec::new();
    while let Some(event) = read.next().await? {
        seen.push(event.get_original_event().revision);
    }
    Ok(seen)
}

/// Waits for a state of the cluster that comes by itself.
async fn in_the_end(mut is: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_node_takes_connections_and_says_nothing() {
    let cluster = Cluster::start(1).unwrap();
    let old = client(&cluster);
    append(&old, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    cluster.silence(0);
    let waits = async |client: &Client| {
        tokio::time::timeout(Duration::from_millis(300), stream(client, "one")).await.is_err()
    };
    assert!(waits(&old).await, "an open connection stays open");
    // Not even the crate's own deadlines end a connection that was taken and is not spoken to.
    assert!(std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_ok());
    assert!(waits(&client(&cluster)).await, "a new one is taken");
    cluster.unsilence(0);
    assert_eq!(stream(&old, "one").await.unwrap(), [0]);
    assert_eq!(stream(&client(&cluster), "one").await.unwrap(), [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_leader_comes_back_without_what_only_it_had() {
    let cluster = Cluster::start(3).unwrap();
    let old = client_of(&cluster, 0);
    append(&old, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    cluster.lag(1, Lag::Held);
    cluster.lag(2, Lag::Held);
    let lost = tokio::spawn(async move { append(&old, "one", ExpectedRevision::Exact(0), events(1)).await });
    in_the_end(|| cluster.figures(0).appends() == 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    cluster.silence(0);
    assert_eq!(cluster.leader(), None);
    cluster.elect(1).unwrap();
    cluster.lag(2, Lag::None);
    append(&client_of(&cluster, 1), "one", ExpectedRevision::Exact(0), events(2)).await.unwrap();
    cluster.unsilence(0);
    // It goes away to come back as a follower.
    assert!(std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_err());
    assert!(lost.await.unwrap().is_err());
    in_the_end(|| std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_ok()).await;
    assert_eq!(cluster.recorded(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposed_leader_with_more_exits_to_truncate() {
    let cluster = Cluster::start(3).unwrap();
    let leader = client_of(&cluster, 0);
    append(&leader, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    cluster.elect(1).unwrap();
    cluster.elect(0).unwrap();
    assert_eq!(cluster.figures(0).open_connections(), 1, "who has no more than the others stays");
    cluster.lag(1, Lag::Held);
    cluster.lag(2, Lag::Held);
    assert!(append(&leader, "one", ExpectedRevision::Exact(0), events(1)).await.is_err());
    cluster.elect(1).unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_err());
    in_the_end(|| std::net::TcpStream::connect(("127.0.0.1", cluster.port(0))).is_ok()).await;
    let address =
        format!("esdb://127.0.0.1:{}?tls=false&nodePreference=random", cluster.port(0)).parse().unwrap();
    assert_eq!(stream(&Client::new(address).unwrap(), "one").await.unwrap(), [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_not_in_office_shows_less_and_takes_nothing() {
    let cluster = Cluster::start(3).unwrap();
    append(&client_of(&cluster, 0), "one", ExpectedRevision::NoStream, events(3)).await.unwrap();
    cluster.elect_slowly(1, 2, Duration::from_millis(700)).unwrap();
    let next = client_of(&cluster, 1);
    let options = ReadStreamOptions::default().requires_leader(true);
    let shown = async || revisions(&collect(next.read_stream("one", &options).await.unwrap()).await);
    assert_eq!(shown().await, [0]);
    let refused = append(&next, "one", ExpectedRevision::Exact(2), events(1)).await;
    assert!(matches!(refused, Err(Error::ServerError(_))), "{refused:?}");
    tokio::time::sleep(Duration::from_millis(800)).await;
    let next = client_of(&cluster, 1);
    assert_eq!(stream(&next, "one").await.unwrap(), [0, 1, 2]);
    append(&next, "one", ExpectedRevision::Exact(2), events(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_without_followers_resigns_and_leads_again_with_them() {
    let settings = Settings { resignation: Duration::from_millis(100), ..Settings::default() };
    let cluster = Cluster::with(3, settings).unwrap();
    cluster.kill(1);
    cluster.kill(2);
    assert_eq!(cluster.leader(), Some(0));
    in_the_end(|| cluster.leader().is_none()).await;
    cluster.restart(2).unwrap();
    assert_eq!(cluster.leader(), Some(0));
    append(&client_of(&cluster, 0), "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_what_is_not_indexed_is_not_answered() {
    let settings = Settings { commit_timeout: Duration::from_millis(700), ..Settings::default() };
    let cluster = Cluster::with(1, settings).unwrap();
    cluster.slow_index(Duration::from_millis(200));
    for (stream, expected) in [("one", ExpectedRevision::NoStream), ("two", ExpectedRevision::Any)] {
        let (client, once, began) = (client(&cluster), events(2), Instant::now());
        let (first, second) = tokio::join!(
            append(&client, stream, expected, once.clone()),
            append(&client, stream, expected, once.clone()),
        );
        let refused = if first.is_err() { first.as_ref() } else { second.as_ref() }.unwrap_err();
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert!(
            matches!(refused, Error::Grpc { message, .. } if message.contains("timed out")),
            "{refused:?}"
        );
        assert!(began.elapsed() >= Duration::from_millis(700));
        append(&client, stream, expected, once).await.unwrap();
    }
    assert_eq!(cluster.records().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_cluster_and_one_that_is_restored_give_places_again() {
    let cluster = Cluster::start(3).unwrap();
    let client = client(&cluster);
    let ids = events(1);
    append(&client, "one", ExpectedRevision::NoStream, events(3)).await.unwrap();
    append(&client, "one", ExpectedRevision::Exact(2), ids.clone()).await.unwrap();
    let before: Vec<_> = cluster.records().iter().map(|record| record.position).collect();
    cluster.restore_to(3);
    assert_eq!(cluster.recorded(), 3);
    in_the_end(|| cluster.figures(0).open_connections() == 0).await;
    let again = client_of(&cluster, 0);
    append(&again, "one", ExpectedRevision::Exact(2), events(1)).await.unwrap();
    let after: Vec<_> = cluster.records().iter().map(|record| record.position).collect();
    assert_eq!(after, before);
    cluster.empty();
    let again = client_of(&cluster, 0);
    assert!(matches!(stream(&again, "one").await, Err(Error::ResourceNotFound)));
    append(&again, "two", ExpectedRevision::NoStream, ids).await.unwrap();
    assert_eq!(cluster.records()[0].position, before[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_deletes_truncates_and_tombstones() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(4)).await.unwrap();
    cluster.truncate_before("one", 2);
    assert_eq!(stream(&client, "one").await.unwrap(), [2, 3]);
    cluster.soft_delete("one");
    assert!(matches!(stream(&client, "one").await, Err(Error::ResourceNotFound)));
    append(&client, "one", ExpectedRevision::Exact(3), events(1)).await.unwrap();
    assert_eq!(stream(&client, "one").await.unwrap(), [4]);
    cluster.tombstone("one");
    assert!(matches!(stream(&client, "one").await, Err(Error::ResourceDeleted)));
}

/// A million of somebody else's events is looked through backwards until what is wanted is found.
#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_read_backwards_looks_through_everything() {
    const MANY: u32 = 1_000_000;
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "incident-1", ExpectedRevision::NoStream, events(2)).await.unwrap();
    cluster.write_run("elsewhere", Proposed::json("noted", "{}"), MANY);
    append(&client, "elsewhere", ExpectedRevision::Exact(u64::from(MANY) - 1), events(1)).await.unwrap();
    let plain = Plain::to(cluster.port(0)).await;
    let (found, refusal) = all_of(plain.begin_read(last_of(&["incident-", "scribe-"], 1)).await).await;
    assert!(refusal.is_none(), "{refusal:?}");
    let [ReadResp { content: Some(Content::Event(found)) }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(found.event.as_ref().unwrap().stream_revision, 1);
    assert_eq!(cluster.figures(0).events_filtered(), u64::from(MANY) + 2);
    assert_eq!(cluster.figures(0).events_read(), 1);
    // Those of the run are events as good as any.
    let options = ReadAllOptions::default().backwards().position(StreamPosition::End).max_count(3);
    let last = collect(client.read_all(&options).await.unwrap()).await;
    assert_eq!(revisions(&last), [u64::from(MANY), u64::from(MANY) - 1, u64::from(MANY) - 2]);
    let at = ReadAllOptions::default().position(StreamPosition::Position(last[2].position)).max_count(9);
    assert_eq!(collect(client.read_all(&at).await.unwrap()).await.len(), 3);
    // A subscription passes them over.
    let filter = SubscriptionFilter::on_stream_name().add_prefix("incident-").max(10_000);
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
    let mut subscription = client.subscribe_to_all(&options).await;
    for revision in 0..2 {
        assert_eq!(subscription.next().await.unwrap().get_original_event().revision, revision);
    }
    append(&client, "incident-1", ExpectedRevision::Exact(1), events(1)).await.unwrap();
    assert_eq!(subscription.next().await.unwrap().get_original_event().revision, 2);
}

/// The client streams them: each message has the library's limit, an event may have its own, all together have one.
#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_limited_in_three_ways() {
    let large = |size: usize| eventstore::EventData::binary("noted", vec![0; size].into());
    let refused = async |cluster: &Cluster, events: Vec<eventstore::EventData>| {
        let options = AppendToStreamOptions::default();
        match client(cluster).append_to_stream("one", &options, events).await {
            Err(error) => format!("{error:?}"),
            Ok(_) => "taken".to_owned(),
        }
    };
    let old = Cluster::with(1, Settings::like(Like::EventStore23)).unwrap();
    assert_eq!(refused(&old, (0..10).map(|_| large(100_000)).collect()).await, "taken");
    let told = refused(&old, (0..11).map(|_| large(100_000)).collect()).await;
    assert!(told.contains("Maximum Append Size of 1048576 Exceeded."), "{told}");
    let settings = Settings { largest_event: Some(200_000), ..Settings::like(Like::Kurrent26) };
    let new = Cluster::with(1, settings).unwrap();
    assert_eq!(refused(&new, (0..200).map(|_| large(100_000)).collect()).await, "taken");
    let told = refused(&new, vec![large(10), large(200_000)]).await;
    assert!(told.contains("exceeds Maximum Append Event Size of 200000."), "{told}");
    let batch = client(&new).batch_append(&BatchAppendOptions::default()).await.unwrap();
    let told = batch.append_to_stream("one", ExpectedRevision::Any, vec![large(200_000)]).await;
    assert!(
        matches!(&told, Err(Error::Grpc { message, .. }) if message == "MaximumAppendEventSizeExceeded"),
        "{told:?}"
    );
    let told = refused(&new, vec![large(16 * 1024 * 1024)]).await;
    assert!(told.contains("Received message exceeds the maximum configured message size."), "{told}");
    assert_eq!(new.recorded(), 200);
    assert_eq!(new.figures(0).appends(), 3, "what a batch is refused for its size is none yet");
}

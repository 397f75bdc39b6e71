//! Reads, and what is left to read of a stream that was deleted.

use eventstore::{
    AppendToStreamOptions, DeleteStreamOptions, Error, ExpectedRevision, Position, ReadAllOptions, ReadEvent,
    ReadStreamOptions, StreamMetadataBuilder, StreamPosition, TombstoneStreamOptions,
};
use scribe_protocol_server::{Cluster, Proposed};

use super::{LogEntry, append, client, collect, events, revisions};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_both_ways() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(120)).await.unwrap();
    let read = async |options: ReadStreamOptions| {
        revisions(&collect(client.read_stream("one", &options).await.unwrap()).await)
    };
    let whole = || ReadStreamOptions::default().max_count(1_000);
    assert_eq!(read(whole()).await, (0..120).collect::<Vec<_>>());
    assert_eq!(
        read(whole().backwards().position(StreamPosition::End)).await,
        (0..120).rev().collect::<Vec<_>>()
    );
    assert_eq!(read(whole().position(StreamPosition::Position(118))).await, [118, 119]);
    assert_eq!(read(whole().position(StreamPosition::Position(2)).backwards()).await, [2, 1, 0]);
    assert_eq!(read(whole().position(StreamPosition::Position(7)).max_count(2)).await, [7, 8]);
    assert_eq!(read(whole().position(StreamPosition::Position(500))).await, [0_u64; 0]);
    let missing = client.read_stream("none", &whole()).await.unwrap().next().await;
    assert!(matches!(missing, Err(Error::ResourceNotFound)), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ends_of_a_stream_are_told() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(5)).await.unwrap();
    let mut read = client
        .read_stream("one", &ReadStreamOptions::default().position(StreamPosition::Position(9)))
        .await
        .unwrap();
    let mut told = Vec::new();
    while let Some(event) = read.next_read_event().await.unwrap() {
        told.push(match event {
            ReadEvent::FirstStreamPosition(at) => ("first", at),
            ReadEvent::LastStreamPosition(at) => ("last", at),
            ReadEvent::Event(event) => ("event", event.get_original_event().revision),
            ReadEvent::LastAllStreamPosition(_) => ("all", 0),
        });
    }
    assert_eq!(told, [("first", 5), ("last", 4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_both_ways() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(60)).await.unwrap();
    cluster.write("$settings", vec![Proposed::json("settings", "{}")]);
    append(&client, "two", ExpectedRevision::NoStream, events(3)).await.unwrap();
    let whole = || ReadAllOptions::default().max_count(1_000);
    let read = async |options: ReadAllOptions| collect(client.read_all(&options).await.unwrap()).await;
    let forwards = read(whole()).await;
    assert_eq!(forwards.len(), 64);
    assert_eq!(forwards[60].stream, "$settings");
    let mut backwards = read(whole().backwards().position(StreamPosition::End)).await;
    backwards.reverse();
    assert_eq!(ids(&backwards), ids(&forwards));
    // Forwards the event at the position is the first, backwards it is the one before it.
    let middle = forwards[30].position;
    assert_eq!(ids(&read(whole().position(StreamPosition::Position(middle))).await), ids(&forwards)[30..]);
    let back = read(whole().backwards().position(StreamPosition::Position(middle)).max_count(1)).await;
    assert_eq!(ids(&back), ids(&forwards)[29..30]);
    // Between two records there is nothing to read at.
    let between = Position { commit: middle.commit + 1, prepare: middle.prepare + 1 };
    let refused =
        client.read_all(&whole().position(StreamPosition::Position(between))).await.unwrap().next().await;
    assert!(
        matches!(&refused, Err(Error::ServerError(why)) if why.contains("InvalidPosition")),
        "{refused:?}"
    );
}

fn ids(events: &[LogEntry]) -> Vec<uuid::Uuid> {
    events.iter().map(|event| event.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_and_buried() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(3)).await.unwrap();
    let wrong = DeleteStreamOptions::default().expected_revision(ExpectedRevision::Exact(1));
    let refused = client.delete_stream("one", &wrong).await;
    assert!(
        matches!(&refused, Err(Error::Grpc { message, .. }) if message.contains("WrongExpectedVersion")),
        "{refused:?}"
    );
    client.delete_stream("one", &DeleteStreamOptions::default()).await.unwrap();
    let read = async || {
        let mut read = client.read_stream("one", &ReadStreamOptions::default()).await?;
        let mut seen = Vec::new();
        while let Some(event) = read.next().await? {
            seen.push(event.get_original_event().revision);
        }
        Ok::<_, Error>(seen)
    };
    assert!(matches!(read().await, Err(Error::ResourceNotFound)));
    // It is not there to be expected, and what comes next goes on where it ended.
    assert!(matches!(
        append(&client, "one", ExpectedRevision::StreamExists, events(1)).await,
        Err(Error::ResourceDeleted)
    ));
    assert_eq!(
        append(&client, "one", ExpectedRevision::NoStream, events(2)).await.unwrap().next_expected_version,
        4
    );
    assert_eq!(read().await.unwrap(), [3, 4]);
    client.tombstone_stream("one", &TombstoneStreamOptions::default()).await.unwrap();
    assert!(matches!(read().await, Err(Error::ResourceDeleted)));
    assert!(matches!(
        append(&client, "one", ExpectedRevision::Any, events(1)).await,
        Err(Error::ResourceDeleted)
    ));
    // The log keeps it all.
    let all = collect(client.read_all(&ReadAllOptions::default().max_count(100)).await.unwrap()).await;
    let of_stream = all.iter().filter(|event| event.stream == "one").count();
    assert_eq!((of_stream, all.last().unwrap().kind.as_str()), (6, "$streamDeleted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_keeps_as_many_as_its_metadata_says() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::NoStream, events(9)).await.unwrap();
    let metadata = StreamMetadataBuilder::new().max_count(4).build();
    client.set_stream_metadata("one", &AppendToStreamOptions::default(), &metadata).await.unwrap();
    let seen = collect(client.read_stream("one", &ReadStreamOptions::default()).await.unwrap()).await;
    assert_eq!(revisions(&seen), [5, 6, 7, 8]);
    assert_eq!(
        append(&client, "one", ExpectedRevision::Exact(8), events(1)).await.unwrap().next_expected_version,
        9
    );
}

//! The protocol server, driven by the `eventstore` crate. What that crate cannot ask or hides, foreign clients ask
//! (`.ci/foreign_clients`).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod appends;
mod client_code;
mod cluster;
mod faults;
mod mishaps;
#[path = "../../src/proto.rs"]
mod proto;
mod reads;
mod recordings;
mod secured;
mod subscriptions;

use eventstore::{
    AppendToStreamOptions, Client, EventData, ExpectedRevision, Position, ReadStream, WriteResult,
};
use scribe_protocol_server::Cluster;

/// A client that does not wait long before it looks again.
fn client(cluster: &Cluster) -> Client {
    client_with(cluster, "")
}

fn client_with(cluster: &Cluster, options: &str) -> Client {
    let address = cluster.connection_string() + "&discoveryInterval=20&maxDiscoverAttempts=50" + options;
    Client::new(address.parse().unwrap()).unwrap()
}

fn events(count: usize) -> Vec<EventData> {
    (0..count)
        .map(|at| {
            EventData::json("noted", &serde_json::json!({ "at": at })).unwrap().id(uuid::Uuid::new_v4())
        })
        .collect()
}

async fn append(
    client: &Client,
    stream: &str,
    expected: ExpectedRevision,
    events: Vec<EventData>,
) -> eventstore::Result<WriteResult> {
    client
        .append_to_stream(stream, &AppendToStreamOptions::default().expected_revision(expected), events)
        .await
}

/// What is compared of an event.
struct LogEntry {
    id: uuid::Uuid,
    stream: String,
    revision: u64,
    position: Position,
    kind: String,
}

async fn collect(mut read: ReadStream) -> Vec<LogEntry> {
    let mut seen = Vec::new();
    while let Some(event) = read.next().await.unwrap() {
        let event = event.get_original_event();
        let (stream, kind) = (event.stream_id.clone(), event.event_type.clone());
        seen.push(LogEntry {
            id: event.id,
            stream,
            revision: event.revision,
            position: event.position,
            kind,
        });
    }
    seen
}

fn revisions(events: &[LogEntry]) -> Vec<u64> {
    events.iter().map(|event| event.revision).collect()
}

//! The stand-in, driven by the `eventstore` crate.

use eventstore::{
    AppendToStreamOptions, Client, EventData, ExpectedRevision, ReadStreamOptions, StreamPosition,
    SubscribeToAllOptions, SubscriptionEvent, SubscriptionFilter,
};
use scribe_protocol_server::Cluster;

fn event(kind: &str, at: usize) -> EventData {
    EventData::json(kind, &serde_json::json!({ "at": at })).unwrap().id(uuid::Uuid::new_v4())
}

#[tokio::test(flavor = "multi_thread")]
async fn first_steps() {
    let cluster = Cluster::start(1).unwrap();
    let client = Client::new(cluster.connection_string().parse().unwrap()).unwrap();
    let events: Vec<_> = (0..3).map(|at| event("noted", at)).collect();
    let options = AppendToStreamOptions::default().expected_revision(ExpectedRevision::NoStream);
    let written = client.append_to_stream("incident-1", &options, events).await.unwrap();
    assert_eq!(written.next_expected_version, 2);
    let mut read = client.read_stream("incident-1", &ReadStreamOptions::default()).await.unwrap();
    let mut seen = 0;
    while let Some(event) = read.next().await.unwrap() {
        assert_eq!(event.get_original_event().revision, seen);
        seen += 1;
    }
    assert_eq!(seen, 3);

    let batch = client.batch_append(&eventstore::BatchAppendOptions::default()).await.unwrap();
    let answer = batch
        .append_to_stream("incident-1", ExpectedRevision::Exact(2), vec![event("noted", 3)])
        .await
        .unwrap();
    assert_eq!(answer.current_revision(), Some(3));

    let filter = SubscriptionFilter::on_stream_name().add_prefix("incident-");
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
    let mut subscription = client.subscribe_to_all(&options).await;
    let mut kinds = Vec::new();
    loop {
        match subscription.next_subscription_event().await.unwrap() {
            SubscriptionEvent::Confirmed(_) => kinds.push("confirmed"),
            SubscriptionEvent::EventAppeared(_) => kinds.push("event"),
            SubscriptionEvent::Checkpoint(_) => kinds.push("checkpoint"),
            SubscriptionEvent::CaughtUp => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kinds, ["confirmed", "event", "event", "event", "event", "checkpoint"]);
    client
        .append_to_stream("incident-2", &AppendToStreamOptions::default(), event("noted", 0))
        .await
        .unwrap();
    let live = subscription.next().await.unwrap();
    assert_eq!(live.get_original_event().stream_id, "incident-2");
}

//! Misbehaviour on demand happens where and as often as it was asked for, and nowhere else.

use std::time::Duration;

use eventstore::{
    AppendToStreamOptions, BatchAppendOptions, Client, Error, ExpectedRevision, ReadStreamOptions,
    StreamPosition, SubscribeToAllOptions, Subscription, SubscriptionEvent, SubscriptionFilter,
};
use scribe_protocol_server::{Call, Cluster, Ending, Fault, Like, Refusal, Seam, Settings};

use super::{append, client, events};

/// How a call failed, in short.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::ServerError(_) => "server",
        Error::NotLeaderException(_) => "not leader",
        Error::AccessDenied => "denied",
        Error::DeadlineExceeded => "deadline",
        Error::Grpc { .. } => "grpc",
        _ => "other",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_calls_are_refused_and_no_more() {
    let refusals = [
        (Refusal::Unavailable, "server"),
        (Refusal::AccessDenied, "denied"),
        (Refusal::Unauthenticated, "denied"),
        (Refusal::DeadlineExceeded, "deadline"),
        (Refusal::TimedOut, "grpc"),
        (Refusal::Unforeseen, "server"),
    ];
    for (refusal, expected) in refusals {
        let cluster = Cluster::start(1).unwrap();
        let client = client(&cluster);
        cluster.misbehave(0, Call::Append, Fault::Refuse(refusal.clone()), 2);
        for _ in 0..2 {
            let refused = append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap_err();
            assert_eq!(kind(&refused), expected, "{refusal:?}: {refused:?}");
        }
        assert_eq!(cluster.faults_left(0), 0);
        append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap();
        assert_eq!(cluster.records().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn not_leader_can_point_to_nobody() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    cluster.misbehave(0, Call::Append, Fault::Refuse(Refusal::NotLeader("127.0.0.1".to_owned(), dead)), 1);
    let refused = append(&client, "one", ExpectedRevision::Any, events(1)).await;
    assert!(
        matches!(&refused, Err(Error::NotLeaderException(at)) if at.port == u32::from(dead)),
        "{refused:?}"
    );
    // What the crate makes of it, which is why a store must make its clients anew.
    let after = append(&client, "one", ExpectedRevision::Any, events(1)).await;
    assert!(after.is_err(), "{after:?}");
    let last = append(&client, "one", ExpectedRevision::Any, events(1)).await;
    assert!(matches!(last, Err(Error::ConnectionClosed)), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_an_answer_was_written() {
    for fault in [Fault::ResetAfterWrite, Fault::RefuseAfterWrite(Refusal::TimedOut), Fault::LoseAnswer] {
        let cluster = Cluster::start(1).unwrap();
        let client = client(&cluster);
        let once = events(2);
        cluster.misbehave(0, Call::Append, fault.clone(), 1);
        let unknown = tokio::time::timeout(
            Duration::from_secs(1),
            append(&client, "one", ExpectedRevision::NoStream, once.clone()),
        );
        assert!(!matches!(unknown.await, Ok(Ok(_))), "{fault:?}");
        assert_eq!(cluster.records().len(), 2, "{fault:?}");
        let again = append(&client, "one", ExpectedRevision::NoStream, once).await.unwrap();
        assert_eq!((again.next_expected_version, cluster.records().len()), (1, 2), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_before_the_write_leaves_nothing() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap();
    cluster.misbehave(0, Call::Append, Fault::Reset, 1);
    assert!(append(&client, "one", ExpectedRevision::Any, events(1)).await.is_err());
    append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap();
    assert_eq!((cluster.records().len(), cluster.figures(0).connections()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_holds_until_the_deadline() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    cluster.misbehave(0, Call::Append, Fault::Delay(Duration::from_millis(80)), 1);
    let began = tokio::time::Instant::now();
    append(&client, "one", ExpectedRevision::Any, events(1)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(80));
    cluster.misbehave(0, Call::Append, Fault::Delay(Duration::from_hours(1)), 1);
    let options = AppendToStreamOptions::default().deadline(Duration::from_millis(60));
    let late = client.append_to_stream("one", &options, events(1)).await;
    assert!(matches!(late, Err(Error::DeadlineExceeded)), "{late:?}");
    assert_eq!(cluster.records().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_append_of_a_batch_or_all_of_it() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    let expected = [
        (Fault::Refuse(Refusal::AccessDenied), "grpc"),
        (Fault::Refuse(Refusal::Unforeseen), "server"),
        (Fault::EndBatch(Refusal::Unavailable), "server"),
        (Fault::RefuseAfterWrite(Refusal::TimedOut), "grpc"),
    ];
    for (fault, expected) in expected {
        let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
        cluster.misbehave(0, Call::BatchAppend, fault.clone(), 1);
        let refused = batch.append_to_stream("one", ExpectedRevision::Any, events(1)).await.unwrap_err();
        assert_eq!(kind(&refused), expected, "{fault:?}: {refused:?}");
    }
    assert_eq!(cluster.records().len(), 1, "only the one that was refused after it");
    // An answer twice, and one that nobody waits for, are passed over by the crate.
    let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    cluster.misbehave(0, Call::BatchAppend, Fault::Duplicate, 1);
    for _ in 0..2 {
        batch.append_to_stream("two", ExpectedRevision::Any, events(1)).await.unwrap();
    }
    cluster.misbehave(0, Call::BatchAppend, Fault::EmptySuccess, 1);
    let empty = batch.append_to_stream("two", ExpectedRevision::Any, events(1)).await.unwrap();
    assert_eq!((empty.current_revision(), empty.current_position()), (None, None));
    cluster.misbehave(0, Call::BatchAppend, Fault::ForeignCorrelation, 1);
    let never = batch.append_to_stream("two", ExpectedRevision::Any, events(1));
    assert!(tokio::time::timeout(Duration::from_millis(200), never).await.is_err());
    assert_eq!(cluster.records().len(), 5);
}

/// Three known holes of the crate: it panics on what a server should not send.
#[tokio::test(flavor = "multi_thread")]
async fn the_crate_panics_on_misshapen_answers() {
    let cluster = Cluster::start(1).unwrap();
    for fault in [Fault::EmptySuccess, Fault::NoResult] {
        let client = client(&cluster);
        cluster.misbehave(0, Call::Append, fault.clone(), 1);
        let append =
            tokio::spawn(async move { append(&client, "one", ExpectedRevision::Any, events(1)).await });
        assert!(append.await.unwrap_err().is_panic(), "{fault:?}");
    }
    for fault in [Fault::NoStreamIdentifier, Fault::NoResult] {
        let client = client(&cluster);
        let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
        cluster.misbehave(0, Call::BatchAppend, fault.clone(), 1);
        // The panic is in a task of the crate's own; the caller waits for an answer that never comes.
        let never = batch.append_to_stream("one", ExpectedRevision::Any, events(1));
        assert!(tokio::time::timeout(Duration::from_millis(300), never).await.is_err(), "{fault:?}");
    }
    assert_eq!(cluster.records().len(), 4);
}

async fn subscribe(client: &Client) -> Subscription {
    let filter = SubscriptionFilter::on_stream_name().add_prefix("a-").max(4);
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
    client.subscribe_to_all(&options).await
}

/// What a subscription told until it failed.
async fn told(mut subscription: Subscription, cluster: &Cluster, live: &Client) -> Vec<String> {
    let mut seen = Vec::new();
    let before = cluster.records().len();
    loop {
        match subscription.next_subscription_event().await {
            Ok(SubscriptionEvent::EventAppeared(event)) => {
                seen.push(event.get_original_event().revision.to_string());
            }
            Ok(SubscriptionEvent::Confirmed(_)) => seen.push("confirmed".to_owned()),
            Ok(SubscriptionEvent::Checkpoint(_)) => seen.push("checkpoint".to_owned()),
            Ok(SubscriptionEvent::CaughtUp) => {
                seen.push("caught up".to_owned());
                assert_eq!(cluster.records().len(), before);
                append(live, "a-1", ExpectedRevision::Any, events(3)).await.unwrap();
            }
            Ok(_) => seen.push("other".to_owned()),
            Err(_) => return seen,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_cut_at_every_seam() {
    let seams: [(Seam, &[&str]); 9] = [
        (Seam::Confirmed, &["confirmed"]),
        (Seam::Event(2), &["confirmed", "0", "1"]),
        (Seam::InsideAppend(1), &["confirmed", "0"]),
        (Seam::InsideAppend(3), &["confirmed", "0", "1", "2", "3"]),
        (Seam::BeforeCheckpoint, &["confirmed", "0", "1", "2", "3"]),
        (Seam::AfterCheckpoint, &["confirmed", "0", "1", "2", "3", "checkpoint"]),
        (Seam::BeforeCaughtUp, &["confirmed", "0", "1", "2", "3", "checkpoint", "4", "checkpoint"]),
        (
            Seam::AfterCaughtUp,
            &["confirmed", "0", "1", "2", "3", "checkpoint", "4", "checkpoint", "caught up"],
        ),
        (
            Seam::LiveEvent(2),
            &["confirmed", "0", "1", "2", "3", "checkpoint", "4", "checkpoint", "caught up", "5", "6"],
        ),
    ];
    for (seam, expected) in seams {
        let cluster = Cluster::with(1, Settings::like(Like::Kurrent26)).unwrap();
        let client = client(&cluster);
        append(&client, "a-1", ExpectedRevision::NoStream, events(3)).await.unwrap();
        append(&client, "a-1", ExpectedRevision::Exact(2), events(2)).await.unwrap();
        cluster.misbehave(0, Call::Subscribe, Fault::Cut(seam, Ending::Refused(Refusal::Unavailable)), 1);
        let seen = told(subscribe(&client).await, &cluster, &client).await;
        assert_eq!(seen, expected, "{seam:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_ended_while_they_wait() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    for ending in [Ending::Refused(Refusal::Unavailable), Ending::Reset] {
        let mut subscription = subscribe(&client).await;
        while !matches!(subscription.next_subscription_event().await.unwrap(), SubscriptionEvent::CaughtUp) {}
        cluster.end_subscriptions(0, ending.clone());
        let ended = subscription.next_subscription_event().await;
        assert!(matches!(ended, Err(Error::ServerError(_))), "{ending:?}: {ended:?}");
    }
    let mut subscription = subscribe(&client).await;
    assert!(matches!(subscription.next_subscription_event().await.unwrap(), SubscriptionEvent::Confirmed(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_can_tell_everything_twice() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "a-1", ExpectedRevision::NoStream, events(2)).await.unwrap();
    cluster.misbehave(0, Call::Subscribe, Fault::Duplicate, 1);
    let mut subscription = subscribe(&client).await;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.push(subscription.next().await.unwrap().get_original_event().revision);
    }
    assert_eq!(seen, [0, 0, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_subscriptions_are_counted_down() {
    let cluster = Cluster::start(1).unwrap();
    let quiet = async || {
        for _ in 0..500 {
            let figures = cluster.figures(0);
            if figures.open_connections() == 0 && figures.open_subscriptions() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("still open: {:?}", cluster.figures(0));
    };
    for _ in 0..3 {
        let client = client(&cluster);
        let mut subscription = subscribe(&client).await;
        subscription.next_subscription_event().await.unwrap();
        assert_eq!((cluster.figures(0).open_connections(), cluster.figures(0).open_subscriptions()), (1, 1));
        cluster.reset_connections(0);
        assert!(
            async {
                loop {
                    if subscription.next_subscription_event().await.is_err() {
                        return true;
                    }
                }
            }
            .await
        );
        drop((client, subscription));
        quiet().await;
    }
    assert!(cluster.figures(0).bytes_sent() > 0 && cluster.figures(0).bytes_received() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_read_and_a_refused_greeting() {
    let cluster = Cluster::start(1).unwrap();
    cluster.misbehave(0, Call::Features, Fault::Refuse(Refusal::Unavailable), 1);
    let lost = client(&cluster);
    assert!(lost.read_stream("one", &ReadStreamOptions::default()).await.is_err());
    cluster.misbehave(0, Call::Read, Fault::Refuse(Refusal::AccessDenied), 1);
    let client = client(&cluster);
    let refused = client.read_stream("one", &ReadStreamOptions::default()).await;
    assert!(matches!(refused, Err(Error::AccessDenied)));
    cluster.misbehave(0, Call::Read, Fault::Refuse(Refusal::AccessDenied), 9);
    cluster.behave(0);
    client.read_stream("one", &ReadStreamOptions::default()).await.unwrap();
}

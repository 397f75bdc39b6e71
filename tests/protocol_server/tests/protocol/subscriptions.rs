//! Subscriptions: what comes, in which order, and where checkpoints stand.

use eventstore::{
    Client, ExpectedRevision, Position, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
    Subscription, SubscriptionEvent, SubscriptionFilter,
};
use scribe_protocol_server::{Cluster, Like, Positions, Proposed, Settings};

use super::{append, client, events};

/// What a subscription told, in short: `+stream/revision`, or its own word.
async fn told(subscription: &mut Subscription) -> String {
    match subscription.next_subscription_event().await.unwrap() {
        SubscriptionEvent::EventAppeared(event) => {
            let event = event.get_original_event();
            format!("+{}/{}", event.stream_id, event.revision)
        }
        SubscriptionEvent::Confirmed(_) => "confirmed".to_owned(),
        SubscriptionEvent::Checkpoint(at) => format!("checkpoint {}", at.commit),
        SubscriptionEvent::CaughtUp => "caught up".to_owned(),
        _ => "something else".to_owned(),
    }
}

async fn told_until(subscription: &mut Subscription, last: &str) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        seen.push(told(subscription).await);
        if seen.last().is_some_and(|told| told == last) {
            return seen;
        }
    }
}

fn all(filter: Option<SubscriptionFilter>, from: StreamPosition<Position>) -> SubscribeToAllOptions {
    let options = SubscribeToAllOptions::default().position(from);
    if let Some(filter) = filter { options.filter(filter) } else { options }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands where there may be no filter")]
fn prefix(window: u32) -> Option<SubscriptionFilter> {
    Some(SubscriptionFilter::on_stream_name().add_prefix("a-").max(window))
}

/// Appends one event each to streams.
async fn fill(client: &Client, streams: &[&str]) {
    for stream in streams {
        append(client, stream, ExpectedRevision::Any, events(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn catches_up_and_goes_on_live() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    fill(&client, &["a-1", "b-1", "a-1"]).await;
    let mut whole = client.subscribe_to_all(&all(None, StreamPosition::Start)).await;
    let expected = ["confirmed", "+a-1/0", "+b-1/0", "+a-1/1", "caught up"];
    assert_eq!(told_until(&mut whole, "caught up").await, expected);
    let mut fresh = client.subscribe_to_all(&all(None, StreamPosition::End)).await;
    assert_eq!(told_until(&mut fresh, "caught up").await, ["confirmed", "caught up"]);
    fill(&client, &["b-1"]).await;
    assert_eq!((told(&mut whole).await, told(&mut fresh).await), ("+b-1/1".to_owned(), "+b-1/1".to_owned()));
    assert_eq!(cluster.figures(0).open_subscriptions(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn begins_behind_the_position_that_it_is_given() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "a-1", ExpectedRevision::NoStream, events(4)).await.unwrap();
    let second = cluster.records()[1].position;
    let second = Position { commit: second.commit, prepare: second.prepare };
    let mut subscription = client.subscribe_to_all(&all(None, StreamPosition::Position(second))).await;
    assert_eq!(told_until(&mut subscription, "+a-1/2").await, ["confirmed", "+a-1/2"]);
    let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Position(1));
    let mut subscription = client.subscribe_to_stream("a-1", &options).await;
    let expected = ["confirmed", "+a-1/2", "+a-1/3", "caught up"];
    assert_eq!(told_until(&mut subscription, "caught up").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_by_stream_and_by_type() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    cluster.write("$stats-0", vec![Proposed::json("$statsCollected", "{}")]);
    fill(&client, &["a-1", "b-1", "ba-1", "a-2"]).await;
    cluster.write("a-9", vec![Proposed::json("other", "{}")]);
    let kept = async |filter: SubscriptionFilter| {
        let mut subscription = client.subscribe_to_all(&all(Some(filter), StreamPosition::Start)).await;
        let mut seen = told_until(&mut subscription, "caught up").await;
        seen.retain(|told| told.starts_with('+'));
        seen
    };
    let streams = SubscriptionFilter::on_stream_name;
    assert_eq!(kept(streams().add_prefix("a-")).await, ["+a-1/0", "+a-2/0", "+a-9/0"]);
    assert_eq!(kept(streams().add_prefix("ba").add_prefix("$")).await, ["+$stats-0/0", "+ba-1/0"]);
    assert_eq!(kept(streams().regex("^.*a-[19]$")).await, ["+a-1/0", "+ba-1/0", "+a-9/0"]);
    assert_eq!(kept(SubscriptionFilter::on_event_type().add_prefix("other")).await, ["+a-9/0"]);
    let own = kept(SubscriptionFilter::on_event_type().exclude_system_events()).await;
    assert_eq!(own, ["+a-1/0", "+b-1/0", "+ba-1/0", "+a-2/0", "+a-9/0"]);
}

/// The crate's multiplier is always 1, so the interval is the window.
#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_are_counted_over_what_was_looked_at() {
    let cluster = Cluster::with(1, Settings::like(Like::Kurrent26)).unwrap();
    let client = client(&cluster);
    fill(&client, &["b", "b", "b", "a-1", "b", "b", "b", "b", "b"]).await;
    let at = |index: usize| format!("checkpoint {}", cluster.records()[index].position.commit);
    let mut subscription = client.subscribe_to_all(&all(prefix(4), StreamPosition::Start)).await;
    // Pages of four. The first checkpoint is the event in it; the second is where the second page began, since there
    // was no event in that; the third, where the last page began.
    let mut expected =
        ["confirmed", "+a-1/0", &at(3), &at(4), &at(8), "caught up"].map(str::to_owned).to_vec();
    assert_eq!(told_until(&mut subscription, "caught up").await, expected);
    // Live, every fourth record since the confirmation, behind the event if that one passes.
    fill(&client, &["b", "a-1", "b", "a-2", "b"]).await;
    expected = vec!["+a-1/1".to_owned(), "+a-2/0".to_owned(), at(12)];
    assert_eq!(told_until(&mut subscription, &at(12)).await, expected);
}

/// Turning live tells no checkpoint, and the records behind the last full page count towards the next.
#[tokio::test(flavor = "multi_thread")]
async fn older_servers_count_on_when_they_turn_live() {
    let cluster = Cluster::with(1, Settings::like(Like::EventStore23)).unwrap();
    let client = client(&cluster);
    fill(&client, &["b", "b", "b", "a-1", "b", "b", "b"]).await;
    let at = |index: usize| format!("checkpoint {}", cluster.records()[index].position.commit);
    let mut subscription = client.subscribe_to_all(&all(prefix(4), StreamPosition::Start)).await;
    assert_eq!(
        told_until(&mut subscription, "caught up").await,
        ["confirmed", "+a-1/0", &at(3), "caught up"]
    );
    append(&client, "a-1", ExpectedRevision::Any, events(3)).await.unwrap();
    // Three of four were looked at: so it falls between two events of one append.
    assert_eq!(told_until(&mut subscription, "+a-1/3").await, ["+a-1/1", &at(7), "+a-1/2", "+a-1/3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_is_caught_up_with_at_once() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    let mut subscription = client.subscribe_to_all(&all(prefix(32), StreamPosition::Start)).await;
    assert_eq!(told_until(&mut subscription, "caught up").await, ["confirmed", "caught up"]);
    let options = SubscribeToStreamOptions::default();
    let mut later = client.subscribe_to_stream("a-1", &options).await;
    assert_eq!(told_until(&mut later, "caught up").await, ["confirmed", "caught up"]);
    fill(&client, &["a-1"]).await;
    assert_eq!(
        (told(&mut subscription).await, told(&mut later).await),
        ("+a-1/0".to_owned(), "+a-1/0".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn older_servers_do_not_tell_that_they_caught_up() {
    let cluster = Cluster::with(1, Settings { caught_up: false, ..Settings::default() }).unwrap();
    let client = client(&cluster);
    fill(&client, &["a-1"]).await;
    let mut subscription = client.subscribe_to_all(&all(None, StreamPosition::Start)).await;
    assert_eq!(told_until(&mut subscription, "+a-1/0").await, ["confirmed", "+a-1/0"]);
    fill(&client, &["a-1"]).await;
    assert_eq!(told(&mut subscription).await, "+a-1/1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_checkpoint_can_be_gone_on_from() {
    for positions in [Positions::Own, Positions::SharedCommit] {
        let cluster = Cluster::with(1, Settings { positions, ..Settings::default() }).unwrap();
        let client = client(&cluster);
        for at in 0..6 {
            fill(&client, &["b", "b"]).await;
            append(&client, "a-1", ExpectedRevision::Any, events(at)).await.unwrap();
        }
        let mut subscription = client.subscribe_to_all(&all(prefix(2), StreamPosition::Start)).await;
        let (mut seen, mut checkpoints) = (0, Vec::new());
        loop {
            match subscription.next_subscription_event().await.unwrap() {
                SubscriptionEvent::EventAppeared(_) => seen += 1,
                SubscriptionEvent::Checkpoint(at) => checkpoints.push((at, seen)),
                SubscriptionEvent::CaughtUp => break,
                _ => {}
            }
        }
        assert_eq!(seen, 15);
        assert!(checkpoints.len() > 5, "{checkpoints:?}");
        for (at, before) in checkpoints {
            let mut rest = client.subscribe_to_all(&all(prefix(2), StreamPosition::Position(at))).await;
            let told = told_until(&mut rest, "caught up").await;
            let events = told.iter().filter(|told| told.starts_with('+')).count();
            assert_eq!(before + events, 15, "{positions:?} {at:?}: {told:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_kept_ends_it_on_older_servers() {
    let cluster = Cluster::with(1, Settings::like(Like::EventStore23)).unwrap();
    let client = client(&cluster);
    let mut subscription = client.subscribe_to_all(&all(prefix(500), StreamPosition::Start)).await;
    told_until(&mut subscription, "caught up").await;
    append(&client, "a-1", ExpectedRevision::NoStream, events(32)).await.unwrap();
    told_until(&mut subscription, "+a-1/31").await;
    append(&client, "a-1", ExpectedRevision::Any, events(33)).await.unwrap();
    told_until(&mut subscription, "+a-1/63").await;
    let ended = subscription.next_subscription_event().await;
    assert!(
        matches!(&ended, Err(eventstore::Error::Grpc { message, .. }) if message.contains("too slow")),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_kept_is_caught_up_with_again() {
    let cluster = Cluster::with(1, Settings::like(Like::Kurrent26)).unwrap();
    let client = client(&cluster);
    let mut subscription = client.subscribe_to_all(&all(prefix(32), StreamPosition::Start)).await;
    assert_eq!(told_until(&mut subscription, "caught up").await, ["confirmed", "caught up"]);
    append(&client, "a-1", ExpectedRevision::NoStream, events(40)).await.unwrap();
    let mut again = told_until(&mut subscription, "caught up").await;
    again.retain(|told| told.starts_with('+'));
    assert_eq!(again, (0..40).map(|at| format!("+a-1/{at}")).collect::<Vec<_>>());
    fill(&client, &["a-1"]).await;
    assert_eq!(told_until(&mut subscription, "+a-1/40").await.len(), 1);
}

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::value::RawValue;
use tokio::time::{sleep, timeout};

use super::stub::{
    Says, Stub, caught_up, confirmation, elsewhere, event, is_version, leads, nobody_leads, redirection,
};
use super::{SECONDS, away, barred, cluster};
use crate::store::kurrent::client::{Expected, Proposed, Signal, Trouble};

fn plain(at: SocketAddr) -> String {
    format!("{at}?tls=false")
}

fn refusal(
    code: u16,
    words: &'static str,
    trailers: &[(&'static str, &str)],
) -> impl Fn(&str) -> Says + use<> {
    let trailers: Vec<_> = trailers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    move |_| Says::Refuses(Vec::new(), code, words, trailers.clone())
}

fn proposed(bytes: usize) -> Arc<[Proposed]> {
    let data = RawValue::from_string(format!("\"{}\"", "x".repeat(bytes))).unwrap();
    let event = Proposed { id: uuid::Uuid::nil(), kind: "noted".into(), data, metadata: "{}".into() };
    [event].into()
}

/// What an append comes to, when it is answered so.
async fn append(says: impl Fn(&str) -> Says + Send + Sync + 'static, bytes: usize) -> Trouble {
    let server = Stub::start(says).await;
    let appended =
        cluster(&plain(server.at)).append("s".into(), Expected::Length(3), proposed(bytes), SECONDS(2)).await;
    appended.expect_err("it is refused")
}

#[tokio::test]
async fn what_an_append_is_refused_with() {
    let deleted = refusal(9, "Event stream 's' is deleted.", &[("exception", "stream-deleted")]);
    assert_eq!(append(deleted, 1).await, Trouble::Deleted("Event stream 's' is deleted.".into()));
    let moved = refusal(9, "no", &[("exception", "wrong-expected-version"), ("actual-version", "6")]);
    assert_eq!(append(moved, 1).await, Trouble::Conflict { length: Some(7) });
    let exception = ("exception", "maximum-append-size-exceeded");
    for (words, trailer) in
        [("Maximum Append Size of 1048576 Exceeded.", ("x", "y")), ("no", ("maximum-append-size", "1048576"))]
    {
        let told = append(refusal(3, words, &[exception, trailer]), 1).await;
        let Trouble::TooLarge(told) = told else { panic!("{told:?}") };
        assert!(
            told.contains("MaxAppendSize of 1048576 bytes: its operator can raise it (--max-append-size)")
        );
    }
    let words = "Event with Id: 1-2, Size: 999, exceeds Maximum Append Event Size of 77.";
    let told = append(refusal(3, words, &[("exception", "maximum-append-event-size-exceeded")]), 1).await;
    let Trouble::TooLarge(told) = told else { panic!("{told:?}") };
    assert!(told.contains("MaxAppendEventSize of 77 bytes"), "{told}");
    let words = "Received message exceeds the maximum configured message size.";
    assert!(matches!(append(refusal(8, words, &[]), 1).await, Trouble::TooLarge(_)));
    // It is not even sent.
    let told = append(|_| Says::Nothing, 17 << 20).await;
    let Trouble::TooLarge(told) = told else { panic!("{told:?}") };
    assert!(told.contains("16767216 bytes (16 MiB less 10,000): no setting raises that"), "{told}");
    let told = away(append(refusal(10, "Operation timed out: Commit phase timeout.", &[]), 1).await);
    assert!(told.contains("misses a majority of its nodes"), "{told}");
    let told = away(append(refusal(14, "Server Is Not Ready", &[]), 1).await);
    assert!(told.contains("is not ready: a majority of the cluster's nodes is missing"), "{told}");
    let told = away(append(|_| Says::Messages(vec![vec![0xff; 9]]), 1).await);
    assert!(!told.is_empty());
    let told = away(append(|_| Says::Messages(vec![Vec::new()]), 1).await);
    assert!(told.contains("neither success nor failure"), "{told}");
}

#[tokio::test]
async fn what_has_no_right_is_told_which() {
    let server = Stub::start(refusal(7, "Access Denied", &[("exception", "access-denied")])).await.at;
    let told = barred(cluster(&plain(server)).before(None, 1).await.expect_err("it may not"));
    assert!(told.contains("no login is told | set SCRIBE_STORE_USER"), "{told}");
    let known = cluster(&format!("anna:secret@{server}?tls=false"));
    let told = barred(known.before(None, 1).await.expect_err("it may not"));
    assert!(told.contains("no right to read $all") && told.contains("$acl"), "{told}");
    let told = barred(known.read("s".into(), 0, 1).await.expect_err("it may not"));
    assert!(told.contains("read the record's streams") && !told.contains("secret"), "{told}");
    let server = Stub::start(refusal(16, "Unauthenticated", &[])).await.at;
    let known = cluster(&format!("anna:secret@{server}?tls=false"));
    let told = barred(known.before(None, 1).await.expect_err("it may not"));
    assert!(told.contains("does not take this user and password"), "{told}");
    assert!(!told.contains("secret") && !told.contains("anna"), "{told}");
}

#[tokio::test]
async fn whoever_does_not_lead_sends_to_who_does() {
    let leader = Stub::start(|_| Says::Messages(vec![event(0)])).await.at;
    let follower = Stub::start(move |_| elsewhere(leader)).await.at;
    let cluster = cluster(&plain(follower));
    for _ in 0..2 {
        assert_eq!(cluster.before(None, 1).await.unwrap().len(), 1);
    }
    // Two that send to each other are not followed for ever.
    let (one, two) =
        (std::sync::Arc::new(std::sync::OnceLock::new()), std::sync::Arc::new(std::sync::OnceLock::new()));
    let to = Arc::clone(&two);
    one.set(Stub::start(move |_| elsewhere(*to.get().unwrap())).await.at).unwrap();
    let to = Arc::clone(&one);
    two.set(Stub::start(move |_| elsewhere(*to.get().unwrap())).await.at).unwrap();
    let told =
        away(super::cluster(&plain(*one.get().unwrap())).before(None, 1).await.expect_err("nobody leads"));
    assert!(told.contains("has no leader"), "{told}");
}

#[tokio::test]
async fn a_cluster_without_a_leader_says_so() {
    let [one, two] = [Stub::start(|_| nobody_leads()).await.at, Stub::start(|_| nobody_leads()).await.at];
    let cluster = cluster(&format!("{one},{two}?tls=false"));
    let told = away(cluster.before(None, 1).await.expect_err("nobody leads"));
    assert!(told.starts_with("the cluster has no leader, says 127.0.0.1:"), "{told}");
    let told = away(cluster.tell_leader().await.expect_err("nobody leads"));
    assert!(told.starts_with("the cluster has no leader"), "{told}");
}

#[tokio::test]
async fn the_leader_is_told() {
    let leader: SocketAddr = "127.0.0.1:2999".parse().unwrap();
    let node = Stub::start(move |call| match call {
        "Gossip/Read" => leads(leader),
        _ => is_version("26.1.0"),
    })
    .await;
    let told = cluster(&plain(node.at)).tell_leader().await.unwrap();
    assert_eq!((told.host.as_str(), told.port, told.established), ("127.0.0.1", 2999, true));
    assert_eq!(cluster(&plain(node.at)).version().await, Ok(Some("26.1.0".to_owned())));
}

#[tokio::test]
async fn a_version_that_loses_events_is_refused_by_name() {
    for version in ["25.0.0", "25.0.0.2963", "25.0.0-ee+abc"] {
        let node = Stub::start(move |_| is_version(version)).await.at;
        let told = barred(cluster(&plain(node)).version().await.expect_err("it loses events"));
        assert!(told.contains("KurrentDB 25.0.0") && told.contains("25.0.1"), "{told}");
        let subscribed = cluster(&plain(node)).subscribe([String::new(), String::new()], None).await;
        assert!(matches!(subscribed, Err(Trouble::Barred { .. })));
    }
    let node = Stub::start(|_| is_version("25.0.1")).await.at;
    assert!(cluster(&plain(node)).version().await.is_ok());
}

/// Some servers confirm before they refuse: it has begun where it goes on.
#[tokio::test]
async fn a_subscription_begins_at_the_leader() {
    let leader = Stub::start(|call| match call {
        "Streams/Read" => Says::AndOn(vec![confirmation(), event(0), caught_up()]),
        _ => is_version("26.1.0"),
    })
    .await;
    let at = leader.at;
    let follower = Stub::start(move |call| match call {
        "Streams/Read" => Says::Refuses(vec![confirmation()], 5, "Leader info available", redirection(at)),
        _ => is_version("26.1.0"),
    })
    .await;
    let cluster = cluster(&plain(follower.at));
    let mut signals = cluster.subscribe(["a", "b"].map(str::to_owned), None).await.unwrap();
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Begun))));
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Event(_)))));
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Live))));
    // Who listens no more has given up the call.
    drop(signals);
    for _ in 0..100 {
        if leader.given_up.load(Ordering::SeqCst) == 1 {
            return;
        }
        sleep(SECONDS(1) / 100).await;
    }
    panic!("the call is still open");
}

#[tokio::test]
async fn a_subscription_that_ends_says_so() {
    let node = Stub::start(|call| match call {
        "Streams/Read" => Says::Messages(vec![confirmation(), caught_up()]),
        _ => is_version("26.1.0"),
    })
    .await;
    let mut signals = cluster(&plain(node.at)).subscribe(["a", "b"].map(str::to_owned), None).await.unwrap();
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Begun))));
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Live))));
    let told = away(signals.recv().await.unwrap().expect_err("it has ended"));
    assert_eq!(told, "the server ended the subscription");
    assert!(signals.recv().await.is_none());
}

/// A call that nobody waits for any more is cancelled, not left open.
#[tokio::test]
async fn who_gives_up_cancels() {
    let node = Stub::start(|_| Says::Nothing).await;
    let cluster = cluster(&plain(node.at));
    for round in 1..=150 {
        let asked = cluster.append("s".into(), Expected::AnyLength, proposed(1), SECONDS(5));
        assert!(timeout(SECONDS(1) / 200, asked).await.is_err());
        if round % 50 == 0 {
            sleep(SECONDS(1) / 10).await;
        }
    }
    for _ in 0..200 {
        if node.given_up.load(Ordering::SeqCst) >= 100 {
            return;
        }
        sleep(SECONDS(1) / 100).await;
    }
    panic!("only {} calls were cancelled", node.given_up.load(Ordering::SeqCst));
}

#[tokio::test]
async fn no_answer_in_time_is_told_as_such() {
    let node = Stub::start(|_| Says::Nothing).await.at;
    let cluster = cluster(&format!("{node}?tls=false&defaultDeadline=200"));
    let told = away(cluster.before(None, 1).await.expect_err("it is silent"));
    assert_eq!(told, format!("{node} gives no answer within 200 ms"));
}

/// The largest import: each event is a message of its own, so the whole has no limit here.
#[tokio::test]
async fn an_append_may_be_large() {
    let node = Stub::start(|_| super::stub::kept(41, 990)).await;
    let data = RawValue::from_string(format!("\"{}\"", "x".repeat(1_500))).unwrap();
    let event = Proposed { id: uuid::Uuid::nil(), kind: "noted".into(), data, metadata: "{}".into() };
    let events: Arc<[Proposed]> = vec![event; 9_999].into();
    let cluster = cluster(&plain(node.at));
    let place = cluster.append("s".into(), Expected::Length(0), events, SECONDS(20)).await.unwrap();
    assert_eq!(place, crate::store::kurrent::client::Place::at(990, 990));
    assert_eq!(node.appended.load(Ordering::SeqCst), 10_000);
}

/// What is ahead of its reader is bounded in bytes, and nothing of it is lost.
#[tokio::test]
async fn a_reader_may_be_slow() {
    let node = Stub::start(|call| match call {
        "Streams/Read" => {
            let events = (0..100).map(|number| super::stub::event_of(number, 1 << 20));
            Says::AndOn(std::iter::once(confirmation()).chain(events).chain([caught_up()]).collect())
        }
        _ => is_version("26.1.0"),
    })
    .await;
    let mut signals = cluster(&plain(node.at)).subscribe(["a", "b"].map(str::to_owned), None).await.unwrap();
    sleep(SECONDS(1)).await;
    let waiting = signals.len();
    assert!((64..=66).contains(&waiting), "{waiting} are waiting");
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Begun))));
    for number in 0..100 {
        let Some(Ok(Signal::Event(seen))) = signals.recv().await else { panic!("{number}") };
        assert_eq!(seen.number, number);
    }
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Live))));
}

/// The runtime of whoever asked first may end; the store goes on.
#[test]
fn connections_outlive_whoever_asked() {
    let of_the_server = tokio::runtime::Runtime::new().unwrap();
    let node = of_the_server.block_on(Stub::start(|_| Says::Messages(vec![event(7)])));
    let address = format!("esdb://{}?tls=false", node.at).parse().unwrap();
    let times = std::sync::Arc::new(crate::store::kurrent::client::times::Times::new(crate::clock::system()));
    let commands = crate::store::kurrent::client::commands::Commands::new(address, times);
    for _ in 0..3 {
        let one = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let end = one.block_on(commands.end());
        assert_eq!(end, Ok(Some(crate::store::kurrent::client::Place::at(70, 70))));
    }
    assert_eq!(node.connections.load(Ordering::SeqCst), 1);
}

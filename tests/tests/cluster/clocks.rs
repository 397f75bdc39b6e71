//! A node whose clock is not the cluster's: it records nothing, says so with both times, and goes on by itself.

use scribe_domain::event_store::{AppendError, EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_protocol_server::{Call, Settings};
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::notes;

use super::node::{must_agree, on, tell, until};

/// Two hours, in seconds.
const TWO_HOURS: i64 = 7_200;

/// Why this is refused, which is that a clock is wrong.
async fn refused(node: &dyn EventStore) -> String {
    match node.append(notes(3, 0, &["x"])).await {
        Err(AppendError::Store(StoreError::ClockWrong { why, remedy })) => {
            assert!(remedy.contains("set the clock"), "{remedy}");
            why
        }
        other => panic!("{other:?}"),
    }
}

fn appends(place: &OnCluster) -> u64 {
    let figures = place.server().unwrap().figures(0);
    figures.calls(Call::Append) + figures.calls(Call::BatchAppend)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_not_the_clusters_records_nothing_until_it_is() {
    let place = on(Settings::default());
    let server = place.server().unwrap();
    let old = place.open();
    let first = notes(0, 0, &["x"]);
    let receipt = tell(&*old, first.clone()).await;
    for (ahead, side, events) in [(TWO_HOURS, "behind", 1), (-TWO_HOURS, "ahead", 3)] {
        server.set_clock(ahead);
        // A fresh one before its first append, and one that has appended before.
        let fresh = place.open();
        let before = appends(&place);
        let why = refused(&*fresh).await;
        assert!(why.contains("this machine's clock says 20") && why.contains("the store's 20"), "{why}");
        assert!(why.contains(side) && why.contains("2 min are tolerated"), "{why}");
        until("the old one finds out", || async { old.takes_appends().await.is_err() }).await;
        assert!(refused(&*old).await.contains(side));
        assert_eq!(appends(&place), before, "something was sent");
        // Looking goes on, and what was acknowledged is acknowledged again.
        assert_eq!(fresh.head().await.unwrap(), Position(events));
        assert_eq!(old.append(first.clone()).await.unwrap(), receipt);
        assert!(old.stale().await.is_none());
        let beyond = old.ahead().await.unwrap().likely().unwrap().num_seconds();
        assert!((beyond + ahead).abs() < 10, "{beyond}");
        // At once, and by itself.
        server.set_clock(0);
        fresh.takes_appends().await.unwrap();
        let incident = if ahead > 0 { 1 } else { 2 };
        tell(&*fresh, notes(incident, 0, &["x"])).await;
        tell(&*old, notes(incident, 1, &["y"])).await;
    }
    must_agree(&place, &[old], &[receipt]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_answers_do_not_say_the_time_an_event_of_the_records_own_does() {
    let place = on(Settings { dates: false, ..Settings::default() });
    let server = place.server().unwrap();
    tell(&*place.open(), notes(0, 0, &["x"])).await;
    for ahead in [TWO_HOURS, -TWO_HOURS] {
        server.set_clock(ahead);
        let node = place.open();
        let why = refused(&*node).await;
        assert!(why.contains(if ahead > 0 { "behind" } else { "ahead" }), "{why}");
        assert_eq!(node.head().await.unwrap(), Position(1));
    }
    server.set_clock(0);
    tell(&*place.open(), notes(1, 0, &["x"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_within_what_is_tolerated_records() {
    let place = on(Settings::default());
    for ahead in [110, -110] {
        place.server().unwrap().set_clock(ahead);
        let node = place.open();
        tell(&*node, notes(usize::from(ahead <= 0), 0, &["x"])).await;
    }
}

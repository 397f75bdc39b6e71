//! The log is shared: what others write into it costs the record nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use scribe::clock;
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_protocol_server::Proposed;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{SOME, keep, keep_some};
use tempfile::tempdir;

use super::node::{server, until};

const MANY: u32 = 1_000_000;

fn open(place: &OnCluster, mirror: &Path) -> KurrentStore {
    KurrentStore::open(place.address(), mirror, clock::system()).unwrap()
}

fn fences(place: &OnCluster) -> u64 {
    place.server().unwrap().stream_length("scribe-fence")
}

/// A process that runs puts fences as others write, and what comes after it begins behind them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_million_events_of_others_cost_a_fence() {
    let (place, mirror) = (server(1), tempdir().unwrap());
    let cluster = place.server().unwrap();
    let node = open(&place, mirror.path());
    keep_some(&node).await;
    cluster.write_run("orders-17", Proposed::json("ordered", "{}"), MANY);
    // Looked at while the server is still filtering: it waits, and is right.
    assert_eq!(node.head().await, Ok(Position(SOME)));
    until("a fence is put", || async { fences(&place) > 0 }).await;
    assert!(fences(&place) < 200, "{} fences for {MANY} events", fences(&place));
    drop(node);

    let (read, filtered) = (cluster.figures(0).events_read(), cluster.figures(0).events_filtered());
    let asked = Instant::now();
    let node = open(&place, mirror.path());
    assert_eq!(node.head().await, Ok(Position(SOME)));
    keep(&node, 0, 7, &["on"]).await;
    let figures = cluster.figures(0);
    let (read, filtered) = (figures.events_read() - read, figures.events_filtered() - filtered);
    // What it took is counted, and not timed; but it must not be the seconds that a million takes.
    assert!(read < 300 && filtered < 30_000, "{read} events were read and {filtered} filtered");
    assert!(asked.elapsed() < Duration::from_secs(10));
}

/// Only command lines, each a process of its own: the first to come pays for what others wrote, the next do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_next_process_begins_behind_the_fence_of_the_last() {
    let (place, mirror) = (server(1), tempdir().unwrap());
    let cluster = place.server().unwrap();
    let node = open(&place, mirror.path());
    keep_some(&node).await;
    drop(node);
    cluster.write_run("orders-17", Proposed::json("ordered", "{}"), 100_000);
    for paid in [true, false, false] {
        let filtered = cluster.figures(0).events_filtered();
        let node = open(&place, mirror.path());
        assert_eq!(node.head().await, Ok(Position(SOME)));
        drop(node);
        let filtered = cluster.figures(0).events_filtered() - filtered;
        assert_eq!(filtered > 50_000, paid, "{filtered}");
    }
}

/// Who may read and not write puts no fence: the server looks through what others wrote, once a look.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_right_to_write_the_log_is_looked_through() {
    let place = server(1);
    let cluster = place.server().unwrap();
    let (writer, reader) = (tempdir().unwrap(), tempdir().unwrap());
    keep_some(&open(&place, writer.path())).await;
    cluster.refuse_appends_to("scribe-fence");
    cluster.write_run("orders-17", Proposed::json("ordered", "{}"), 20_000);
    let node = open(&place, reader.path());
    assert_eq!(node.head().await, Ok(Position(SOME)));
    assert_eq!(fences(&place), 0);
    assert_eq!(node.stale().await, None);
    // And it sees what comes behind them.
    keep(&open(&place, writer.path()), 0, 7, &["on"]).await;
    cluster.write_run("orders-17", Proposed::json("ordered", "{}"), 20_000);
    assert_eq!(node.head().await, Ok(Position(SOME + 1)));
}

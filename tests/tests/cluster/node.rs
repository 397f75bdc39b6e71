//! Those who tell a record in a cluster things, and what must be true of it afterwards.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use scribe_domain::event_store::{Append, AppendError, EventStore, Receipt, StoreError};
use scribe_domain::ids::{CommandId, Position};
use scribe_protocol_server::{Cluster, Settings};
use scribe_tests::budget::Random;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{all_kept, everything, notes};
use tokio::time::{Instant, sleep, timeout};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Somebody who serves the record.
pub(crate) type Node = Arc<dyn EventStore>;

/// A protocol server with so many nodes.
pub(crate) fn server(nodes: usize) -> OnCluster {
    OnCluster::of(Cluster::start(nodes).unwrap())
}

/// One with one node that is set up so.
pub(crate) fn on(settings: Settings) -> OnCluster {
    OnCluster::of(Cluster::with(1, settings).unwrap())
}

/// Fails rather than hangs.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let end = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Whether something is so within some seconds.
pub(crate) async fn within<F: Future<Output = bool>>(seconds: u64, mut is_so: impl FnMut() -> F) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if is_so().await {
            return true;
        }
        sleep(Duration::from_millis(50)).await;
    }
    false
}

/// Tells it until it is acknowledged: under the same command id, at whatever revision the incident is.
pub(crate) async fn tell(node: &dyn EventStore, mut append: Append) -> Receipt {
    let telling = async {
        loop {
            match node.append(append.clone()).await {
                Ok(receipt) => return receipt,
                Err(AppendError::Conflict { actual, .. }) => append.expected = actual,
                Err(AppendError::Store(StoreError::Unavailable(_))) => sleep(Duration::from_millis(20)).await,
                Err(AppendError::Store(other)) => panic!("{other}"),
            }
        }
    };
    in_time("an append", telling).await
}

/// Tells several incidents so many things, one to four events each.
pub(crate) async fn tell_some(node: &dyn EventStore, random: &mut Random, count: usize) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for _ in 0..count {
        let texts = ["a", "b", "c", "d"];
        let append = notes(random.place(4), 0, &texts[..=random.place(4)]);
        receipts.push(tell(node, append).await);
    }
    receipts
}

/// All nodes, and one that begins with nothing, show the same record: with every receipt in it, nothing
/// twice, nothing missing.
pub(crate) async fn must_agree(place: &OnCluster, nodes: &[Node], receipts: &[Receipt]) {
    let fresh = place.open();
    in_time("agreement", async {
        let in_reach = async |node: &Node| {
            let _ = node.head().await;
            until("a node in reach", || async { node.stale().await.is_none() }).await;
        };
        in_reach(&fresh).await;
        let record = everything(&*fresh).await;
        let (kept, tree) = (all_kept(&*fresh).await, fresh.tree().await.unwrap());
        assert_eq!(tree.size, record.len() as u64);
        for node in nodes {
            in_reach(node).await;
            assert_eq!(all_kept(&**node).await, kept);
            assert_eq!(node.tree().await.unwrap(), tree);
        }
        for (recorded, place) in record.iter().zip(1..) {
            assert_eq!(recorded.position, Position(place));
        }
        let commands: HashSet<CommandId> = record.iter().map(|recorded| recorded.cause.command_id).collect();
        let firsts = record.iter().filter(|recorded| recorded.index == 0).count();
        assert_eq!(commands.len(), firsts, "a request is there twice");
        for receipt in receipts {
            for (id, position) in receipt.events.iter().zip(&receipt.positions) {
                let at = usize::try_from(position.0 - 1).unwrap();
                let recorded = record.get(at).unwrap_or_else(|| panic!("{position} is lost"));
                assert_eq!((recorded.event_id(), &recorded.incident), (*id, &receipt.incident));
            }
        }
        // Recorded times never go back, in whatever order they were stamped.
        assert!(record.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
    })
    .await;
}

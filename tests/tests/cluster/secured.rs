//! A cluster that is secured and wants to know who asks.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use scribe::store::address::{ClusterAddress, Login as Who};
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_protocol_server::{Cluster, Login, Settings};
use scribe_tests::contract::told::{keep, notes};

use super::node::until;

fn open(address: &str, folder: &Path) -> KurrentStore {
    let address = ClusterAddress::parse(address, &Who::default()).unwrap();
    KurrentStore::open(&address, folder, Arc::new(chrono::Utc::now)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_come_in_does_and_nobody_else() {
    let login = Login { user: "anna".to_owned(), password: "p:@ss/word".to_owned() };
    let cluster =
        Cluster::with(3, Settings { tls: true, login: Some(login), ..Settings::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, cluster.authority().unwrap()).unwrap();
    let ports = [0, 1, 2].map(|node| format!("127.0.0.1:{}", cluster.port(node))).join(",");
    let trusted = format!("tlsCaFile={}", authority.display());

    let node = open(&format!("esdb://anna:p%3A%40ss%2Fword@{ports}?{trusted}"), &folder.path().join("good"));
    keep(&node, 1, 0, &["one", "two"]).await;
    assert_eq!(node.head().await, Ok(Position(2)));

    // Each is told why, on a node of its own.
    for (at, address, why) in [
        ("password", format!("anna:wrong@{ports}?{trusted}"), "does not take this user and password"),
        ("nobody", format!("{ports}?{trusted}"), "no login is told"),
        ("open", format!("anna:wrong@{ports}?tls=false"), "speaks TLS, and this side without it"),
        ("system", format!("anna:wrong@{ports}"), "signed by nobody who is trusted here"),
    ] {
        let node = open(&format!("esdb://{address}"), &folder.path().join(at));
        until(why, || async {
            let refused = format!("{:?}", node.append(notes(2, 0, &["x"])).await.unwrap_err());
            assert!(!refused.contains("anna") && !refused.contains("wrong@"), "{refused}");
            refused.contains(why)
        })
        .await;
    }
}

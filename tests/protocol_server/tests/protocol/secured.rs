//! TLS and a login.

use eventstore::{Client, Error, ExpectedRevision, ReadAllOptions, SubscribeToAllOptions};
use scribe_protocol_server::{Cluster, Login, Settings};

use super::{append, events};

fn connect(address: &str) -> Client {
    Client::new(format!("{address}&discoveryInterval=20&maxDiscoverAttempts=2").parse().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_knows_the_authority_gets_through() {
    let cluster = Cluster::with(1, Settings { tls: true, ..Settings::default() }).unwrap();
    let file = std::env::temp_dir().join(format!("protocol-server-{}.pem", uuid::Uuid::new_v4()));
    std::fs::write(&file, cluster.authority().unwrap()).unwrap();
    let address = cluster.connection_string();
    let trusting = connect(&format!("{address}&tlsCAFile={}", file.display()));
    append(&trusting, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    let careless = connect(&format!("{address}&tlsVerifyCert=false"));
    append(&careless, "one", ExpectedRevision::Exact(0), events(1)).await.unwrap();
    for stranger in [connect(&address), connect(&address.replace("tls=true", "tls=false"))] {
        assert!(append(&stranger, "one", ExpectedRevision::Any, events(1)).await.is_err());
    }
    std::fs::remove_file(file).unwrap();
    assert_eq!(cluster.records().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_password_reads_and_writes() {
    let login = Login { user: "scribe".to_owned(), password: "mellon".to_owned() };
    let cluster = Cluster::with(1, Settings { login: Some(login), ..Settings::default() }).unwrap();
    let address = cluster.connection_string();
    append(&connect(&address), "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    for other in [address.replace("mellon", "friend"), address.replace("scribe:mellon@", "")] {
        let refused = append(&connect(&other), "one", ExpectedRevision::Any, events(1)).await;
        assert!(matches!(refused, Err(Error::AccessDenied)), "{other}: {refused:?}");
    }
    assert_eq!(cluster.records().len(), 1);
    assert!(!format!("{cluster:?}").contains("mellon"), "a test's failure prints it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_user_has_streams_but_neither_all_of_them_nor_the_servers_own() {
    let login = |user: &str| Login { user: user.to_owned(), password: "mellon".to_owned() };
    let settings =
        Settings { login: Some(login("admin")), users: vec![login("scribe")], ..Settings::default() };
    let cluster = Cluster::with(1, settings).unwrap();
    let administrator = connect(&cluster.connection_string());
    let plain = connect(&cluster.connection_string().replace("admin:", "scribe:"));
    append(&plain, "one", ExpectedRevision::NoStream, events(1)).await.unwrap();
    let refused = append(&plain, "$settings", ExpectedRevision::Any, events(1)).await;
    assert!(matches!(refused, Err(Error::AccessDenied)), "{refused:?}");
    let all = async |client: &Client| client.read_all(&ReadAllOptions::default()).await?.next().await;
    assert!(matches!(all(&plain).await, Err(Error::AccessDenied)));
    assert!(all(&administrator).await.unwrap().is_some());
    let mut subscription = plain.subscribe_to_all(&SubscribeToAllOptions::default()).await;
    let refused = subscription.next_subscription_event().await;
    assert!(matches!(refused, Err(Error::AccessDenied)), "{refused:?}");
}

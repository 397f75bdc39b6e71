use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::stub::{Says, Stub, event, leads};
use super::{away, barred, cluster, times, why};
use crate::store::kurrent::client::Cluster;

#[tokio::test]
async fn nothing_listens() {
    let at = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let told = away(why(&format!("{at}?tls=false")).await);
    assert_eq!(told, format!("nothing listens at {at} (connection refused)"));
}

#[tokio::test]
async fn an_unknown_host() {
    let told = away(why("nowhere.invalid?tls=false").await);
    assert!(told.starts_with("the host nowhere.invalid is not known ("), "{told}");
}

/// A machine that does not even take connections: its queue is full, and what comes is dropped.
async fn silent() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) = timeout(Duration::from_millis(200), TcpStream::connect(at)).await {
        held.push(stream);
        assert!(held.len() < 10, "the queue is never full");
    }
    (at, held, listener)
}

#[tokio::test]
async fn a_silent_machine() {
    let (at, _held, _listener) = silent().await;
    let told = away(why(&format!("{at}?tls=false")).await);
    assert_eq!(told, format!("{at} gives no answer within 1000 ms"));
}

/// Wherever the silent one is named, a fresh client is through at once.
#[tokio::test]
async fn one_of_three_that_is_silent_costs_nothing() {
    let (silent, _held, _listener) = silent().await;
    let leader = Stub::start(|call| match call {
        "Streams/Read" => Says::Messages(vec![event(0)]),
        _ => Says::Refuses(Vec::new(), 12, "unknown", Vec::new()),
    })
    .await;
    let at = leader.at;
    let other = Stub::start(move |_| leads(at)).await.at;
    for named in [[silent, at, other], [other, silent, at], [silent, other, at], [other, at, silent]] {
        let named = named.map(|at| at.to_string()).join(",");
        let began = Instant::now();
        let read = cluster(&format!("{named}?tls=false")).read("incident-1".to_owned(), 0, 1).await;
        assert_eq!(read.unwrap().unwrap().len(), 1);
        assert!(began.elapsed() < Duration::from_millis(700), "{named}: {:?}", began.elapsed());
    }
}

/// A server that answers whatever it hears with the same, and ends the connection.
async fn answers_with(words: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 16]).await;
                let _ = stream.write_all(words).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    at
}

#[tokio::test]
async fn a_wrong_port() {
    let http = answers_with(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    let told = barred(why(&format!("{http}?tls=false")).await);
    assert!(
        told.starts_with(&format!("what listens at {http} speaks HTTP/1, and no gRPC | name the port")),
        "{told}"
    );
    // The same where TLS is meant.
    let told = barred(why(&format!("{http}?tlsVerifyCert=false")).await);
    assert!(told.starts_with(&format!("{http} speaks without TLS")), "{told}");
    let other = answers_with(b"SSH-2.0-OpenSSH_9.7\r\n").await;
    let told = barred(why(&format!("{other}?tls=false")).await);
    assert!(told.starts_with(&format!("what listens at {other} speaks no gRPC")), "{told}");
}

/// One name that stands for several addresses, of which some are nobody's.
#[tokio::test]
async fn one_name_stands_for_all_nodes() {
    let node = Stub::start(|call| match call {
        "Streams/Read" => Says::Messages(vec![event(0)]),
        _ => Says::Refuses(Vec::new(), 12, "unknown", Vec::new()),
    })
    .await;
    let address = format!("esdb+discover://localhost:{}?tls=false", node.at.port());
    let cluster = Cluster::new(&address.parse().unwrap(), times()).unwrap();
    assert_eq!(cluster.read("s".to_owned(), 0, 1).await.unwrap().unwrap().len(), 1);
}

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::stub::{Says, Stub, event, leads};
use super::{SECONDS, away, cluster};
use crate::store::kurrent::client::Signal;

/// A line to a server that can be cut without a word: what comes then is taken, and never answered.
async fn line(to: SocketAddr) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (cut, is_cut) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut is_cut = is_cut.clone();
            tokio::spawn(async move {
                let mut far = TcpStream::connect(to).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = is_cut.wait_for(|cut| *cut) => {}
                }
                std::future::pending::<()>().await;
            });
        }
    });
    (at, cut)
}

fn answers(call: &str) -> Says {
    match call {
        "Streams/Read" => Says::AndOn(vec![super::stub::confirmation(), super::stub::caught_up()]),
        _ => Says::Refuses(Vec::new(), 12, "unknown", Vec::new()),
    }
}

/// What was there and is silent is noticed without anybody asking.
#[tokio::test]
async fn a_subscription_notices_that_a_machine_has_vanished() {
    let (at, cut) = line(Stub::start(answers).await.at).await;
    let cluster = cluster(&format!("{at}?tls=false"));
    let mut signals = cluster.subscribe(["incident-", "x"].map(str::to_owned), None).await.unwrap();
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Begun))));
    assert!(matches!(signals.recv().await, Some(Ok(Signal::Live))));
    let began = Instant::now();
    cut.send(true).unwrap();
    let told = away(signals.recv().await.unwrap().expect_err("it has vanished"));
    assert_eq!(told, format!("{at} does not answer any more"));
    assert!(began.elapsed() < SECONDS(4), "{:?}", began.elapsed());
}

/// The others are asked as soon as it is noticed; whoever asks before waits as long as for any answer.
#[tokio::test]
async fn a_leader_that_vanishes_is_left() {
    let reads = |call: &str, leader: SocketAddr| match call {
        "Streams/Read" => Says::Messages(vec![event(0)]),
        _ => leads(leader),
    };
    let (told, leader) = (Arc::new(OnceLock::new()), Arc::new(Mutex::new(None)));
    let who = Arc::clone(&told);
    let (first, cut) = line(Stub::start(move |call| reads(call, *who.get().unwrap())).await.at).await;
    told.set(first).unwrap();
    *leader.lock().unwrap() = Some(first);
    let who = Arc::clone(&leader);
    let second = Stub::start(move |call| reads(call, who.lock().unwrap().unwrap())).await.at;
    let who = Arc::clone(&leader);
    let third = Stub::start(move |call| reads(call, who.lock().unwrap().unwrap())).await.at;
    let cluster = cluster(&format!("{first},{second},{third}?tls=false"));
    let read = async || cluster.read("s".to_owned(), 0, 1).await;
    assert!(read().await.is_ok());
    cut.send(true).unwrap();
    // Until the others notice, nobody can do anything.
    let told = away(read().await.expect_err("it is silent"));
    assert!(told.starts_with(&format!("{first} gives no answer within 2000 ms")), "{told}");
    assert!(read().await.is_err());
    *leader.lock().unwrap() = Some(second);
    let began = Instant::now();
    assert!(read().await.is_ok());
    assert!(began.elapsed() < SECONDS(1) / 2, "{:?}", began.elapsed());
}

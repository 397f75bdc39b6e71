use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::stub::{Says, Stub, event, leads};
use super::{SECONDS, away, barred, cluster};
use crate::store::kurrent::client::Trouble;

async fn why(address: &str) -> Trouble {
    cluster(address).read("incident-1".to_owned(), 0, 1).await.expect_err("it cannot be read")
}

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
async fn silent() -> (SocketAddr, Vec<TcpStream>, tokio::net::TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(std::time::Duration::from_millis(200), TcpStream::connect(at)).await
    {
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
        assert!(began.elapsed() < std::time::Duration::from_millis(700), "{named}: {:?}", began.elapsed());
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

/// A server that secures connections by a certificate for these names, valid for so many days from 2020 on if told.
struct Secured {
    at: SocketAddr,
    authority: tempfile::NamedTempFile,
}

async fn secured(names: &[&str], until: Option<i32>) -> Secured {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if let Some(year) = until {
        params.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // As a server under .NET: no word to whoever does not speak TLS.
                let mut first = [0];
                let _ = stream.peek(&mut first).await;
                if first != [0x16] {
                    return;
                }
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 1_024]).await;
                }
            });
        }
    });
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), issuer.pem()).unwrap();
    Secured { at, authority }
}

#[tokio::test]
async fn certificates_that_will_not_do() {
    let good = secured(&["127.0.0.1"], None).await;
    let other = secured(&["127.0.0.1"], None).await;
    let with = |server: &Secured, authority: &Secured| {
        format!("{}?tlsCaFile={}", server.at, authority.authority.path().display())
    };
    let told = barred(why(&with(&good, &other)).await);
    assert!(told.contains("was signed by nobody who is trusted here | name the certificates"), "{told}");
    let expired = secured(&["127.0.0.1"], Some(2021)).await;
    let told = barred(why(&with(&expired, &expired)).await);
    assert!(told.contains("has expired"), "{told}");
    let early = secured(&["127.0.0.1"], Some(2_400)).await;
    let told = barred(why(&with(&early, &early)).await);
    assert!(told.contains("not valid yet"), "{told}");
    let elsewhere = secured(&["node1.example"], None).await;
    let told = barred(why(&with(&elsewhere, &elsewhere)).await);
    assert!(told.contains("is for another name") && told.contains("node1.example"), "{told}");
    // This one will do, and then says nothing of use.
    let told = away(why(&with(&good, &good)).await);
    assert!(told.contains(&format!("the connection to {} broke", good.at)), "{told}");
}

#[tokio::test]
async fn an_open_client_and_a_secured_server() {
    let server = secured(&["127.0.0.1"], None).await;
    let told = barred(why(&format!("{}?tls=false", server.at)).await);
    assert!(told.starts_with(&format!("{} speaks TLS, and this side without it", server.at)), "{told}");
}

/// What was there and is silent is noticed without anybody asking.
#[tokio::test]
async fn a_subscription_notices_that_a_machine_has_vanished() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Stub::start(|call| match call {
        "Streams/Read" => Says::AndOn(vec![super::stub::confirmation(), super::stub::caught_up()]),
        _ => Says::Refuses(Vec::new(), 12, "unknown", Vec::new()),
    })
    .await;
    // Between the two stands a line that can be cut without a word.
    let (cut, is_cut) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut is_cut = is_cut.clone();
            tokio::spawn(async move {
                let mut far = TcpStream::connect(server.at).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = is_cut.changed() => {}
                }
                std::future::pending::<()>().await;
            });
        }
    });
    let cluster = cluster(&format!("{at}?tls=false"));
    let mut signals = cluster.subscribe(["incident-", "x"].map(str::to_owned), None).await.unwrap();
    assert!(matches!(signals.recv().await, Some(Ok(crate::store::kurrent::client::Signal::Begun))));
    assert!(matches!(signals.recv().await, Some(Ok(crate::store::kurrent::client::Signal::Live))));
    let began = Instant::now();
    cut.send(true).unwrap();
    let told = away(signals.recv().await.unwrap().expect_err("it has vanished"));
    assert_eq!(told, format!("{at} does not answer any more"));
    assert!(began.elapsed() < SECONDS(4), "{:?}", began.elapsed());
}

//! Over a real socket: serving and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use scribe::app::gate::questions::Head;
use scribe::http::{ListenAddress, Listening, ServeError, bind, serve};
use scribe_tests::beneath::{SOMEBODY, open};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), ServeError>>,
}

async fn server(data: &std::path::Path) -> Server {
    let app = open(data);
    let listener = bind(Listening::at("127.0.0.1:0".parse().unwrap())).await.expect("a free port");
    let address = match listener.address() {
        ListenAddress::Tcp(address) => *address,
        ListenAddress::Unix(_) => unreachable!("it was told an address"),
    };
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(serve(app, listener, async {
        let _ = stopped.await;
    }));
    Server { address, stop, done }
}

async fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (status, body.to_owned())
}

#[tokio::test]
async fn it_serves_and_stops_with_its_feeds_and_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let declare = json!({ "title": "List import problems", "actor": "Zac" }).to_string();
    let (status, body) = request(server.address, "POST", "/v1/incidents", &declare).await;
    assert_eq!(status, 201, "{body}");
    let incident = serde_json::from_str::<Value>(&body).unwrap()["incident"].as_str().unwrap().to_owned();

    let mut feed = TcpStream::connect(server.address).await.unwrap();
    let head =
        format!("GET /v1/events HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n\r\n", server.address);
    feed.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("id: 1\n") {
        let mut bytes = [0; 4_096];
        let read = feed.read(&mut bytes).await.unwrap();
        assert!(read > 0, "the feed ended early: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let note = json!({ "text": "seen?", "actor": "Zac" }).to_string();
    let (status, _) =
        request(server.address, "POST", &format!("/v1/incidents/{incident}/commands/note"), &note).await;
    assert_eq!(status, 200);
    loop {
        let (status, _) = request(server.address, "GET", "/readyz", "").await;
        if status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    server.stop.send(()).unwrap();
    let rest = async {
        feed.read_to_string(&mut seen).await.unwrap();
        server.done.await.unwrap().unwrap();
    };
    tokio::time::timeout(Duration::from_secs(5), rest).await.expect("it stops although a feed was open");
    assert!(seen.contains("id: 2\n"), "{seen}");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");

    assert_eq!(open(folder.path()).ask(&SOMEBODY, Head).await.unwrap().0, 2);
}

#[tokio::test]
async fn what_is_too_large_is_answered_and_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let (status, body) = request(server.address, "POST", "/v1/incidents", &" ".repeat(10 << 20)).await;
    assert_eq!(status, 413, "{body}");
    server.stop.send(()).unwrap();
    server.done.await.unwrap().unwrap();
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:80"] {
        let error = bind(Listening::at(address.parse().unwrap())).await.unwrap_err();
        assert!(error.to_string().contains("without TLS scribe listens on loopback only"), "{error}");
    }
    let listening = Listening {
        behind_proxy: true,
        hosts: vec!["scribe.example.com".parse().unwrap()],
        ..Listening::at("0.0.0.0:0".parse().unwrap())
    };
    let listener = bind(listening).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path());
    assert!(matches!(serve(app, listener, std::future::pending()).await, Err(ServeError::NoToken)));
}

#[tokio::test]
async fn two_programs_on_one_folder_see_each_others_events() {
    let folder = tempfile::tempdir().unwrap();
    let of_its_own = || scribe_tests::api::Api::over(open(folder.path()));
    let (one, other) = (Arc::new(of_its_own()), of_its_own());
    assert_eq!(other.get("/v1/incidents").await.json()["incidents"], json!([]));
    let id = one.declare("List import problems").await;
    assert_eq!(other.get("/v1/incidents").await.json()["incidents"][0]["incident"], id);
    assert_eq!(other.tell(&id, "note", json!({ "text": "a", "actor": "Ada" })).await.status, 200);
    assert!(one.get(&format!("/v1/incidents/{id}")).await.header("etag").starts_with("\"2-"));
}

//! The real program on a record in a cluster that goes away and comes back: looks go on and say so, appends are
//! refused at once, and nothing needs a restart.
//!
//! The cluster is the protocol server of these tests, which can be killed and started again with the log that
//! it had.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use scribe_protocol_server::Cluster;
use scribe_tests::program::{PATIENCE, Program, Running};
use serde_json::{Value, json};

/// What a server answers.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A program that serves a record in a cluster.
struct Served {
    program: Program,
    running: Running,
    server: String,
    store: String,
}

impl Served {
    fn new(program: Program, store: &str) -> Self {
        let (running, server) = program.serve_as(|command| command.env("SCRIBE_STORE", store));
        Self { program, running, server, store: store.to_owned() }
    }

    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Answer {
        let address = self.server.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             idempotency-key: {key}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "none", "")
    }

    fn declare(&self, title: &str) -> String {
        let body = json!({ "title": title, "actor": "Zac" }).to_string();
        let answer = self.ask("POST", "/v1/incidents", title, &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["incident"].as_str().unwrap().to_owned()
    }

    fn note(&self, incident: &str, key: &str) -> Answer {
        let body = json!({ "text": key, "actor": "Zac" }).to_string();
        self.ask("POST", &format!("/v1/incidents/{incident}/commands/note"), key, &body)
    }

    /// Waits until the server says whether it is ready.
    fn until_ready(&self, status: u16) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get("/readyz");
            if answer.status == status {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "still {}: {}", answer.status, answer.body);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A command line of another process, to this server or to the store itself.
    fn cli(&self, through: &str, value: &str, args: &[&str]) -> (Option<i32>, String, String) {
        let output = self.program.command().env(through, value).args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn stop(self) -> (Program, String) {
        self.running.signal("TERM");
        let outcome = self.running.end();
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        (self.program, outcome.stderr)
    }
}

const MAY_BE_BEHIND: &str = "may be behind: the store has been out of reach since";

#[test]
fn the_cluster_goes_and_comes_back_and_nothing_is_lost() {
    let cluster = Cluster::start(1).unwrap();
    let served = Served::new(Program::new(), &cluster.connection_string());
    served.until_ready(200);
    let incident = served.declare("List import problems");
    for number in 0..5 {
        assert_eq!(served.note(&incident, &format!("before-{number}")).status, 200);
    }
    let page = format!("/v1/incidents/{incident}/timeline?format=html");
    let before = served.get(&page);
    assert_eq!((before.header("scribe-stale"), before.header("scribe-position")), (None, Some("6")));

    cluster.kill(0);
    // The first that is refused finds out, and it is not kept waiting for long; those after it are told at once.
    let refused = served.note(&incident, "meanwhile");
    assert_eq!(refused.status, 503, "{}", refused.body);
    let began = Instant::now();
    for _ in 0..20 {
        let refused = served.note(&incident, "meanwhile");
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.body);
        let problem = refused.json();
        assert_eq!(problem["code"], "store_unavailable");
        assert!(problem["hint"].as_str().unwrap().contains("same Idempotency-Key"), "{problem}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "twenty refusals took {:?}", began.elapsed());

    let ready = served.until_ready(503);
    let detail = ready.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("out of reach since") && detail.contains("up to position 6"), "{detail}");
    assert_eq!(served.get("/healthz").status, 200);
    assert!(served.get("/metrics").body.contains("\nscribe_store_in_reach 0\n"));
    for path in [&*page, "/", "/v1/status-pages/engineering?format=html", "/v1/incidents?format=text"] {
        let away = served.get(path);
        assert_eq!(away.status, 200, "{path}: {}", away.body);
        let header = away.header("scribe-stale").unwrap_or_else(|| panic!("{path}: {}", away.head));
        assert!(
            header.starts_with("since=\"20") && header.ends_with("\", position=6, cause=\"out-of-reach\""),
            "{header}"
        );
        assert!(away.body.contains("This page may be behind"), "{path}: {}", away.body);
    }
    assert!(served.get(&page).body.contains("before-4"));

    let (address, api) = (served.store.clone(), served.server.clone());
    for (through, value) in [("SCRIBE_SERVER", &*api), ("SCRIBE_STORE", &*address)] {
        let (code, out, err) = served.cli(through, value, &["timeline", &incident]);
        assert!(code == Some(0) && out.contains("before-4") && err.contains(MAY_BE_BEHIND), "{err}\n{out}");
        let (code, _, err) = served.cli(through, value, &["note", &incident, "from a shell"]);
        assert!(code == Some(5) && err.contains("nothing was acknowledged"), "{through}: {code:?} {err}");
    }

    cluster.restart(0).unwrap();
    served.until_ready(200);
    let back = served.get(&page);
    assert_eq!((back.header("scribe-stale"), back.body.contains("may be behind")), (None, false));
    assert!(served.get("/metrics").body.contains("\nscribe_store_in_reach 1\n"));
    // What was refused is sent again, and is recorded once.
    let kept = served.note(&incident, "meanwhile");
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_eq!(served.note(&incident, "meanwhile").json(), kept.json());
    let events = served.get("/v1/events").body;
    let texts: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |text: &str| texts.iter().filter(|event| event["fields"]["text"] == text).count();
    assert_eq!((told("meanwhile"), told("before-0"), told("before-4")), (1, 1, 1), "{events}");
    assert_eq!(texts.len(), 7, "{events}");

    let (program, log) = served.stop();
    assert!(!log.contains("could not be signed"), "{log}");
    // Another node, with nothing but the cluster, has the same.
    let elsewhere = Served::new(Program::new(), &address);
    elsewhere.until_ready(200);
    assert_eq!(elsewhere.get("/v1/events").body, events);
    drop((elsewhere, program));
}

#[test]
fn a_server_that_is_started_while_the_cluster_is_away_serves_what_it_has() {
    let cluster = Cluster::start(1).unwrap();
    let served = Served::new(Program::new(), &cluster.connection_string());
    served.until_ready(200);
    let incident = served.declare("List import problems");
    let store = served.store.clone();
    let (program, _) = served.stop();

    cluster.kill(0);
    let served = Served::new(program, &store);
    let ready = served.until_ready(503);
    assert_eq!(served.get("/healthz").status, 200);
    let one = served.get(&format!("/v1/incidents/{incident}"));
    assert_eq!((one.status, &one.json()["title"]), (200, &"List import problems".into()), "{}", one.body);
    assert!(one.header("scribe-stale").unwrap().contains("position=1, "), "{} {}", one.head, ready.body);
    assert_eq!(one.json()["stale"]["position"], 1);
    assert_eq!(served.note(&incident, "meanwhile").status, 503);

    cluster.restart(0).unwrap();
    served.until_ready(200);
    assert_eq!(served.note(&incident, "meanwhile").status, 200);
    assert_eq!(served.get(&format!("/v1/incidents/{incident}")).header("scribe-stale"), None);

    // It stops while the cluster is away again, without a word about what it could not sign.
    cluster.kill(0);
    assert_eq!(served.note(&incident, "at last").status, 503);
    served.until_ready(503);
    let (_, log) = served.stop();
    assert!(!log.contains("could not be signed"), "{log}");
    assert!(log.contains("out of reach"), "{log}");
}

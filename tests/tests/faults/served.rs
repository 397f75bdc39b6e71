//! A served record, asked over a socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Instant;

use scribe_tests::program::{PATIENCE, Program, Running};
use serde_json::{Value, json};

/// A server on the program's folder; killed when dropped.
pub(crate) struct Served {
    address: String,
    // The process, for as long as this lives.
    _running: Running,
}

/// An HTTP status and what came with it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// Its JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Served {
    /// Starts `scribe serve`, prepared in some way.
    pub(crate) fn start(program: &Program, prepare: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let (running, address) = program.serve_as(prepare);
        Self { address: address.trim_start_matches("http://").to_owned(), _running: running }
    }

    /// Asks for something.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    /// Sends some JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, "", &body.to_string())
    }

    /// Declares an incident; its id.
    pub(crate) fn declare(&self) -> String {
        let declare = json!({ "title": "List import problems", "actor": "Zac" }).to_string();
        let declared = self.ask("POST", "/v1/incidents", "", &declare);
        assert_eq!(declared.status, 201, "{declared:?}");
        declared.json()["incident"].as_str().unwrap().to_owned()
    }

    /// Notes something, under a key by which it may be told again.
    pub(crate) fn note(&self, incident: &str, key: &str) -> Answer {
        self.note_text(incident, key, key)
    }

    /// The same, with another text.
    pub(crate) fn note_text(&self, incident: &str, key: &str, text: &str) -> Answer {
        let note = json!({ "text": text, "actor": "Zac" }).to_string();
        self.ask("POST", &format!("/v1/incidents/{incident}/commands/note"), key, &note)
    }

    /// The texts of an incident's notes.
    pub(crate) fn notes(&self, incident: &str) -> Vec<String> {
        let events = self.get(&format!("/v1/incidents/{incident}/events?format=json"));
        assert_eq!(events.status, 200, "{events:?}");
        let events = events.json();
        let events = events.as_array().or_else(|| events["events"].as_array()).unwrap().clone();
        let notes = events.iter().filter_map(|event| event["fields"]["text"].as_str());
        notes.map(str::to_owned).collect()
    }

    /// Asks until the answer is what is waited for.
    pub(crate) fn ask_once(&self, path: &str, is_it: impl Fn(&Answer) -> bool) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if is_it(&answer) {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "it never is: {answer:?}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Waits until it says that it is ready.
    pub(crate) fn ready(self) -> Self {
        let began = Instant::now();
        while self.get("/readyz").status != 200 {
            assert!(began.elapsed() < PATIENCE, "it is never ready");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self
    }

    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let key = if key.is_empty() { String::new() } else { format!("idempotency-key: {key}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{key}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Answer { status, body: if chunked { joined(body) } else { body.to_owned() } }
    }
}

/// A body that came in chunks.
fn joined(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((length, rest)) = chunks.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&rest[..length]);
        chunks = rest[length..].trim_start_matches("\r\n");
        if length == 0 {
            break;
        }
    }
    body
}

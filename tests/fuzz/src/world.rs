//! A record in memory with tokens of each sort, behind the whole API.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use scribe::app::App;
use scribe::clock::Clock;
use scribe::config::Config;
use scribe::http::{in_process, router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// Every way in is open, and nobody is at the other end of any.
const SETTINGS: &str = r#"
[sign_in]
everyone = ["read"]
[sign_in.groups]
sre = ["respond", "approve"]
[sign_in.proxy]
from = ["10.0.0.5"]
user = "Remote-User"
name = "Remote-Name"
groups = "Remote-Groups"
[sign_in.oidc]
issuer = "http://127.0.0.1:1"
client_id = "scribe"
[[alertmanager.rule]]
match = { severity = "critical" }
title = "{labels.alertname}: {annotations.summary}"
"#;

/// How many requests one record gets, before there is another: so what is found is found again, and no token is
/// slowed.
const REQUESTS: u32 = 200;
/// How long an answer that has no end is read.
const FOLLOWED: Duration = Duration::from_millis(2);
/// The most of an answer that is read.
const MOST: usize = 4 << 20;

/// An operation, as the API's description lists it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The method.
    pub method: String,
    /// The path, with its parts in braces.
    pub path: String,
    /// The names of its query parameters.
    pub query: Vec<String>,
    /// Whether anybody may ask it.
    pub is_open: bool,
}

/// What came back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it was read.
    pub body: Bytes,
}

/// A record in memory, and who may ask about it.
pub struct World {
    runtime: Runtime,
    router: Router,
    left: u32,
    /// What a seed may write in braces, and what it stands for.
    places: Vec<(&'static str, String)>,
    /// Every operation.
    pub operations: Vec<Operation>,
    /// All that was written in addresses and bodies since this record began.
    pub told: String,
}

impl Default for World {
    fn default() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let mut world = Self {
            runtime: runtime.expect("a runtime"),
            router: Router::new(),
            left: 0,
            places: Vec::new(),
            operations: Vec::new(),
            told: String::new(),
        };
        world.begin();
        world.operations = world.described();
        world
    }
}

impl World {
    /// Sends a request.
    pub fn send(&mut self, request: Request<Body>) -> Answer {
        let answering = async {
            let response = self.router.clone().oneshot(request).await.expect("the router always answers");
            let (parts, mut body) = response.into_parts();
            let mut read = Vec::new();
            while read.len() < MOST
                && let Ok(Some(frame)) = tokio::time::timeout(FOLLOWED, body.frame()).await
            {
                // One that is cut off says so by an error.
                let Ok(frame) = frame else { break };
                read.extend(frame.into_data().unwrap_or_default());
            }
            Answer { status: parts.status.as_u16(), headers: parts.headers, body: read.into() }
        };
        self.runtime.block_on(answering)
    }

    /// Counts a request; when there were many, another record begins.
    pub fn turn(&mut self) {
        if self.left == 0 {
            self.begin();
        }
        self.left -= 1;
    }

    /// A text with what stands in braces put in: `{read}` is a token's secret, `{incident}` an incident's id.
    pub fn filled(&self, text: &[u8]) -> Vec<u8> {
        if !text.contains(&b'{') {
            return text.to_vec();
        }
        let Ok(text) = std::str::from_utf8(text) else { return text.to_vec() };
        let mut text = text.to_owned();
        for (name, stands_for) in &self.places {
            text = text.replace(name, stands_for);
        }
        text.into_bytes()
    }

    /// What stands for this name in braces.
    pub fn place(&self, name: &str) -> &str {
        let found = self.places.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("{name} stands for nothing")).1
    }

    /// Every secret that counts.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let all = ["{admin}", "{read}", "{append}", "{narrow}", "{session}"];
        self.places.iter().filter(move |(name, _)| all.contains(name)).map(|(_, secret)| secret.as_str())
    }

    fn begin(&mut self) {
        let clock = ticking();
        let settings = Config::read(SETTINGS, Path::new("scribe.toml")).expect("settings");
        let app = App::in_memory(settings, clock);
        // The first token is made by whoever has the record.
        self.router = in_process(app.clone());
        self.left = REQUESTS;
        self.places.clear();
        self.told.clear();
        let scopes = "admin audit read respond append communicate:engineering communicate:internal communicate:public approve review redact";
        let admin = self.token(None, "Root Example", scopes, json!({}));
        self.router = router(app);
        let tell = |world: &mut Self, path: &str, body: Value| world.ask(Some(&admin), path, &body);
        let incident =
            tell(self, "/v1/incidents", json!({ "title": "Checkout is slow", "severity": "sev2" }));
        let private =
            tell(self, "/v1/incidents", json!({ "title": "A leak", "private_to": ["Root Example"] }));
        let id = |declared: Value| declared["incident"].as_str().expect("it was declared").to_owned();
        let (incident, private) = (id(incident), id(private));
        let about = |command: &str| format!("/v1/incidents/{incident}/commands/{command}");
        tell(self, &about("note"), json!({ "text": "The pool is exhausted." }));
        tell(self, &about("propose-run"), json!({ "line": "uptime" }));
        let given: Vec<(&'static str, String)> = vec![
            ("{read}", self.token(Some(&admin), "Ada Example", "read", json!({}))),
            ("{append}", self.token(Some(&admin), "integration:alertmanager", "append", json!({}))),
            (
                "{narrow}",
                self.token(Some(&admin), "Sam Example", "read respond", json!({ "incidents": [private] })),
            ),
            (
                "{expired}",
                self.token(Some(&admin), "Sam Example", "read", json!({ "expires": "2026-03-01T10:00:40Z" })),
            ),
            ("{revoked}", self.token(Some(&admin), "Sam Example", "read respond admin", json!({}))),
        ];
        let list = self.ask_for(&admin, "/v1/tokens");
        let newest = list["tokens"][0]["token"].as_str().or(list["tokens"][0]["id"].as_str());
        let newest = newest.unwrap_or_else(|| panic!("no token in {list}")).to_owned();
        self.ask(Some(&admin), &format!("/v1/tokens/{newest}/revoke"), &json!({ "why": "lost" }));
        let session = self.session(&admin);
        self.places = given;
        self.places.push(("{session}", session));
        self.places.extend([
            ("{admin}", admin),
            ("{incident}", incident),
            ("{private}", private),
            ("{token}", newest),
        ]);
    }

    fn token(&mut self, by: Option<&str>, owner: &str, scopes: &str, more: Value) -> String {
        let scopes: Vec<&str> = scopes.split(' ').collect();
        let mut body = json!({ "name": "laptop", "owner": owner, "scopes": scopes });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        if by.is_none() {
            fields.insert("actor".into(), json!({ "who": owner }));
        }
        let made = self.ask(by, "/v1/tokens", &body);
        made["secret"].as_str().unwrap_or_else(|| panic!("no secret in {made}")).to_owned()
    }

    /// Signs in, as a browser does; the cookie's secret.
    fn session(&mut self, token: &str) -> String {
        let form = Request::post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        let form = form.header("sec-fetch-site", "same-origin").body(Body::from(format!("token={token}")));
        let answer = self.send(form.expect("a request"));
        let cookie = answer.headers.get("set-cookie").and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.unwrap_or_else(|| panic!("no cookie: {}", String::from_utf8_lossy(&answer.body)));
        let pair = cookie.split(';').next().unwrap_or_default();
        pair.split_once('=').expect("a name and a value").1.to_owned()
    }

    fn ask(&mut self, by: Option<&str>, path: &str, body: &Value) -> Value {
        self.asked(Request::post(path), by, body.to_string())
    }

    fn ask_for(&mut self, by: &str, path: &str) -> Value {
        self.asked(Request::get(path), Some(by), String::new())
    }

    fn asked(&mut self, request: axum::http::request::Builder, by: Option<&str>, body: String) -> Value {
        let mut request = request.header("content-type", "application/json");
        if let Some(secret) = by {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        let answer = self.send(request.body(Body::from(body)).expect("a request"));
        let text = String::from_utf8_lossy(&answer.body);
        assert!(answer.status < 300, "the world cannot be made: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    fn described(&mut self) -> Vec<Operation> {
        let admin = self.place("{admin}").to_owned();
        let document = self.ask_for(&admin, "/openapi.json");
        let paths = document["paths"].as_object().expect("paths");
        let mut all = Vec::new();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().expect("methods") {
                let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
                let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
                let name = |parameter: &Value| parameter["name"].as_str().unwrap_or_default().to_owned();
                let about = operation["description"].as_str().unwrap_or_default();
                all.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    query: query.map(name).collect(),
                    is_open: !about.contains('`'),
                });
            }
        }
        assert!(all.len() > 80, "{}", all.len());
        all
    }
}

/// A clock that goes on a second with every look.
fn ticking() -> Clock {
    let from: DateTime<Utc> = "2026-03-01T10:00:00Z".parse().expect("a moment");
    let looks = AtomicI64::new(0);
    Arc::new(move || from + TimeDelta::seconds(looks.fetch_add(1, Ordering::SeqCst)))
}

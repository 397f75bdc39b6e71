//! The API over a record in memory, called in-process, with a clock of its own.

#![expect(clippy::missing_panics_doc, reason = "a check that cannot go on says where, by a panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use scribe::app::App;
use scribe::app::gate::questions::Head;
use scribe::clock::Clock;
use scribe::config::Config;
use scribe::http::router;
use scribe::store::memory::MemoryStore;
use serde_json::Value;
use tower::ServiceExt;

use crate::beneath::SOMEBODY;

/// The API over a record in memory.
pub struct Api {
    /// The record and its views.
    pub app: App,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

/// A clock that begins at a moment and goes on a second with every look.
pub fn ticking(from: &str) -> Clock {
    let from: DateTime<Utc> = from.parse().expect("a moment");
    let looks = AtomicI64::new(0);
    Arc::new(move || from + TimeDelta::seconds(looks.fetch_add(1, Ordering::SeqCst)))
}

impl Default for Api {
    fn default() -> Self {
        Self::with(Config::default())
    }
}

impl Api {
    /// The API with these settings.
    pub fn with(config: Config) -> Self {
        Self::since("2026-03-01T10:00:00Z", config)
    }

    /// The same, at this time.
    pub fn since(from: &str, config: Config) -> Self {
        let clock = ticking(from);
        Self::over(App::with_store(Arc::new(MemoryStore::new(Arc::clone(&clock))), config, clock))
    }

    /// The API over this record.
    pub fn over(app: App) -> Self {
        Self { router: router(app.clone()), app }
    }

    /// Sends a request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the answer's body").to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// Looks at something.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Tells something.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Declares an incident and gives its id.
    pub async fn declare(&self, title: &str) -> String {
        let answer =
            self.post("/v1/incidents", serde_json::json!({ "title": title, "actor": "Zac Bentley" })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["incident"].as_str().expect("an id").to_owned()
    }

    /// Tells a command about an incident.
    pub async fn tell(&self, incident: &str, command: &str, body: Value) -> Answer {
        self.post(&format!("/v1/incidents/{incident}/commands/{command}"), body).await
    }

    /// How many events the record holds.
    pub async fn head(&self) -> u64 {
        self.app.ask(&SOMEBODY, Head).await.expect("the head").0
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON lines of the body.
    pub fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }

    /// The problem's code, having checked what every problem must have.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        let code = problem["code"].as_str().expect("a code");
        assert_eq!(problem["type"], format!("urn:scribe:problem:{code}"));
        assert_eq!(problem["status"], self.status);
        for told in ["title", "detail", "hint"] {
            assert!(problem[told].as_str().is_some_and(|text| !text.is_empty()), "{told}: {problem}");
        }
        code.to_owned()
    }
}

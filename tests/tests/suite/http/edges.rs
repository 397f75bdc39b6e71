//! The edges: methods, hosts, origins, sizes, encodings, and a store that fails.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use scribe::app::App;
use scribe::config::Config;
use scribe_domain::event_store::{
    Append, AppendError, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, StoreError, TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use scribe_tests::api::{Api, ticking};
use serde_json::json;

#[tokio::test]
async fn other_methods_are_told_which_would_do() {
    let api = Api::default();
    for (method, path, allow) in [
        (Method::DELETE, "/v1/incidents", "GET, HEAD, POST"),
        (Method::PUT, "/v1/incidents/20260301-x", "GET, HEAD"),
        (Method::GET, "/v1/incidents/20260301-x/commands/note", "POST"),
        (Method::POST, "/healthz", "GET, HEAD"),
        // It would say a request's headers back.
        (Method::TRACE, "/v1/incidents", "GET, HEAD, POST"),
    ] {
        let answer = api.send(method, path, &[], Body::empty()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (405, "method_not_allowed"), "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn only_this_machines_own_names_and_pages_are_served() {
    let api = Api::default();
    let look = |host: &'static str| {
        let api = &api;
        async move { api.send(Method::GET, "/healthz", &[("host", host)], Body::empty()).await }
    };
    assert_eq!(look("localhost:7474").await.status, 200);
    assert_eq!(look("[::1]:7474").await.status, 200);
    let foreign = look("evil.example").await;
    assert_eq!((foreign.status, foreign.problem().as_str()), (421, "foreign_host"));

    let body = json!({ "title": "x", "actor": "Zac" }).to_string();
    for headers in [
        [("host", "localhost:7474"), ("origin", "https://evil.example")],
        [("host", "localhost:7474"), ("sec-fetch-site", "cross-site")],
        [("host", "localhost:7474"), ("origin", "null")],
    ] {
        let answer = api.send(Method::POST, "/v1/incidents", &headers, body.clone()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "cross_origin"), "{headers:?}");
    }
    let own = [("host", "localhost:7474"), ("origin", "http://localhost:7474")];
    assert_eq!(api.send(Method::POST, "/v1/incidents", &own, body.clone()).await.status, 201);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(api.send(Method::POST, "/v1/incidents", &form, body.clone()).await.status, 201);
    let text = [("content-type", "text/plain")];
    let answer = api.send(Method::POST, "/v1/incidents", &text, body).await;
    assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported_media_type"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_too_large() {
    let api = Api::default();
    for path in ["/v1/incidents", "/hooks/alertmanager"] {
        let body = format!("{{\"title\":\"{}\"}}", "x".repeat(10 << 20));
        let length = body.len().to_string();
        for headers in [vec![], vec![("content-length", length.as_str())]] {
            let answer = api.send(Method::POST, path, &headers, body.clone()).await;
            assert_eq!((answer.status, answer.problem().as_str()), (413, "too_large"), "{path}");
        }
    }
    assert_eq!(api.head().await, 0);
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_told_where() {
    let api = Api::default();
    let answer = api.send(Method::POST, "/v1/incidents", &[], &b"{\"title\":\"a\xff\"}"[..]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_utf8"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("offset 11"), "{}", answer.text());
    let deep = "[".repeat(100_000);
    let answer = api.send(Method::POST, "/v1/incidents", &[], deep).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[tokio::test]
async fn health_readiness_and_counters() {
    let api = Api::default();
    assert_eq!(api.get("/healthz").await.status, 200);
    let waiting = api.get("/readyz").await;
    assert_eq!((waiting.status, waiting.problem().as_str()), (503, "not_ready"));
    assert_eq!(waiting.header("retry-after"), "1");
    api.app.warm().await.unwrap();
    assert_eq!(api.get("/readyz").await.status, 200);
    let id = api.declare("List import problems").await;
    api.tell(&id, "close", json!({ "actor": "Zac" })).await;
    api.get("/no/such/place").await;
    let metrics = api.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text();
    for line in [
        "scribe_requests_total{route=\"/v1/incidents\",method=\"POST\",status=\"201\"} 1",
        "scribe_requests_total{route=\"none\",method=\"any\",status=\"404\"} 1",
        "scribe_problems_total{code=\"not_resolved\"} 1",
        "scribe_commands_total{command=\"declare\"} 1",
        "scribe_receipt_events_total 1",
        "scribe_head_position 1",
        "scribe_request_duration_seconds_count{route=\"/v1/incidents\"} 1",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    api.app.close();
    assert_eq!(api.get("/readyz").await.status, 503);
}

/// A store that is out of order.
#[derive(Clone)]
enum Broken {
    /// It says no to everything.
    SaysNo(StoreError),
    /// It has a fault that nobody foresaw.
    Panics,
    /// It never answers.
    Hangs,
}

impl Broken {
    async fn no<T>(&self) -> Result<T, StoreError> {
        match self {
            Self::SaysNo(error) => Err(error.clone()),
            Self::Panics => panic!("a fault that nobody foresaw"),
            Self::Hangs => std::future::pending().await,
        }
    }

    fn api(self) -> Api {
        let clock = ticking("2026-03-01T10:00:00Z");
        Api::over(App::with_store(Arc::new(self), Config::default(), clock))
    }
}

#[async_trait]
impl EventStore for Broken {
    async fn history(&self, _: &IncidentId, _: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.no().await
    }
    async fn append(&self, _: Append) -> Result<Receipt, AppendError> {
        Ok(self.no().await?)
    }
    async fn receipt(&self, _: CommandId) -> Result<Option<Receipt>, StoreError> {
        self.no().await
    }
    async fn read(&self, _: Position, _: usize) -> Result<Vec<Recorded>, StoreError> {
        self.no().await
    }
    async fn head(&self) -> Result<Position, StoreError> {
        self.no().await
    }
    async fn wait_past(&self, _: Position) -> Result<(), StoreError> {
        self.no().await
    }
    async fn read_kept(&self, _: Position, _: usize) -> Result<Vec<Kept>, StoreError> {
        self.no().await
    }
    async fn adopt(&self, _: Vec<Kept>) -> Result<(), StoreError> {
        self.no().await
    }
    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.no().await
    }
    async fn tile(&self, _: u8, _: u64) -> Result<Vec<Digest>, StoreError> {
        self.no().await
    }
    async fn keep_checkpoint(&self, _: KeptCheckpoint) -> Result<(), StoreError> {
        self.no().await
    }
    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.no().await
    }
    async fn erase(&self, _: Append, _: Erasure) -> Result<Receipt, AppendError> {
        Ok(self.no().await?)
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_apart_from_a_caller_who_errs() {
    for (error, status, code) in [
        (Broken::SaysNo(StoreError::Unavailable("the disk is full".into())), 503, "store_unavailable"),
        (Broken::SaysNo(StoreError::Damaged("page 7 of /secret".into())), 500, "store_damaged"),
        (Broken::Panics, 500, "internal"),
    ] {
        let api = error.api();
        let declare = json!({ "title": "x", "actor": "Zac" });
        let alerts = json!({ "alerts": [{ "status": "firing", "labels": {}, "fingerprint": "a" }] });
        for answer in [
            api.post("/v1/incidents", declare).await,
            api.post("/hooks/alertmanager", alerts).await,
            api.get("/v1/incidents").await,
            api.get("/v1/incidents/20260301-x").await,
            api.get("/v1/events").await,
            api.get("/metrics").await,
            api.get("/healthz").await,
        ] {
            assert_eq!((answer.status, answer.problem().as_str()), (status, code));
            // Why nothing can be recorded now is for the caller to know; what is broken inside is not.
            assert_eq!(answer.text().contains("the disk is full"), status == 503 && code != "not_ready");
            assert!(!answer.text().contains("secret"), "inner causes are never shown: {}", answer.text());
            assert_eq!(answer.header("retry-after") == "1", status == 503);
        }
    }
}

#[tokio::test]
async fn more_requests_than_it_takes_at_once_are_sent_away_to_come_again() {
    let api = Arc::new(Broken::Hangs.api());
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..256 {
        let api = Arc::clone(&api);
        waiting.spawn(async move { api.get("/healthz").await });
    }
    // Let them in first.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = api.get("/healthz").await;
    assert_eq!((answer.status, answer.problem().as_str()), (503, "overloaded"));
    assert_eq!(answer.header("retry-after"), "1");
    // Whoever gave up makes room again.
    waiting.shutdown().await;
    let patience = tokio::time::timeout(Duration::from_millis(50), api.get("/healthz")).await;
    assert!(patience.is_err(), "it is let in, and waits for the store");
}

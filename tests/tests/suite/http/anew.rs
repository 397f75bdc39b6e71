//! A record that was read anew as a whole: whatever was made from what was there before begins anew.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use futures::StreamExt as _;
use scribe::app::App;
use scribe::app::gate::deeds::RebuildView;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_tests::api::{Api, ticking};
use scribe_tests::beneath::SOMEBODY;
use scribe_tests::switched::Switched;
use tower::ServiceExt as _;

/// A record with incidents of these titles.
async fn record(titles: &[&str]) -> MemoryStore {
    let clock = ticking("2026-03-01T10:00:00Z");
    let told = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    let api = Api::over(App::with_store(told.clone(), Config::default(), Arc::clone(&clock)));
    for title in titles {
        api.declare(title).await;
    }
    let record = MemoryStore::new(clock);
    record.adopt(told.read_kept(Position(0), 1_000).await.unwrap()).await.unwrap();
    record
}

async fn one() -> (Api, Arc<Switched>) {
    let clock = ticking("2026-03-01T10:00:00Z");
    let store = Switched::over(record(&["Wrong", "Wrong as well", "Wrong too"]).await);
    (Api::over(App::with_store(store.clone(), Config::default(), clock)), store)
}

async fn titles(api: &Api) -> Vec<String> {
    let board = api.get("/v1/incidents?format=json").await.json();
    let mut titles: Vec<String> = board["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| incident["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn views_show_nothing_of_what_was_there_before() {
    let (api, store) = one().await;
    api.app.warm().await.unwrap();
    assert_eq!(titles(&api).await.len(), 3);
    // As long, so that nobody finds out by the position.
    store.read_anew(record(&["Right", "Right as well", "Right too"]).await);
    assert_eq!(titles(&api).await, ["Right", "Right as well", "Right too"]);
    // Shorter, and all of them brought up together.
    store.read_anew(record(&["Shorter"]).await);
    api.app.warm().await.unwrap();
    assert_eq!(titles(&api).await, ["Shorter"]);
    for view in ["/v1/runs", "/v1/actions", "/v1/holds", "/v1/status-pages/engineering"] {
        assert_eq!(api.get(view).await.header("scribe-position"), "1", "{view}");
    }
}

#[tokio::test]
async fn a_view_that_is_built_beside_is_of_the_present_edition() {
    let (api, store) = one().await;
    api.app.warm().await.unwrap();
    store.read_anew(record(&["Right"]).await);
    let report = api.app.tell(&SOMEBODY, RebuildView { view: "current" }).await.unwrap();
    report.unwrap();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(titles(&api).await, ["Right"]);
    store.read_anew(record(&["Right again"]).await);
    assert_eq!(titles(&api).await, ["Right again"]);
}

#[tokio::test]
async fn a_feed_is_cut_off() {
    let (api, store) = one().await;
    for accept in ["text/event-stream", "application/x-ndjson"] {
        let request = Request::builder()
            .method(Method::GET)
            .uri("/v1/events?follow=true")
            .header("accept", accept)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        let response = scribe::http::router(api.app.clone()).oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        let mut body = response.into_body().into_data_stream();
        let first = body.next().await.unwrap().unwrap();
        assert!(!first.is_empty());
        store.read_anew(record(&["Right", "Right", "Right", "Right"]).await);
        // Whoever waits is woken by what comes; it is nothing of the other edition.
        api.declare("Something comes").await;
        let next = tokio::time::timeout(Duration::from_secs(20), body.next()).await.unwrap();
        assert!(next.unwrap().is_err(), "{accept}: the reader sees that it was cut off");
        assert!(body.next().await.is_none());
    }
}

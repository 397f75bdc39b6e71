//! The record itself: export, restore and import.

use axum::body::Body;
use axum::http::Method;
use scribe::config::Config;
use scribe_tests::api::Api;
use serde_json::json;

use super::telling::live;

#[tokio::test]
async fn an_export_restored_elsewhere_is_the_same_record_and_the_same_views() {
    let one = Api::default();
    let (id, _) = live(&one).await;
    let export = one.get("/v1/record").await;
    assert_eq!((export.status, export.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(export.header("scribe-position"), one.head().await.to_string());
    assert_eq!(export.lines().len() as u64, one.head().await + 1);

    let later = || Api::since("2026-03-02T10:00:00Z", Config::default());
    let other = later();
    let restored = other.send(Method::POST, "/v1/record", &[], export.bytes.clone()).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.json()["added"], one.head().await);
    assert_eq!(other.get("/v1/record").await.bytes, export.bytes);
    let last = one.get("/v1/events").await.lines().pop().unwrap()["recorded_at"].clone();
    let then = format!("as_of={}", last.as_str().unwrap());
    for look in [format!("/v1/incidents/{id}/timeline?{then}"), format!("/v1/status-pages/public?{then}")] {
        assert_eq!(one.get(&look).await.bytes, other.get(&look).await.bytes, "{look}");
    }
    let again = other.send(Method::POST, "/v1/record", &[], export.bytes.clone()).await;
    assert_eq!(again.json()["added"], 0, "{}", again.text());

    let third = later();
    third.declare("Something else").await;
    let refused = third.send(Method::POST, "/v1/record", &[], export.bytes).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "other_record"));
    assert_eq!(refused.json()["line"], 1);
    assert_eq!(third.head().await, 1);
}

#[tokio::test]
async fn what_is_no_export_is_told_by_line() {
    let api = Api::default();
    let answer = api.send(Method::POST, "/v1/record", &[], "oops\n").await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid_line"), "{}", answer.text());
    assert_eq!(answer.json()["line"], 1);
    let answer = api.send(Method::POST, "/v1/record", &[], &b"\xff"[..]).await;
    assert_eq!(answer.problem(), "invalid_utf8");
}

#[tokio::test]
async fn told_events_are_imported_once_and_a_dry_run_imports_nothing() {
    let api = Api::default();
    let told = [
        json!({ "incident": "20230104-list-import-problems", "occurred": "2023-01-04T18:05Z", "actor": "Zac",
                "kind": "declared", "fields": { "title": "List import problems", "tier": "engineering", "severity": "sev2" } }),
        json!({ "incident": "20230104-list-import-problems", "occurred": "unknown", "actor": "Zac",
                "kind": "noted", "fields": { "text": "locks" } }),
    ];
    let body = told.map(|line| line.to_string()).join("\n");
    let post = |path: &'static str, body: String| {
        let api = &api;
        async move { api.send(Method::POST, path, &[], body).await }
    };
    let dry = post("/v1/imports?dry_run=true", body.clone()).await;
    assert_eq!(dry.status, 200, "{}", dry.text());
    assert_eq!((&dry.json()["dry_run"], api.head().await), (&json!(true), 0));
    let first = post("/v1/imports", body.clone()).await;
    assert_eq!(
        (&first.json()["incidents"][0]["added"], api.head().await),
        (&json!(2), 2),
        "{}",
        first.text()
    );
    let again = post("/v1/imports", body.clone()).await;
    assert_eq!(
        (&again.json()["incidents"][0]["added"], api.head().await),
        (&json!(0), 2),
        "{}",
        again.text()
    );
    let wrong = post("/v1/imports", "{}\nno\n".into()).await;
    assert_eq!(wrong.status, 200);
    let lines: Vec<u64> =
        wrong.json()["problems"].as_array().unwrap().iter().map(|p| p["line"].as_u64().unwrap()).collect();
    assert!(lines.contains(&1) && lines.contains(&2), "{}", wrong.text());
    let shown =
        api.send(Method::GET, "/v1/incidents/20230104-list-import-problems", &[], Body::empty()).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
}

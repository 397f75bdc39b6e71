//! The HTTP API, called in-process and over a real socket: what it answers, and what it refuses.

use axum::body::Body;
use axum::http::Method;
use scribe_tests::api::Api;
use serde_json::json;

#[tokio::test]
async fn an_incident_is_declared_told_about_and_looked_at() {
    let api = Api::default();
    let declared = api
        .post(
            "/v1/incidents",
            json!({ "title": "List import problems", "actor": "Zac Bentley", "occurred": "2026-02-28 20:05 America/New_York" }),
        )
        .await;
    assert_eq!(declared.status, 201, "{}", declared.text());
    assert_eq!(declared.json()["incident"], "20260301-list-import-problems");
    assert_eq!(declared.header("location"), "/v1/incidents/20260301-list-import-problems");
    assert_eq!((declared.header("etag"), declared.header("scribe-position")), ("\"1\"", "1"));

    let id = "20260301-list-import-problems";
    let upgraded = api.tell(id, "upgrade", json!({ "to": "internal", "actor": "integration:slack" })).await;
    assert_eq!(upgraded.status, 200, "{}", upgraded.text());
    assert_eq!(upgraded.json()["events"].as_array().map(Vec::len), Some(2));
    assert_eq!((upgraded.header("etag"), upgraded.header("scribe-position")), ("\"3\"", "3"));

    let board = api.get("/v1/incidents").await;
    assert_eq!((board.status, board.header("scribe-position")), (200, "3"));
    assert_eq!(board.json()["incidents"][0]["tier"], "internal");
    let shown = api.get(&format!("/v1/incidents/{id}")).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"3\""));
    assert_eq!(shown.json()["title"], "List import problems");
}

#[tokio::test]
async fn what_is_not_a_command_is_refused_by_name_and_place() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let note = format!("/v1/incidents/{id}/commands/note");
    for (body, status, code, field, told) in [
        ("{", 400, "malformed_json", None, "line 1, column 1: EOF"),
        ("", 400, "malformed_json", None, "line 1"),
        ("{\"text\":\n oops}", 400, "malformed_json", None, "line 2, column 2"),
        ("[]", 400, "invalid_field", None, "one JSON object"),
        (r#"{"text":"a"}"#, 400, "invalid_field", Some("actor"), "is missing"),
        (r#"{"actor":"Zac"}"#, 400, "invalid_field", Some("text"), "is missing"),
        (r#"{"actor":"Zac","text":7}"#, 400, "invalid_field", Some("text"), "invalid type: integer"),
        (r#"{"actor":"Zac","text":"a","txt":"b"}"#, 400, "invalid_field", Some("txt"), "unknown field"),
        (r#"{"actor":"Zac","text":"a","text":"b"}"#, 400, "invalid_field", Some("text"), "twice"),
        (r#"{"actor":"Zac","text":" "}"#, 400, "invalid_field", Some("text"), "must not be empty"),
        (r#"{"actor":"Zac","text":"a\u001b[31m"}"#, 400, "invalid_field", Some("text"), "U+001B"),
        (r#"{"actor":"Zac","text":"a\u202eb"}"#, 400, "invalid_field", Some("text"), "U+202E"),
        (r#"{"actor":"a:b","text":"a"}"#, 400, "invalid_field", Some("actor"), "colon"),
        (
            r#"{"actor":{"who":"Zac","on_behalf_of":"Ada"},"text":"a"}"#,
            400,
            "invalid_field",
            Some("actor.on_behalf_of"),
            "own name",
        ),
        (
            r#"{"actor":{"who":"Zac","x":1},"text":"a"}"#,
            400,
            "invalid_field",
            Some("actor.x"),
            "unknown field",
        ),
        (
            r#"{"actor":"Zac","text":"a","occurred":"0000-01-01T00:00:00Z"}"#,
            400,
            "invalid_field",
            Some("occurred"),
            "the year 0",
        ),
        (
            r#"{"actor":"Zac","text":"a","occurred":"9999-01-01T00:00:00Z"}"#,
            400,
            "invalid_field",
            Some("occurred"),
            "the year 9999",
        ),
        (
            r#"{"actor":"Zac","text":"a","occurred":"2025-11-02 01:30 America/New_York"}"#,
            400,
            "invalid_field",
            Some("occurred"),
            "happened twice",
        ),
        (
            r#"{"actor":"Zac","text":"a","occurred":"2026-03-03T10:00:00Z"}"#,
            422,
            "occurred_in_future",
            Some("occurred"),
            "more than a day ahead",
        ),
    ] {
        let answer = api.send(Method::POST, &note, &[], body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(answer.problem(), code, "{body}");
        let problem = answer.json();
        assert_eq!(problem["field"].as_str(), field, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{body}: {problem}");
    }
    assert_eq!(api.head().await, 1, "nothing was recorded");
    let _ = Body::empty();
}

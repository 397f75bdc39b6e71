//! The event feed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use scribe_tests::api::{Answer, Api};
use serde_json::json;

async fn told(notes: usize) -> (Api, String) {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for number in 1..=notes {
        let note = json!({ "text": format!("line\n{number}"), "actor": "Zac" });
        assert_eq!(api.tell(&id, "note", note).await.status, 200);
    }
    (api, id)
}

fn positions(answer: &Answer) -> Vec<u64> {
    answer.lines().iter().map(|line| line["position"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_record_is_read_as_lines() {
    let (api, id) = told(3).await;
    let other = api.declare("Everything is slow").await;
    let all = api.get("/v1/events").await;
    assert_eq!((all.status, all.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(all.header("scribe-position"), "5");
    assert_eq!(positions(&all), [1, 2, 3, 4, 5]);
    let line = &all.lines()[1];
    assert_eq!(line["fields"], json!({ "text": "line\n1" }));
    assert_eq!(
        (&line["kind"], &line["version"], &line["incident"]),
        (&json!("noted"), &json!(1), &json!(id))
    );
    for (query, expected) in [
        ("after=3", vec![4, 5]),
        ("limit=2", vec![1, 2]),
        ("kind=declared", vec![1, 5]),
        ("kind=declared,noted&after=4", vec![5]),
        (&format!("incident={other}"), vec![5]),
        ("after=99", vec![]),
        ("limit=0", vec![]),
    ] {
        assert_eq!(positions(&api.get(&format!("/v1/events?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn an_event_stream_resumes_where_it_was() {
    let (api, _) = told(3).await;
    let stream = |after: &'static str| {
        let headers = [("accept", "text/event-stream"), ("last-event-id", after)];
        let api = &api;
        async move { api.send(Method::GET, "/v1/events?follow=false&after=1", &headers, Body::empty()).await }
    };
    let answer = stream("2").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let text = answer.text();
    let frames: Vec<&str> = text.trim_end().split("\n\n").collect();
    assert_eq!(frames.len(), 2, "{text}");
    assert!(frames[0].starts_with("id: 3\ndata: {\"position\":3,"), "{text}");
    assert!(frames[1].starts_with("id: 4\ndata: "), "{text}");
    assert!(frames.iter().all(|frame| frame.lines().count() == 2), "no line break within the data");
    assert_eq!(stream("x").await.problem(), "invalid_header");
}

#[tokio::test]
async fn a_follower_sees_what_comes_and_ends_with_the_server() {
    let (api, id) = told(1).await;
    let app = api.app.clone();
    let reading = async {
        let answer = api.get("/v1/events?follow=true").await;
        positions(&answer)
    };
    let telling = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            api.tell(&id, "note", json!({ "text": "more", "actor": "Zac" })).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.close();
    };
    let (seen, ()) = tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(reading, telling) })
        .await
        .expect("the feed ends when the server does");
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_feed_in_a_form_that_is_not_offered_is_refused() {
    let (api, _) = told(0).await;
    let answer = api.send(Method::GET, "/v1/events", &[("accept", "image/png")], Body::empty()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (406, "not_acceptable"));
}

//! A private incident that says the same word everywhere: whoever is not on its list is never told that word, by any
//! operation that the API's description lists, in any form, at any moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use scribe::app::App;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, Draft, EventStore as _};
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::testing::generated::history_in_own_words;
use scribe_domain::testing::words::own_words;
use scribe_tests::api::{Answer, ticking};
use scribe_tests::contract::told::new_command;
use serde_json::{Value, json};

use super::tokens::{Door, Operation, all_scopes};

const WORD: &str = "qxmarker";
const HIDDEN: &str = "20260301-qxmarker-leak";
const ABSENT: &str = "20260301-nothing-here";

/// An event of each kind that says it wherever words stand.
fn events() -> Vec<IncidentEvent> {
    let (histories, mut runner) = (history_in_own_words(150), TestRunner::deterministic());
    let (mut kinds, mut events) = (BTreeSet::new(), Vec::new());
    let declared =
        json!({ "title": WORD, "tier": "public", "severity": "sev1", "summary": WORD, "detected_by": WORD });
    events.push(IncidentEvent::from_told("declared", &declared).unwrap().unwrap());
    for _ in 0..8 {
        let history = histories.new_tree(&mut runner).unwrap().current();
        for (place, recorded) in history.iter().enumerate() {
            let (kind, payload) = (recorded.event.kind(), recorded.event.payload());
            // Whoever may see it is told at the end.
            if kind.starts_with("access_") || kind == "declared" || !kinds.insert(kind.to_owned()) {
                continue;
            }
            let payload = payload.get().replace(&own_words(place), WORD);
            let event = IncidentEvent::from_payload(kind, recorded.event.version(), &payload);
            events.extend(event.ok());
        }
    }
    assert!(events.len() > 50, "{}", events.len());
    events
}

/// A record with the hidden incident and one that everybody may see.
async fn record() -> (Door, String) {
    let clock = ticking("2026-03-01T10:00:00Z");
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    let hidden: IncidentId = HIDDEN.parse().unwrap();
    let draft = |event| Draft {
        actor: serde_json::from_value(json!({ "who": format!("{WORD} Example"), "via": WORD })).unwrap(),
        occurred: "2026-03-01T09:00Z".parse().unwrap(),
        told: None,
        source: Some(WORD.parse().unwrap()),
        origin: None,
        event,
    };
    let limited = json!({ "to": ["Ada Example"], "why": WORD });
    let limited = IncidentEvent::from_told("access_limited", &limited).unwrap().unwrap();
    for (revision, event) in (0..).zip(events().into_iter().chain([limited])) {
        let append = Append {
            incident: hidden.clone(),
            expected: Revision(revision),
            command_id: new_command(),
            request: None,
            events: vec![draft(event)],
        };
        store.append(append).await.unwrap();
    }
    let door = Door::over(App::with_store(store, Config::default(), clock)).await;
    let open = door.post(&door.admin, "/v1/incidents", json!({ "title": "Slow imports" })).await;
    (door, open.json()["incident"].as_str().unwrap().to_owned())
}

fn said(answer: &Answer) -> String {
    format!("{} {} {:?}", answer.status, answer.text(), answer.headers).to_lowercase()
}

/// What an address is asked with besides.
fn questions(operation: &Operation) -> Vec<&'static str> {
    if operation.method != Method::GET {
        return vec!["", "?dry_run=true"];
    }
    let mut all =
        vec!["", "?limit=1", "?after=3", "?state=all", "?drills=true", "?state=all&drills=true&format=json"];
    all.extend(["text", "html", "markdown", "json", "csv", "ndjson"].map(|form| match form {
        "text" => "?format=text",
        "html" => "?format=html",
        "markdown" => "?format=markdown",
        "csv" => "?format=csv",
        "ndjson" => "?format=ndjson",
        _ => "?format=json",
    }));
    all.extend(["?as_of=2026-03-01T10:01:00Z", "?occurred_by=2026-03-01T09:30:00Z", "?follow=false"]);
    all.extend(["?person=qx+Example", "?scope=payroll", "?audience=public", "?from=1&to=2", "?position=2"]);
    all
}

#[tokio::test]
async fn whoever_may_not_see_an_incident_is_never_told_a_word_of_it() {
    let (door, open) = record().await;
    let all = all_scopes();
    let (mut asked, mut told) = (0, 0);
    for operation in door.operations().await {
        // One token may not ask so often.
        let (ada, zac) = (door.token("Ada Example", &all).await, door.token("Zac Example", &all).await);
        let (bearer, adas) = (format!("Bearer {zac}"), format!("Bearer {ada}"));
        for question in questions(&operation) {
            for accept in ["application/json", "text/html", "text/plain", "text/event-stream;q=0.1, */*"] {
                let ask = |incident: &str, bearer: &str| {
                    let path = format!("{}{question}", operation.about(incident));
                    let (door, bearer, method) = (&door, bearer.to_owned(), operation.method.clone());
                    let body = if operation.has_body { r#"{"text":"x"}"# } else { "" };
                    async move {
                        let headers = [
                            ("authorization", &*bearer),
                            ("accept", accept),
                            ("content-type", "application/json"),
                        ];
                        door.api.send(method, &path, &headers, Body::from(body)).await
                    }
                };
                if accept.contains("event-stream")
                    && operation.path == "/v1/events"
                    && question != "?follow=false"
                {
                    // It would not end.
                    continue;
                }
                let what = format!("{} {}{question} as {accept}", operation.method, operation.path);
                if !operation.path.contains("{incident}") {
                    let answer = ask("", &bearer).await;
                    assert_ne!(answer.status, 429, "{what}");
                    assert!(!said(&answer).contains(WORD), "{what}: {}", said(&answer));
                    asked += 1;
                    if accept == "application/json" && operation.method == Method::GET {
                        told += usize::from(said(&ask("", &adas).await).contains(WORD));
                    }
                    continue;
                }
                // As little as of one that nobody has heard of, and nothing in the one that everybody may see.
                let (hidden, absent) = (ask(HIDDEN, &bearer).await, ask(ABSENT, &bearer).await);
                assert_eq!(hidden.text().replace(HIDDEN, ABSENT), absent.text(), "{what}");
                assert_eq!(hidden.status, absent.status, "{what}");
                let other = said(&ask(&open, &bearer).await);
                assert!(!other.contains(WORD) && !other.starts_with("429"), "{what}: {other}");
                asked += 3;
            }
        }
    }
    assert!(asked > 3_000 && told > 20, "{asked} {told}");
}

#[tokio::test]
async fn what_names_a_hidden_incident_is_answered_as_what_names_none() {
    let (door, open) = record().await;
    let zac = door.token("Zac Example", &all_scopes()).await;
    for (command, body) in [
        ("merge", json!({ "into": HIDDEN })),
        ("relate", json!({ "how": "led_to", "to": HIDDEN })),
        ("name-risk", json!({ "text": "x", "follow_up": { "incident": HIDDEN, "follow_up": 1 } })),
    ] {
        let absent: Value = serde_json::from_str(&body.to_string().replace(HIDDEN, ABSENT)).unwrap();
        let (hidden, absent) =
            (door.tell(&zac, &open, command, body).await, door.tell(&zac, &open, command, absent).await);
        assert_eq!((hidden.status, absent.status), (404, 404), "{command}: {}", hidden.text());
        assert_eq!(hidden.text().replace(HIDDEN, ABSENT), absent.text(), "{command}");
    }
    // What is about one of many is as if it were not there.
    for path in ["/v1/events?incident=", "/v1/runs?incident=", "/v1/actions?incident="] {
        let (hidden, absent) = (
            door.get(&zac, &format!("{path}{HIDDEN}")).await,
            door.get(&zac, &format!("{path}{ABSENT}")).await,
        );
        assert!(!hidden.text().replace(HIDDEN, "").contains(WORD), "{path}: {}", hidden.text());
        assert_eq!(hidden.status, absent.status, "{path}");
    }
    // A person is erased everywhere, or nowhere.
    let erase = json!({ "name": "Qxmarker Example", "why": "They asked for it." });
    let refused = door.post(&zac, "/v1/erasures/people", erase.clone()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "not_all"));
    let ada = door.token("Ada Example", &all_scopes()).await;
    let found = door.post(&ada, "/v1/erasures/people", erase).await.json();
    assert_eq!(
        (&found["dry_run"], &found["incidents"][0]["incident"]),
        (&json!(true), &json!(HIDDEN)),
        "{found}"
    );
}

//! Commands: what is taken, and what is refused.

use std::collections::BTreeSet;

use axum::http::Method;
use scribe_domain::command::Command;
use scribe_tests::api::Api;
use serde_json::{Value, json};

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
    assert!(shown.status == 200 && shown.header("etag").starts_with("\"3-"), "{}", shown.header("etag"));
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
            "is ahead of",
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
}

/// A life in which every command is told once.
pub(crate) fn a_life(other: &str) -> Vec<(&'static str, Value)> {
    let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let (began, ended) = ("2026-03-01T09:00:00Z", "2026-03-01T09:01:00Z");
    vec![
        ("join", json!({ "who": "Mona Reyes", "as_what": "SRE" })),
        ("assign-role", json!({ "role": "incident_commander", "to": "Zac" })),
        ("hand-off", json!({ "role": "ic", "from": "Zac", "to": "Mona Reyes", "why": "lunch" })),
        ("correct-holder", json!({ "target": "HAND-OFF", "to": "Lee", "why": "misheard" })),
        ("correct-holder", json!({ "target": "HAND-OFF", "to": "Mona Reyes", "why": "heard rightly" })),
        ("upgrade", json!({ "to": "public", "why": "customers see it" })),
        ("severity", json!({ "to": "sev1" })),
        ("phase", json!({ "to": "identified" })),
        ("page", json!({ "whom": { "team": "databases" }, "why": "locks" })),
        ("acknowledge-page", json!({ "page": 1, "by": "Ada" })),
        ("propose-run", json!({ "line": "kubectl rollout undo", "host": "bastion", "why": "roll back" })),
        ("approve-run", json!({ "run": 1, "digest": "sha256:1" })),
        ("start-run", json!({ "run": 1, "line": "kubectl rollout undo", "host": "bastion" })),
        ("finish-run", json!({ "run": 1, "started": began, "ended": ended, "exit": { "code": 0 } })),
        ("propose-run", json!({ "line": "rm -r /tmp/x" })),
        ("decline-run", json!({ "run": 2, "why": "no" })),
        ("propose-run", json!({ "line": "rm -r /tmp/y" })),
        ("withdraw-run", json!({ "run": 3 })),
        ("record-run", json!({ "line": "ls", "started": began, "ended": ended, "unapproved": "harmless" })),
        ("note", json!({ "text": "CPU is high" })),
        ("summarise", json!({ "status": "imports fail", "plan": "roll back" })),
        ("decide", json!({ "choice": "roll back", "options": ["wait"], "dissent": "Ada would wait" })),
        ("raise-hypothesis", json!({ "text": "the deploy" })),
        ("settle-hypothesis", json!({ "hypothesis": 1, "verdict": "confirmed" })),
        ("regroup", json!({ "findings": "all agree" })),
        ("rename-component", json!({ "audience": "engineering", "from": "Imports", "to": "List imports" })),
        ("link", json!({ "kind": "channel", "at": "https://chat.example/inc" })),
        ("fire-alert", json!({ "source": "sentry", "alert": "Errors", "cause.source": "sentry-1" })),
        ("resolve-alert", json!({ "source": "sentry", "alert": "Errors" })),
        ("link-change", json!({ "kind": "deploy", "relation": "suspected", "title": "v42" })),
        (
            "attach-evidence",
            json!({ "title": "graph", "digest": digest, "media_type": "image/png", "at": "s3://x/y" }),
        ),
        (
            "assign-action",
            json!({ "kind": "mitigation", "text": "roll back", "to": "Ada", "check_back": ended }),
        ),
        ("check-in-action", json!({ "action": 1, "text": "half done" })),
        ("finish-action", json!({ "action": 1, "outcome": "done" })),
        ("agree-follow-up", json!({ "text": "alert earlier", "owner": "SRE", "due": "2026-04-01" })),
        ("finish-follow-up", json!({ "follow_up": 1 })),
        ("take-hold", json!({ "scope": "web", "why": "rolling back" })),
        ("release-hold", json!({ "scope": "web" })),
        ("start-gap", json!({ "text": "no telemetry", "occurred": began })),
        ("end-gap", json!({ "gap": 1, "occurred": ended })),
        ("apply-workaround", json!({ "text": "mail is off", "to": "Mail team", "check_back": ended })),
        ("revert-workaround", json!({ "workaround": 1, "outcome": "on again" })),
        ("start-impact", json!({ "text": "imports fail", "components": ["imports"], "occurred": began })),
        ("end-impact", json!({ "impact": 1, "occurred": ended })),
        ("name-cause", json!({ "text": "a lock" })),
        ("milestone", json!({ "milestone": "detected", "occurred": began })),
        ("nudge", json!({ "whom": "Ada", "text": "how is it going?" })),
        ("limit-access", json!({ "to": ["Ada", "Zac"], "why": "a customer's data" })),
        ("open-access", json!({ "why": "it is in the papers" })),
        ("mitigate", json!({ "how": "rolled back" })),
        ("leave", json!({ "who": "Mona Reyes" })),
        (
            "correct",
            json!({ "target": "NOTE", "occurred": began, "fields": { "text": "CPU was high" }, "why": "graph" }),
        ),
        ("retract", json!({ "target": "NOTE", "why": "another host" })),
        ("resolve", json!({ "summary": "rolled back" })),
        ("assign-review", json!({ "owner": "Ada", "due": "2026-03-20" })),
        ("write-review-section", json!({ "section": "learned", "text": "alert earlier", "cites": ["NOTE"] })),
        (
            "update-status",
            json!({ "audience": "public", "status": "resolved", "text": "Imports work again.", "actor": "Mona Reyes" }),
        ),
        (
            "describe-page",
            json!({ "audience": "public", "title": "Failing imports", "summary": "Some failed.", "actor": "Mona Reyes" }),
        ),
        (
            "name-risk",
            json!({ "text": "no alert on locks", "follow_up": { "follow_up": 1 }, "cites": ["NOTE"] }),
        ),
        ("relate", json!({ "how": "same_cause_as", "to": other, "why": "the same lock" })),
        ("publish-review", json!({ "audience": "public", "actor": "Mona Reyes" })),
        ("leave-role", json!({ "role": "incident_commander", "who": "Mona Reyes" })),
        ("close", json!({})),
        ("reopen", json!({ "why": "it is back" })),
        // What takes an incident off a page that tells of it takes somebody who may write that page.
        ("assign-role", json!({ "role": "communications_lead", "to": "Zac" })),
        ("downgrade", json!({ "to": "internal" })),
        ("merge", json!({ "into": other })),
        ("reopen", json!({ "why": "not the same after all" })),
        ("cancel", json!({ "why": "a false alarm" })),
        ("redact", json!({ "target": "NOTE", "why": "a customer's name" })),
    ]
}

/// Tells a whole life; gives the incident.
pub(crate) async fn live(api: &Api) -> (String, BTreeSet<&'static str>) {
    let other = api.declare("Everything is slow").await;
    let raised = api.tell(&other, "upgrade", json!({ "to": "public", "actor": "Zac" })).await;
    assert_eq!(raised.status, 200, "{}", raised.text());
    let id = api.declare("List import problems").await;
    let mut told = BTreeSet::new();
    let (mut note, mut handed) = (Value::Null, Value::Null);
    for (command, mut body) in a_life(&other) {
        if body.get("actor").is_none() {
            body["actor"] =
                if matches!(command, "approve-run" | "decline-run") { "Ada" } else { "Zac" }.into();
        }
        if let Some(target) = body.get_mut("target") {
            *target = if *target == "HAND-OFF" { handed.clone() } else { note.clone() };
        }
        if body.get("cites").is_some() {
            body["cites"] = json!([note]);
        }
        if command == "approve-run" {
            let run = api.get(&format!("/v1/runs/{id}/1")).await;
            assert_eq!((run.status, &run.json()["stage"]), (200, &json!("proposed")), "{}", run.text());
            body["digest"] = run.json()["digest"].clone();
        }
        let answer = api.tell(&id, command, body.clone()).await;
        assert_eq!(answer.status, 200, "{command} {body}: {}", answer.text());
        let receipt = answer.json();
        assert!(!receipt["events"].as_array().unwrap().is_empty(), "{command} added nothing");
        assert_eq!(answer.header("etag"), format!("\"{}\"", receipt["revision"]));
        assert_eq!(answer.header("scribe-position"), receipt["position"].to_string());
        match command {
            "note" => note = receipt["events"][0].clone(),
            "hand-off" => handed = receipt["events"][0].clone(),
            _ => {}
        }
        told.insert(command);
    }
    (id, told)
}

#[tokio::test]
async fn every_command_has_an_address_and_is_taken_there() {
    let (_, told) = live(&Api::default()).await;
    let all: BTreeSet<&str> = Command::NAMES.iter().copied().filter(|name| *name != "declare").collect();
    assert_eq!(told, all);
}

#[tokio::test]
async fn the_domains_refusals_come_with_their_code_and_hint() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    api.tell(&id, "upgrade", json!({ "to": "internal", "actor": "Zac" })).await;
    api.tell(&id, "propose-run", json!({ "line": "ls", "actor": "Zac" })).await;
    let head = api.head().await;
    let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let own = api.get(&format!("/v1/runs/{id}/1")).await.json()["digest"].clone();
    for (command, body, status, code) in [
        ("upgrade", json!({ "to": "engineering" }), 409, "not_an_upgrade"),
        ("hand-off", json!({ "role": "ic", "from": "Ada", "to": "Zac" }), 409, "not_the_holder"),
        (
            "update-status",
            json!({ "audience": "public", "status": "identified", "text": "x" }),
            409,
            "audience_above_tier",
        ),
        (
            "update-status",
            json!({ "audience": "internal", "status": "identified", "text": "x" }),
            409,
            "not_a_communicator",
        ),
        ("approve-run", json!({ "run": 1, "digest": own }), 409, "self_approval"),
        ("approve-run", json!({ "run": 1, "digest": digest, "actor": "Ada" }), 409, "line_changed"),
        ("approve-run", json!({ "run": 7, "digest": digest, "actor": "Ada" }), 404, "unknown_number"),
        ("start-run", json!({ "run": 1, "line": "ls" }), 409, "not_approved"),
        (
            "retract",
            json!({ "target": "0190a9a0-0000-7000-8000-000000000001", "why": "x" }),
            404,
            "unknown_event",
        ),
        (
            "redact",
            json!({ "target": "0190a9a0-0000-7000-8000-000000000001", "why": "x" }),
            404,
            "unknown_event",
        ),
        ("merge", json!({ "into": "20200101-nothing" }), 404, "unknown_incident"),
        ("merge", json!({ "into": id }), 409, "merge_into_self"),
        ("close", json!({}), 409, "not_resolved"),
    ] {
        let mut body = body;
        if body.get("actor").is_none() {
            body["actor"] = "zac ".into();
        }
        let answer = api.tell(&id, command, body.clone()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (status, code),
            "{command} {body}: {}",
            answer.text()
        );
    }
    assert_eq!(api.head().await, head, "nothing was recorded");
}

#[tokio::test]
async fn words_that_are_none_are_told_what_would_do() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for (command, body, field, told) in [
        ("upgrade", json!({ "to": "world" }), "to", "internal"),
        ("assign-role", json!({ "role": "boss", "to": "Ada" }), "role", "incident_commander"),
        ("severity", json!({ "to": "sev9" }), "to", "sev5"),
        ("correct", json!({ "target": "x", "why": "y" }), "target", "UUID"),
        ("merge", json!({ "into": "../x" }), "into", "is not an incident id"),
        ("page", json!({ "whom": { "person": "a:b" } }), "whom.person", "colon"),
    ] {
        let mut body = body;
        body["actor"] = "Zac".into();
        let answer = api.tell(&id, command, body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_field"), "{}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{told}: {problem}");
    }
    let unknown = api.tell(&id, "explode", json!({ "actor": "Zac" })).await;
    assert_eq!((unknown.status, unknown.problem().as_str()), (404, "unknown_command"));
    assert!(unknown.json()["hint"].as_str().unwrap().contains("update-status"));
}

#[tokio::test]
async fn the_same_key_gets_the_first_receipt_and_adds_nothing() {
    let api = Api::default();
    let body = json!({ "title": "List import problems", "actor": "Zac" }).to_string();
    let key = [("idempotency-key", "deploy-42")];
    let first = api.send(Method::POST, "/v1/incidents", &key, body.clone()).await;
    let again = api.send(Method::POST, "/v1/incidents", &key, body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(api.head().await, 1);

    let id = first.json()["incident"].as_str().unwrap().to_owned();
    let other = api.declare("Everything is slow").await;
    let note = |id: &str| format!("/v1/incidents/{id}/commands/note");
    let body = json!({ "text": "a", "actor": "Zac" }).to_string();
    let key = [("idempotency-key", "note-1")];
    let first = api.send(Method::POST, &note(&id), &key, body.clone()).await;
    assert_eq!(first.bytes, api.send(Method::POST, &note(&id), &key, body.clone()).await.bytes);
    let elsewhere = api.send(Method::POST, &note(&other), &key, body.clone()).await;
    assert_eq!((elsewhere.status, elsewhere.problem().as_str()), (422, "idempotency_key_reused"));
    // The same key with another text, another person, another command: none of them is swallowed.
    let head = api.head().await;
    let other_text = json!({ "text": "b", "actor": "Zac" });
    let other_person = json!({ "text": "a", "actor": "Ada" });
    for other in [other_text, other_person] {
        let answer = api.send(Method::POST, &note(&id), &key, other.to_string()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "idempotency_key_reused"));
    }
    let resolve = format!("/v1/incidents/{id}/commands/resolve");
    let answer = api.send(Method::POST, &resolve, &key, json!({ "actor": "Zac" }).to_string()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "idempotency_key_reused"));
    let declare = json!({ "title": "Another", "actor": "Zac" }).to_string();
    let answer = api.send(Method::POST, "/v1/incidents", &[("idempotency-key", "deploy-42")], declare).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "idempotency_key_reused"));
    // But when it happened is the moment of each attempt.
    let later = json!({ "text": "a", "actor": "Zac", "occurred": "2026-02-01T00:00Z" }).to_string();
    assert_eq!(api.send(Method::POST, &note(&id), &key, later).await.bytes, first.bytes);
    assert_eq!(api.head().await, head);
    for bad in ["", &"x".repeat(201)] {
        let answer = api.send(Method::POST, &note(&id), &[("idempotency-key", bad)], body.clone()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_header"));
    }
    assert_eq!(api.head().await, 3);
}

#[tokio::test]
async fn a_caller_may_insist_on_the_revision_that_it_saw() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let note = format!("/v1/incidents/{id}/commands/note");
    let body = json!({ "text": "a", "actor": "Zac" }).to_string();
    let (api, note, body) = (&api, &note, &body);
    let told = |tag: &'static str| async move {
        api.send(Method::POST, note, &[("if-match", tag)], body.clone()).await
    };
    assert_eq!(told("\"1\"").await.status, 200);
    let stale = told("\"1\"").await;
    assert_eq!((stale.status, stale.problem().as_str()), (412, "stale_revision"));
    assert!(stale.json()["detail"].as_str().unwrap().contains("at revision 2"));
    for bad in ["1", "*", "W/\"2\"", "\"x\""] {
        assert_eq!(told(bad).await.problem(), "invalid_header", "{bad}");
    }
    assert_eq!(told("\"2\"").await.status, 200);
}

#[tokio::test]
async fn the_commander_on_call_stands_in_the_settings() {
    let config = "[on_call]\nincident_commander = \"Mona Reyes\"";
    let api = Api::with(scribe::config::Config::read(config, std::path::Path::new("x")).unwrap());
    let id = api.declare("List import problems").await;
    api.tell(&id, "upgrade", json!({ "to": "internal", "actor": "Zac" })).await;
    let events = api.get(&format!("/v1/incidents/{id}/events")).await.json();
    assert_eq!(events[2]["fields"]["whom"], json!({ "person": "Mona Reyes" }));
}

#[tokio::test]
async fn nobody_is_sent_in_a_circle_by_merges() {
    let api = Api::default();
    let (first, second) = (api.declare("First").await, api.declare("Second").await);
    let merge = |from: String, into: String| {
        let api = &api;
        async move { api.tell(&from, "merge", json!({ "into": into, "actor": "Zac" })).await }
    };
    assert_eq!(merge(first.clone(), second.clone()).await.status, 200);
    let refused = merge(second, first).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "not_open"));
}

#[tokio::test]
async fn when_it_happened_is_told_in_words_and_never_ahead_of_now() {
    // It is shortly after ten.
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for (said, kept) in [
        ("10 min ago", "2026-03-01T09:50Z"),
        ("yesterday 23:00 UTC", "2026-02-28T23:00Z"),
        ("23:00Z", "2026-02-28T23:00Z"),
        ("2026-02-27", "2026-02-27"),
        ("2026-02-27 20:00 to 21:00 CET", "2026-02-27T19:00Z/2026-02-27T20:00Z"),
    ] {
        let told = api.tell(&id, "note", json!({ "text": "x", "actor": "Zac", "occurred": said })).await;
        assert_eq!(told.status, 200, "{said}: {}", told.text());
        let events = api.get(&format!("/v1/incidents/{id}/events")).await.json();
        let last = events.as_array().and_then(|events| events.last()).unwrap();
        assert_eq!(last["occurred"], json!(kept), "{said}");
    }
    let note = api.get(&format!("/v1/incidents/{id}/events")).await.json()[1]["id"].clone();
    let ran = |started: &str, ended: &str| json!({ "line": "ls", "started": started, "ended": ended, "actor": "Zac", "unapproved": "alone" });
    for (command, body, field) in [
        ("note", json!({ "text": "x", "actor": "Zac", "occurred": "2026-03-01T10:09Z" }), "occurred"),
        ("note", json!({ "text": "x", "actor": "Zac", "occurred": "2026-03-02" }), "occurred"),
        (
            "correct",
            json!({ "target": note, "occurred": "2026-03-01T10:09Z", "why": "x", "actor": "Zac" }),
            "occurred",
        ),
        ("record-run", ran("2026-03-01T10:09Z", "2026-03-01T10:10Z"), "started"),
        ("record-run", ran("2026-03-01T09:09Z", "2026-03-01T10:10Z"), "ended"),
    ] {
        let refused = api.tell(&id, command, body).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "occurred_in_future"), "{command}");
        assert_eq!(refused.json()["field"], json!(field), "{command}");
    }
    let refused =
        api.tell(&id, "note", json!({ "text": "x", "actor": "Zac", "occurred": "2026-03-01T23:50Z" })).await;
    assert!(
        refused.json()["hint"].as_str().unwrap().contains("did you mean yesterday 23:50 UTC?"),
        "{}",
        refused.text()
    );
}

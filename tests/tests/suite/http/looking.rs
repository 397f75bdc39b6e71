//! Looks: forms, moments, tags.

use axum::body::Body;
use axum::http::Method;
use scribe_tests::api::Api;
use serde_json::json;

use super::telling::live;

#[tokio::test]
async fn every_look_comes_in_every_form() {
    let api = Api::default();
    let (id, _) = live(&api).await;
    let one = format!("/v1/incidents/{id}");
    for look in [
        "/v1/incidents?state=all".to_owned(),
        one.clone() + "?",
        format!("{one}/timeline?"),
        format!("{one}/roles?"),
        format!("{one}/postmortem?"),
        format!("{one}/postmortem?edition=public"),
        "/v1/status-pages/public?".into(),
        "/v1/runs?".into(),
        format!("/v1/runs/{id}/1?"),
        "/v1/actions?".into(),
        "/v1/holds?".into(),
    ] {
        for (format, media_type) in [
            ("json", "application/json"),
            ("text", "text/plain; charset=utf-8"),
            ("markdown", "text/markdown; charset=utf-8"),
            ("html", "text/html; charset=utf-8"),
        ] {
            let answer = api.get(&format!("{look}&format={format}")).await;
            assert_eq!(answer.status, 200, "{look} {format}: {}", answer.text());
            assert_eq!(answer.header("content-type"), media_type);
            assert!(!answer.bytes.is_empty(), "{look} {format}");
            assert!(answer.header("scribe-position").parse::<u64>().is_ok(), "{look}");
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'"), "{look} {format}: {policy}");
            // A page has a style of its own, and forms of this server's; what is no page has nothing.
            assert_eq!(policy.contains("form-action 'self'"), format == "html", "{look} {format}: {policy}");
            let accept = [("accept", media_type.split(';').next().unwrap())];
            let same = api.send(Method::GET, &look, &accept, Body::empty()).await;
            assert_eq!(same.header("content-type"), media_type, "{look}");
        }
    }
    let table = api.get(&format!("{one}/timeline?format=csv")).await;
    assert_eq!(
        (table.status, table.header("content-type")),
        (200, "text/csv; charset=utf-8; header=present")
    );
    let lines = api.get(&format!("{one}/events?format=ndjson")).await;
    assert_eq!(lines.lines().len(), api.get(&format!("{one}/events")).await.json().as_array().unwrap().len());
    let none = api.get(&format!("{one}?format=csv")).await;
    assert_eq!((none.status, none.problem().as_str()), (406, "not_acceptable"));
    let home = api.get("/").await;
    assert!(home.text().contains(&format!("href=\"/v1/incidents/{id}?format=html\"")), "{}", home.text());
}

#[tokio::test]
async fn a_look_may_ask_about_an_earlier_moment() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let before = api.get(&format!("/v1/incidents/{id}/events")).await.json()[0]["recorded_at"].clone();
    let before = before.as_str().unwrap();
    api.tell(&id, "upgrade", json!({ "to": "internal", "actor": "Zac" })).await;
    for look in [format!("/v1/incidents/{id}"), "/v1/incidents".into()] {
        let now = api.get(&look).await.json();
        let then = api.get(&format!("{look}?as_of={before}")).await.json();
        let tier = |view: &serde_json::Value| {
            view["tier"].as_str().or(view["incidents"][0]["tier"].as_str()).map(str::to_owned)
        };
        assert_eq!(
            (tier(&now), tier(&then)),
            (Some("internal".into()), Some("engineering".into())),
            "{look}"
        );
        assert_eq!(
            api.get(&format!("{look}?as_of={before}")).await.json(),
            then,
            "the same whenever it is asked"
        );
    }
    let too_early = api.get(&format!("/v1/incidents/{id}?as_of=2026-01-01T00:00:00Z")).await;
    assert_eq!((too_early.status, too_early.problem().as_str()), (404, "unknown_incident"));
    assert_eq!(api.get("/v1/incidents?as_of=2026-01-01T00:00:00Z").await.json()["incidents"], json!([]));
    let local = api.get("/v1/incidents?as_of=2026-03-01+04:00&zone=America/New_York").await;
    assert_eq!(local.status, 200, "{}", local.text());
}

#[tokio::test]
async fn what_a_look_does_not_take_is_refused_by_name() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let one = format!("/v1/incidents/{id}");
    for (look, field, told) in [
        ("/v1/incidents?as_off=2026-01-01T00:00:00Z".to_owned(), "as_off", "unknown query parameter"),
        ("/v1/incidents?tier=world".into(), "tier", "engineering"),
        ("/v1/incidents?state=odd".into(), "state", "open, ended, all"),
        ("/v1/incidents?state=open&state=all".into(), "state", "twice"),
        ("/v1/incidents?drills=yes".into(), "drills", "neither true nor false"),
        ("/v1/incidents?zone=Mars/Olympus".into(), "zone", "is not a time zone"),
        ("/v1/incidents?width=7".into(), "width", "outside 40 to 400"),
        ("/v1/incidents?as_of=yesterday".into(), "as_of", "is not a time"),
        ("/v1/incidents?as_of=unknown".into(), "as_of", "a known time"),
        ("/v1/incidents?as_of=9999-01-01T00:00:00Z".into(), "as_of", "the year 9999"),
        ("/v1/incidents?as_of=2026-03-01+07:00".into(), "as_of", "names no time zone"),
        ("/v1/incidents?as_of=2025-11-02+01:30&zone=America/New_York".into(), "as_of", "happened twice"),
        ("/v1/events?after=-1".into(), "after", "whole number"),
        ("/v1/events?kind=odd".into(), "kind", "is not a kind"),
        ("/v1/events?incident=../x".into(), "incident", "is not an incident id"),
        ("/v1/runs?flag=odd".into(), "flag", "unapproved"),
        ("/v1/runs?by=a:b".into(), "by", "colon"),
        ("/healthz?x=1".into(), "x", "unknown query parameter"),
        (format!("{one}/timeline?kind=odd"), "kind", "neither a kind of event nor a group"),
    ] {
        let answer = api.get(&look).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "invalid_query"),
            "{look}: {}",
            answer.text()
        );
        let problem = answer.json();
        assert_eq!(problem["field"], field, "{look}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{look}: {problem}");
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_say_so() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for (look, status, code) in [
        ("/v1/incidents/20200101-nothing".to_owned(), 404, "unknown_incident"),
        ("/v1/incidents/20200101-nothing/timeline".into(), 404, "unknown_incident"),
        ("/v1/runs?incident=20200101-nothing".into(), 404, "unknown_incident"),
        ("/v1/actions?incident=20200101-nothing".into(), 404, "unknown_incident"),
        (format!("/v1/runs/{id}/7"), 404, "unknown_number"),
        (format!("/v1/runs/{id}/x"), 400, "invalid_address"),
        ("/v1/incidents/..%2Fx".into(), 400, "invalid_address"),
        ("/v1/incidents/%2e%2e".into(), 400, "invalid_address"),
        ("/v1/incidents/%ff".into(), 400, "invalid_address"),
        ("/v1/status-pages/world".into(), 400, "invalid_address"),
        ("/v1/nothing".into(), 404, "not_found"),
        ("/v1/incidents/".into(), 404, "not_found"),
    ] {
        let answer = api.get(&look).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{look}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_answer_that_was_seen_is_not_sent_again() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for look in ["/timeline", "/roles", "/events"] {
        let path = format!("/v1/incidents/{id}{look}");
        let tag = api.get(&path).await.header("etag").to_owned();
        assert!(tag.starts_with("\"1-"), "{look}: {tag}");
        for tags in [tag.clone(), format!("W/{tag}"), format!("\"7\", {tag}"), "*".to_owned()] {
            let again = api.send(Method::GET, &path, &[("if-none-match", &tags)], Body::empty()).await;
            assert_eq!((again.status, again.header("etag"), again.bytes.len()), (304, &*tag, 0), "{look}");
            assert_eq!(
                (again.header("vary"), again.header("cache-control")),
                ("accept", "private, no-cache"),
                "{look}"
            );
        }
        // The revision alone says nothing of what was seen.
        for tags in ["\"1\"", "\"2\""] {
            let other = api.send(Method::GET, &path, &[("if-none-match", tags)], Body::empty()).await;
            assert_eq!(other.status, 200);
        }
    }
}

#[tokio::test]
async fn what_tells_ages_is_sent_again_when_they_have_changed_and_each_form_has_a_tag_of_its_own() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let mut tags = std::collections::BTreeSet::new();
    for format in ["json", "text", "markdown", "html"] {
        let path = format!("/v1/incidents/{id}?format={format}");
        let first = api.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(tags.insert(tag.clone()), "{format} has a tag of its own");
        // Each look is a second later, so that within two minutes every age is another one.
        let mut later = first.status;
        for _ in 0..120 {
            let again = api.send(Method::GET, &path, &[("if-none-match", &tag)], Body::empty()).await;
            later = again.status;
            if later == 200 {
                assert_ne!((again.text(), again.header("etag")), (first.text(), &*tag), "{format}");
                break;
            }
        }
        assert_eq!(later, 200, "{format}: the age has changed");
    }
    // What was seen can still be insisted on.
    let tag = tags.first().unwrap().clone();
    let body = Body::from(r#"{"actor":"Zac","text":"x"}"#);
    let path = format!("/v1/incidents/{id}/commands/note");
    let told = api.send(Method::POST, &path, &[("if-match", &tag)], body).await;
    assert_eq!(told.status, 200, "{}", told.text());
}

#[tokio::test]
async fn runs_actions_and_holds_answer_what_was_asked() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    api.tell(&id, "start-run", json!({ "line": "reboot -f", "emergency": "it burns", "actor": "Ada" })).await;
    api.tell(&id, "propose-run", json!({ "line": "ls", "host": "db-3", "actor": "Zac" })).await;
    api.tell(&id, "take-hold", json!({ "scope": "web", "actor": "Zac" })).await;
    api.tell(&id, "assign-action", json!({ "kind": "mitigation", "text": "x", "to": "Ada", "actor": "Zac" }))
        .await;
    for (query, expected) in [
        ("", 2),
        ("by=ada", 1),
        ("match=REBOOT", 1),
        ("host=db-3", 1),
        ("unapproved=true", 1),
        ("flag=emergency", 1),
        ("by=Nobody", 0),
        (&format!("incident={id}"), 2),
        ("since=2026-03-02T00:00:00Z", 0),
        ("until=2026-03-02T00:00:00Z", 2),
    ] {
        let runs = api.get(&format!("/v1/runs?{query}")).await;
        assert_eq!(runs.json()["runs"].as_array().map(Vec::len), Some(expected), "{query}: {}", runs.text());
    }
    assert_eq!(api.get("/v1/holds?scope=web").await.json()["taken"], true);
    assert_eq!(api.get("/v1/holds?scope=mobile").await.json()["taken"], false);
    let actions = api.get(&format!("/v1/actions?incident={id}")).await.json();
    assert_eq!(actions["actions"].as_array().map(Vec::len), Some(1), "{actions}");
}

//! Forms, as pages send them: what they say, what is refused, from whom they are taken, and what a page may do.

use axum::http::Method;
use scribe_tests::api::{Answer, Api};
use serde_json::json;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn send(api: &Api, path: &str, form: &str) -> Answer {
    api.send(Method::POST, path, &[FORM], form.to_owned()).await
}

/// The fields of an incident's last event.
async fn last(api: &Api, incident: &str) -> serde_json::Value {
    let events = api.get(&format!("/v1/incidents/{incident}/events")).await.json();
    events.as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn a_form_says_a_command_and_its_envelope() {
    let api = Api::default();
    let form = "title=List+import+problems&actor=Zac+Bentley&tier=internal&severity=sev2&summary=&drill=on\
                &occurred=2026-03-01T09%3A46%3A00Z&source=desk-1";
    let answer = send(&api, "/v1/incidents", form).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["incident"].as_str().unwrap().to_owned();
    let event = last(&api, &id).await;
    assert_eq!(
        event["fields"],
        json!({ "title": "List import problems", "tier": "internal", "severity": "sev2", "drill": true })
    );
    assert_eq!(event["actor"], json!({ "who": "Zac Bentley", "via": "http" }));
    assert_eq!((&event["occurred"], &event["source"]), (&json!("2026-03-01T09:46:00Z"), &json!("desk-1")));
}

#[tokio::test]
async fn a_page_says_in_which_form_it_is_answered_and_lets_no_program_in_for_nobody() {
    let api = Api::default();
    let refused = api.post("/device", json!({ "code": "BCDF-GHJK", "say": "allow" })).await;
    assert_eq!((refused.status, refused.problem().as_str()), (415, "unsupported_media_type"));
    assert!(refused.text().contains("Content-Type: application/x-www-form-urlencoded"), "{}", refused.text());
    let code = api.post("/v1/device", json!({ "name": "bastion" })).await.json()["user_code"].clone();
    let page = api.get(&format!("/device?code={}", code.as_str().unwrap())).await;
    assert_eq!(
        (page.status, page.problem().as_str()),
        (401, "not_authenticated"),
        "nobody is known here yet"
    );
}

#[tokio::test]
async fn a_form_says_lists_and_fields_of_fields() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let cases = [
        (
            "start-impact",
            "text=Slow&components=API&components=Web&actor=Zac",
            json!({ "impact": 1, "text": "Slow", "components": ["API", "Web"] }),
        ),
        (
            "fire-alert",
            "source=sentry&cause.source=key-1&alert=Errors&labels%5Bteam%5D=web&labels[severity]=page\
             &actor[who]=integration:sentry&actor[on_behalf_of]=Zac",
            json!({ "source": "sentry", "alert": "Errors", "labels": { "team": "web", "severity": "page" } }),
        ),
        (
            "page",
            "whom[person]=Ada+Lovelace&actor=Zac",
            json!({ "page": 1, "whom": { "person": "Ada Lovelace" } }),
        ),
        ("acknowledge-page", "page=1&actor=Ada+Lovelace", json!({ "page": 1 })),
        ("phase", "to=identified&actor=Zac", json!({ "from": "investigating", "to": "identified" })),
    ];
    for (command, form, fields) in cases {
        let answer = send(&api, &format!("/v1/incidents/{id}/commands/{command}"), form).await;
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        let event = last(&api, &id).await;
        for (name, value) in fields.as_object().unwrap() {
            assert_eq!(event["fields"][name], *value, "{command}: {event}");
        }
        if command == "fire-alert" {
            assert_eq!(event["source"], "key-1");
            assert_eq!(event["actor"]["on_behalf_of"], "Zac", "{event}");
        }
    }
    // A list of things with fields, sent out of order, is a list in order; the words of a page are a lead's to say.
    let assign = "role=incident+commander&to=Zac&actor=Zac";
    assert_eq!(send(&api, &format!("/v1/incidents/{id}/commands/assign-role"), assign).await.status, 200);
    let form = "audience=engineering&status=identified&text=Imports+are+slow&components[1][component]=Web\
                &components[1][state]=degraded_performance&components[0][component]=API&components[0][state]=operational&actor=Zac";
    let answer = send(&api, &format!("/v1/incidents/{id}/commands/update-status"), form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let components = last(&api, &id).await["fields"]["components"].clone();
    assert_eq!(
        components,
        json!([{ "component": "API", "state": "operational" }, { "component": "Web", "state": "degraded_performance" }])
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said_by_its_field() {
    let api = Api::default();
    for (form, field) in [
        ("title=x", "actor"),
        ("actor=Zac", "title"),
        ("title=x&actor=Zac&colour=red", "colour"),
        ("title=x&title=y&actor=Zac", "title"),
        ("title[a]=x&actor=Zac", "title"),
        ("title=x&title[a]=y&actor=Zac", "title[a]"),
        ("title=x&actor=Zac&drill=perhaps", "drill"),
        ("title=x&actor=Zac&severity=sev9", "severity"),
        ("title=x&actor=Zac&tier[=internal", "tier["),
        ("title=x&actor=Zac&a[][b]=c", "a[][b]"),
        ("title=%ff&actor=Zac", "title"),
        ("actor=Zac&actor=Ada&title=x", "actor"),
        ("title=x&actor=Zac&occurred=soonish", "occurred"),
    ] {
        let answer = send(&api, "/v1/incidents", form).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_field"), "{form}");
        assert_eq!(answer.json()["field"], field, "{form}: {}", answer.text());
    }
    let deep = format!("title{}=x&actor=Zac", "[a]".repeat(50));
    assert_eq!(send(&api, "/v1/incidents", &deep).await.status, 400);
    let many = "a=b&".repeat(2_000);
    assert_eq!(send(&api, "/v1/incidents", &many).await.status, 400);
    assert_eq!(api.head().await, 0);
}

#[tokio::test]
async fn what_curl_says_is_a_form_and_begins_as_json_is_json() {
    let api = Api::default();
    let json = json!({ "title": "a=b&c=d", "actor": "Zac" }).to_string();
    for body in [json.clone(), format!(" \n\t{json}")] {
        let answer = send(&api, "/v1/incidents", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    // And what says that it is JSON is never read as a form.
    let answer = api
        .send(Method::POST, "/v1/incidents", &[("content-type", "application/json")], "title=x&actor=Zac")
        .await;
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed_json"));
}

#[tokio::test]
async fn a_page_of_another_site_sends_no_form() {
    let api = Api::default();
    let host = ("host", "localhost:7474");
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:8080"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer =
            api.send(Method::POST, "/v1/incidents", &[FORM, host, foreign], "title=x&actor=Zac").await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "cross_origin"), "{foreign:?}");
    }
    assert_eq!(api.head().await, 0);
    let own = [FORM, host, ("origin", "http://localhost:7474"), ("sec-fetch-site", "same-origin")];
    let answer = api.send(Method::POST, "/v1/incidents", &own, "title=x&actor=Zac").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    // With `no-referrer`, a browser would say `Origin: null` of this server's own pages too.
    assert_eq!(answer.header("referrer-policy"), "same-origin");
}

#[tokio::test]
async fn every_page_has_the_one_policy_and_may_send_forms_to_its_own_server_only() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for page in [
        "/".to_owned(),
        "/v1/incidents?format=html".to_owned(),
        format!("/v1/incidents/{id}/postmortem?format=html"),
        "/v1/status-pages/public?format=html".to_owned(),
        "/v1/views?format=html".to_owned(),
    ] {
        let answer = api.get(&page).await;
        let policies: Vec<_> = answer.headers.get_all("content-security-policy").iter().collect();
        assert_eq!(policies.len(), 1, "{page}");
        let policy = answer.header("content-security-policy");
        let own = policy.strip_suffix("; frame-ancestors 'none'").expect("in nobody's frame");
        assert_eq!(
            own, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'",
            "{page}"
        );
        let text = answer.text();
        let said = format!("http-equiv=\"Content-Security-Policy\" content=\"{own}\"");
        assert!(text.contains(&said), "{page}: {text}");
    }
    // What is no page may do nothing at all, should a browser show it.
    for other in ["/v1/incidents", "/v1/tokens", "/no/such", "/healthz"] {
        let answer = api.get(other).await;
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "{other}"
        );
        let kept = if other == "/v1/incidents" { "private, no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), kept, "{other}");
    }
}

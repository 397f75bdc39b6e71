//! Private incidents: that nobody learns of one who may not see it, by whichever way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use scribe::app::App;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{StaleCause, StoreError};
use scribe_tests::api::{Answer, ticking};
use scribe_tests::switched::Switched;
use serde_json::{Value, json};

use super::tokens::{Door, all_scopes};

#[tokio::test]
async fn a_key_counts_for_whoever_used_it_first_and_tells_others_nothing() {
    let door = Door::new().await;
    let all = all_scopes();
    let (ada, zac) = (door.token("Ada Example", &all).await, door.token("Zac Example", &all).await);
    let declare = |token: String, title: &'static str, to: &'static str| {
        let door = &door;
        async move {
            let body = json!({ "title": title, "private_to": [to] });
            let body = if to.is_empty() { json!({ "title": title }) } else { body };
            let bearer = format!("Bearer {token}");
            let headers = [
                ("content-type", "application/json"),
                ("authorization", &bearer),
                ("idempotency-key", "declaring-1"),
            ];
            door.api.send(Method::POST, "/v1/incidents", &headers, body.to_string()).await
        }
    };
    // Ada declares what she herself may not see afterwards, and knows what she has told.
    let first = declare(ada.clone(), "Leaked payroll", "Eve Example").await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = declare(ada.clone(), "Leaked payroll", "Eve Example").await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    assert_eq!(door.get(&ada, "/v1/receipts/declaring-1").await.text(), first.text());
    // Somebody else is told that the key was used, whatever they ask with it, and nothing of what it was for.
    for (title, to) in [("Leaked payroll", "Eve Example"), ("Slow imports", "")] {
        let refused = declare(zac.clone(), title, to).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "idempotency_key_reused"));
        assert!(
            !format!("{} {:?}", refused.text(), refused.headers).contains("payroll"),
            "{}",
            refused.text()
        );
    }
    let receipt = door.get(&zac, "/v1/receipts/declaring-1").await;
    assert_eq!((receipt.status, receipt.problem().as_str()), (404, "no_receipt"));
    // Ada's token for something else does not know what she told with another.
    let narrow = json!({ "incidents": ["20260301-something-else"] });
    let narrow = door.token_with("Ada Example", &all, narrow).await;
    assert_eq!(declare(narrow.clone(), "Leaked payroll", "Eve Example").await.status, 422);
    assert_eq!(door.get(&narrow, "/v1/receipts/declaring-1").await.status, 404);
    // Of what everybody may see, everybody gets the receipt.
    let eve = door.token("Eve Example", &all).await;
    let id = first.json()["incident"].as_str().unwrap().to_owned();
    assert_eq!(door.tell(&eve, &id, "open-access", json!({})).await.status, 200);
    assert_eq!(door.get(&zac, "/v1/receipts/declaring-1").await.text(), first.text());
}

#[tokio::test]
async fn what_a_tool_sends_is_recorded_where_it_belongs_and_not_told_where_that_is() {
    let door = Door::new().await;
    let ada = door.token("Ada Example", &all_scopes()).await;
    let pager = door.token("integration:alertmanager", &["append", "read"]).await;
    let declared = door.post(&ada, "/v1/incidents", json!({ "title": "Leaked payroll" })).await;
    let secret = declared.json()["incident"].as_str().unwrap().to_owned();
    let alert = |status: &str, name: &str, label: Option<&str>| {
        let mut labels = json!({ "alertname": name });
        if let Some(incident) = label {
            labels["scribe_incident"] = json!(incident);
        }
        json!({
            "status": status, "labels": labels, "annotations": {}, "fingerprint": name,
            "startsAt": "2026-03-01T09:00:00Z",
            "endsAt": if status == "resolved" { "2026-03-01T09:10:00Z" } else { "0001-01-01T00:00:00Z" },
        })
    };
    let deliver = |alerts: Vec<Value>| {
        let body = json!({
            "version": "4", "groupKey": "g", "status": "firing", "receiver": "r", "groupLabels": {},
            "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://a", "alerts": alerts,
        });
        let (door, pager) = (&door, &pager);
        async move { door.post(pager, "/hooks/alertmanager", body).await }
    };
    let first = deliver(vec![alert("firing", "DiskFull", Some(&secret))]).await;
    assert_eq!(first.json()["recorded"][0]["incident"], secret.as_str(), "{}", first.text());
    door.tell(&ada, &secret, "limit-access", json!({ "to": ["Ada Example"] })).await;
    // The alert is over: that is recorded where it fired. Sent again, it is the same; and what is told anew joins it.
    for (fate, alerts) in [
        ("recorded", vec![alert("resolved", "DiskFull", None)]),
        ("repeated", vec![alert("resolved", "DiskFull", None)]),
        ("recorded", vec![alert("firing", "DiskSlow", Some(&secret))]),
    ] {
        let answer = deliver(alerts).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let said = answer.json();
        assert_eq!(said[fate].as_array().unwrap().len(), 1, "{said}");
        assert!(!answer.text().contains("payroll"), "{said}");
    }
    let events = door.get(&ada, &format!("/v1/incidents/{secret}/events")).await.text();
    for kind in ["alert_fired", "alert_resolved", "DiskSlow"] {
        assert!(events.contains(kind), "{kind}: {events}");
    }
    // Of one that is over, it is not said that it is there.
    door.tell(&ada, &secret, "resolve", json!({})).await;
    let ignored = |label: &str| deliver(vec![alert("firing", "DiskGone", Some(label))]);
    let (hidden, absent) = (ignored(&secret).await, ignored("20260301-nothing-here").await);
    assert_eq!(hidden.text().replace(&secret, "20260301-nothing-here"), absent.text());
}

/// The ids of incidents in some words.
fn ids_in(words: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    words.split(|c| !word(c)).filter(|id| id.starts_with("20260301-")).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_an_incident_has_to_do_with_a_private_one_is_not_told_of_it_either() {
    let door = Door::new().await;
    let all = all_scopes();
    let (ada, zac) = (door.token("Ada Example", &all).await, door.token("Zac Example", &all).await);
    let declare =
        |title: &'static str| door.post(&ada, "/v1/incidents", json!({ "title": title, "tier": "internal" }));
    let id = |answer: Answer| answer.json()["incident"].as_str().unwrap().to_owned();
    let (open, secret) = (id(declare("Slow imports").await), id(declare("Leaked payroll").await));
    let tell = |incident: &str, command: &'static str, body: Value| {
        let (door, ada, incident) = (&door, &ada, incident.to_owned());
        async move {
            let told = door.tell(ada, &incident, command, body).await;
            assert_eq!(told.status, 200, "{command}: {}", told.text());
            let revision: usize = told.header("etag").trim_matches('"').parse().unwrap();
            let events = door.get(ada, &format!("/v1/incidents/{incident}/events")).await.json();
            events[revision - 1]["id"].as_str().unwrap().to_owned()
        }
    };
    tell(
        &open,
        "update-status",
        json!({ "audience": "engineering", "status": "investigating", "text": "Slow." }),
    )
    .await;
    tell(&secret, "agree-follow-up", json!({ "text": "rotate" })).await;
    let seen = door.get(&zac, &format!("/v1/incidents/{open}")).await;
    let related = tell(&open, "relate", json!({ "how": "follows_from", "to": secret, "why": "qqq" })).await;
    tell(&open, "retract", json!({ "target": related, "why": "qqq" })).await;
    let risk = json!({ "text": "qqq", "follow_up": { "incident": secret, "follow_up": 1 } });
    let risk = tell(&open, "name-risk", risk).await;
    tell(&open, "correct", json!({ "target": risk, "fields": { "text": "qqq!" }, "why": "qqq" })).await;
    let merged = tell(&open, "merge", json!({ "into": secret, "why": "qqq" })).await;
    tell(&secret, "limit-access", json!({ "to": ["Ada Example"] })).await;

    let own: BTreeSet<String> = [open.clone()].into();
    for operation in door.operations().await {
        if operation.method != Method::GET {
            continue;
        }
        // One token may not ask so often.
        let zac = door.token("Zac Example", &all).await;
        for format in ["text", "html", "json", "md", "csv", "ndjson"] {
            for more in ["", "&state=all", "&as_of=2026-03-01T11:00:00Z", "&occurred_by=2026-03-01T11:00:00Z"]
            {
                let path = format!("{}?format={format}{more}", operation.about(&open));
                let answer = door.get(&zac, &path).await;
                let said = format!("{} {:?}", answer.text(), answer.headers);
                assert!(!said.contains("qqq") && !said.contains("erged"), "{path}: {said}");
                assert!(ids_in(&said).is_subset(&own), "{path}: {said}");
                assert!(!matches!(answer.status, 401 | 429 | 500), "{path}: {said}");
            }
        }
        let path = operation.about(&open);
        let said = door.get(&zac, &path).await.text();
        let tells_itself = path.starts_with("/openapi");
        assert!(tells_itself || (!said.contains("qqq") && !said.contains("erged")), "{path}: {said}");
        assert!(tells_itself || ids_in(&said).is_subset(&own), "{path}: {said}");
    }
    // For Zac it stands as it stood, in every view, and its tag is that of what he sees.
    let now = door.get(&zac, &format!("/v1/incidents/{open}")).await;
    let revision = |answer: &Answer| answer.header("etag").split('-').next().unwrap().to_owned();
    assert_eq!(revision(&now), revision(&seen));
    let board = door.get(&zac, "/v1/incidents").await.json();
    let row = &board["incidents"][0];
    assert_eq!((&row["incident"], &row["situation"]), (&json!(open), &json!("open")), "{board}");
    let page = door.get(&zac, "/v1/status-pages/engineering").await.json();
    assert_eq!(page["open"][0]["incident"], open.as_str(), "{page}");
    // Nothing that is not shown is proven: as little as what is not there.
    let events = door.get(&ada, &format!("/v1/incidents/{open}/events")).await.json();
    for event in events.as_array().unwrap().iter().skip(2) {
        let proof =
            door.get(&zac, &format!("/v1/ledger/proof?event={}", event["id"].as_str().unwrap())).await;
        assert_eq!(proof.status, 404, "{event}");
    }
    // What he tells of it is decided by what is so, and refused in words that name nothing.
    let tag = revision(&now) + "\"";
    let bearer = format!("Bearer {zac}");
    let post = |command: &'static str, body: Value| {
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("authorization", bearer.clone()),
            ("if-match", tag.clone()),
        ];
        let (door, open) = (&door, &open);
        async move {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let path = format!("/v1/incidents/{open}/commands/{command}");
            door.api.send(Method::POST, &path, &headers, body.to_string()).await
        }
    };
    let refused = post("upgrade", json!({ "to": "public" })).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "not_open"), "{}", refused.text());
    assert!(!refused.text().contains("payroll") && !refused.text().contains("erged"), "{}", refused.text());
    let noted = post("note", json!({ "text": "still slow" })).await;
    assert_eq!(noted.status, 200, "{}", noted.text());
    // Who may see both is told of both.
    let timeline = door.get(&ada, &format!("/v1/incidents/{open}/timeline?format=text")).await.text();
    assert!(timeline.contains(&format!("merged this into {secret}")), "{timeline}");
    assert!(door.get(&ada, &format!("/v1/incidents/{open}/events")).await.text().contains(&merged));
    // Opened again, everybody is.
    tell(&secret, "open-access", json!({})).await;
    let timeline = door.get(&zac, &format!("/v1/incidents/{open}/timeline?format=text")).await.text();
    assert!(timeline.contains(&format!("merged this into {secret}")), "{timeline}");
}

#[tokio::test]
async fn what_was_administered_is_proven_to_auditors_only_and_names_nothing_private() {
    let door = Door::new().await;
    let (ada, zac) =
        (door.token("Ada Example", &all_scopes()).await, door.token("Zac Example", &["read"]).await);
    let eve = door.token("Eve Example", &["read", "audit", "admin"]).await;
    let private = json!({ "title": "Leaked payroll", "private_to": ["Ada Example"] });
    let declared = door.post(&ada, "/v1/incidents", private).await.json();
    let secret = declared["incident"].as_str().unwrap();
    let narrow = json!({ "incidents": [secret] });
    door.token_with("integration:ci", &["read"], narrow).await;
    door.get(&ada, "/v1/incidents").await;
    let proof = |token: String| {
        let door = &door;
        async move { door.get(&token, "/v1/ledger/proof?position=1").await.status }
    };
    // A record in memory has no key to sign with, so what may be seen is answered with 503.
    assert_eq!((proof(zac.clone()).await, proof(eve.clone()).await), (404, 503));
    for path in ["/v1/events", "/v1/acts", "/v1/reads", "/v1/tokens", "/v1/views"] {
        let said = door.get(&eve, path).await.text();
        assert!(!said.contains("payroll"), "{path}: {said}");
    }
    // Ada had a look, and may know that.
    assert!(door.get(&ada, "/v1/reads").await.text().contains(secret));
    assert!(door.get(&ada, "/v1/tokens").await.text().contains(secret));
}

#[tokio::test]
async fn what_anybody_may_know_of_the_server_names_nothing() {
    let clock = ticking("2026-03-01T10:00:00Z");
    let store = Switched::over(MemoryStore::new(Arc::clone(&clock)));
    let app = App::with_store(store.clone(), Config::default(), clock);
    let door = Door::over(app.clone()).await;
    let ada = door.token("Ada Example", &all_scopes()).await;
    let zac = door.token("Zac Example", &all_scopes()).await;
    let private = json!({ "title": "Leaked payroll", "private_to": ["Ada Example"] });
    assert_eq!(door.post(&ada, "/v1/incidents", private).await.status, 201);
    store.warn("events of 20260301-leaked-payroll were taken out of the cluster by Eve Example");
    app.warm().await.unwrap();
    let open = ["/healthz", "/readyz", "/v1/tasks", "/openapi.json"];
    let nothing_of_it = async |tokens: &[Option<&str>], paths: &[&str]| {
        for path in paths {
            for token in tokens {
                let answer = door.ask(*token, Method::GET, path, None).await;
                let said = format!("{} {:?}", answer.text(), answer.headers);
                assert!(!said.contains("payroll") && !said.contains("Eve Ex"), "{path} {token:?}: {said}");
            }
        }
    };
    nothing_of_it(&[None, Some(&zac)], &open).await;
    nothing_of_it(&[Some(&zac)], &["/metrics", "/v1/views"]).await;
    let ready = door.ask(None, Method::GET, "/readyz", None).await;
    assert!(ready.status == 200 && ready.text().contains("warning: 1 to know of;"), "{}", ready.text());
    // Whoever may audit all of it is told.
    assert!(door.get(&ada, "/readyz").await.text().contains("warning: events of 20260301-leaked-payroll"));
    assert!(door.get(&ada, "/metrics").await.text().contains("scribe_store_warnings 1"));

    // What a task fails by may quote what it works on.
    store.bar(Some(StoreError::Damaged("the event of 20260301-leaked-payroll by Eve Example".to_owned())));
    let tasks = app.start_tasks();
    let failing = async {
        while door.ask(None, Method::GET, "/v1/tasks", None).await.json()["tasks"][0]["state"] != "failing" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), failing).await.expect("it cannot build the views");
    nothing_of_it(&[None, Some(&zac)], &open).await;
    nothing_of_it(&[Some(&zac)], &["/metrics", "/v1/views", "/v1/incidents"]).await;
    store.bar(None);
    let told = door.get(&ada, "/v1/tasks").await.text();
    assert!(told.contains("payroll"), "{told}");
    nothing_of_it(&[None, Some(&zac)], &open).await;
    // That the record differs is told to all, and how only to those.
    store.lose_by("2026-03-01T10:00:00Z", "20260301-leaked-payroll differs", StaleCause::Differs, 0);
    nothing_of_it(&[None, Some(&zac)], &open).await;
    assert_eq!(door.ask(None, Method::GET, "/readyz", None).await.problem(), "record_differs");
    tasks.finish().await;
}

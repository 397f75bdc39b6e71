//! Private incidents: that nobody learns of one who may not see it, by whichever way.

use axum::http::Method;
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

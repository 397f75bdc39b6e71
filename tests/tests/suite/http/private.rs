//! Private incidents: that nobody learns of one who may not see it, by whichever way.

use axum::http::Method;
use serde_json::json;

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

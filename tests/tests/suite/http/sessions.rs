//! Who is signed in: sessions in every operation, how they end, and programs without a browser.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use scribe::clock::Clock;
use scribe::config::Config;
use scribe_domain::scope::Scope;
use scribe_tests::api::Answer;
use serde_json::{Value, json};

use super::tokens::Door;

/// A clock that goes on by itself, and can be put forward.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> (Self, Clock) {
        let hands = Self(Arc::default());
        let seconds = Arc::clone(&hands.0);
        let from: DateTime<Utc> = "2026-03-01T10:00:00Z".parse().unwrap();
        (hands, Arc::new(move || from + TimeDelta::seconds(seconds.fetch_add(1, Ordering::SeqCst))))
    }

    fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }
}

pub(super) fn settings(text: &str) -> Config {
    Config::read(text, Path::new("scribe.toml")).unwrap()
}

/// A page of this server's sends it.
pub(super) const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

impl Door {
    /// Signs in with a token; the cookie.
    pub(super) async fn sign_in(&self, token: &str, before: Option<&str>) -> Result<String, Answer> {
        let form = format!("token={token}");
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), OWN];
        headers.extend(before.map(|cookie| ("cookie", cookie)));
        let answer = self.api.send(Method::POST, "/sign-in", &headers, Body::from(form)).await;
        if answer.status != 303 {
            return Err(answer);
        }
        let line = answer.header("set-cookie").to_owned();
        assert!(line.contains("; Path=/; ") && line.contains("; HttpOnly; SameSite=Lax"), "{line}");
        Ok(line.split(';').next().unwrap().to_owned())
    }

    async fn with_cookie(
        &self,
        cookie: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
        own: bool,
    ) -> Answer {
        let mut headers = vec![("content-type", "application/json"), ("cookie", cookie)];
        headers.extend(own.then_some(OWN));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.api.send(method, path, &headers, body).await
    }

    async fn look(&self, cookie: &str, path: &str) -> Answer {
        self.with_cookie(cookie, Method::GET, path, None, true).await
    }
}

#[tokio::test]
async fn a_session_lets_through_what_its_token_does_and_writes_from_pages_of_this_server_alone() {
    let door = Door::new().await;
    for scope in Scope::given() {
        let token = door.token("Ada Example", &[scope.as_str()]).await;
        let cookie = door.sign_in(&token, None).await.unwrap();
        for operation in door.operations().await {
            let (path, body) = (operation.about("20260301-none"), operation.has_body.then(|| json!({})));
            // These end what asks, or begin another.
            if path.starts_with("/sign-") {
                continue;
            }
            let (method, scopes) = (operation.method.clone(), &operation.scopes);
            let answer = door.with_cookie(&cookie, method.clone(), &path, body.clone(), true).await;
            let what =
                format!("{method} {path} in a session for {scope}: {} {}", answer.status, answer.text());
            if scopes.is_empty() || scopes.iter().any(|needed| needed == scope.as_str()) {
                assert!(!matches!(answer.status, 401 | 403), "{what}");
            } else {
                assert_eq!((answer.status, answer.problem().as_str()), (403, "missing_scope"), "{what}");
            }
            if method != Method::GET {
                let silent = door.with_cookie(&cookie, method, &path, body, false).await;
                assert_eq!((silent.status, silent.problem().as_str()), (403, "cross_origin"), "{what}");
            }
        }
        assert_eq!(door.look(&cookie, "/v1/me").await.status, 200, "it counts still");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_when_its_time_is_over_and_with_its_token() {
    let (hands, clock) = Hands::new();
    let door =
        Door::with(settings("[sign_in]\nidle = \"1h\"\nlongest = \"1d\"\neveryone = [\"read\"]"), clock)
            .await;
    let token = door.token("Ada Example", &["read"]).await;
    let counts = |cookie: String| {
        let door = &door;
        async move { door.look(&cookie, "/v1/me").await.status == 200 }
    };
    let cookie = door.sign_in(&token, None).await.unwrap();
    for _ in 0..3 {
        hands.forward(TimeDelta::minutes(55));
        assert!(counts(cookie.clone()).await, "whoever goes on is let go on");
    }
    hands.forward(TimeDelta::minutes(61));
    let over = door.look(&cookie, "/v1/incidents").await;
    assert_eq!((over.status, over.problem().as_str()), (401, "bad_session"));
    assert!(over.text().contains("not used for too long"), "{}", over.text());

    let cookie = door.sign_in(&token, None).await.unwrap();
    for _ in 0..28 {
        hands.forward(TimeDelta::minutes(50));
        assert!(counts(cookie.clone()).await);
    }
    hands.forward(TimeDelta::minutes(50));
    assert!(!counts(cookie).await, "a day is over, whoever goes on");

    let cookie = door.sign_in(&token, None).await.unwrap();
    let listed = door.get(&door.admin, "/v1/tokens").await.json();
    let id = listed["tokens"].as_array().unwrap().iter().find(|row| row["owner"] == "Ada Example").unwrap();
    let id = id["token"].as_str().unwrap().to_owned();
    door.post(&door.admin, &format!("/v1/tokens/{id}/revoke"), json!({})).await;
    assert!(!counts(cookie).await, "the token that it began with counts no longer");
    let refused = door.sign_in(&token, None).await.unwrap_err();
    assert_eq!((refused.status, refused.problem().as_str()), (401, "bad_token"));
}

#[tokio::test]
async fn what_is_told_in_a_session_tells_the_session_and_who_leaves_is_out() {
    let door = Door::new().await;
    let token = door.token("Ada Example", &["read", "respond", "append"]).await;
    let cookie = door.sign_in(&token, None).await.unwrap();
    let tell = |path: &str, body: Value| {
        let (door, cookie, path) = (&door, cookie.clone(), path.to_owned());
        async move { door.with_cookie(&cookie, Method::POST, &path, Some(body), true).await }
    };
    let declared = tell("/v1/incidents", json!({ "title": "Imports" })).await;
    assert_eq!(declared.status, 201, "{}", declared.text());
    let refused = tell("/v1/incidents", json!({ "title": "Imports", "actor": "Zac" })).await;
    assert_eq!(refused.problem(), "other_name");
    let feed = door.get(&token, "/v1/events").await.text();
    let line: Value = serde_json::from_str(feed.lines().next().unwrap()).unwrap();
    let origin = line["origin"].as_str().unwrap();
    assert!(origin.starts_with("session:") && origin.contains(" token:"), "{origin}");
    // Sessions stand in the record, each with its beginning and end, and for auditors.
    let sessions = door.get(&door.admin, "/v1/sessions").await.json()["sessions"].clone();
    assert_eq!((sessions[0]["who"].as_str(), sessions.as_array().unwrap().len()), (Some("Ada Example"), 1));
    assert!(origin.contains(sessions[0]["session"].as_str().unwrap()));
    assert!(!feed.contains("session_began"), "{feed}");
    assert_eq!(door.get(&token, "/v1/sessions").await.problem(), "missing_scope");

    let other = door.token("Zac Example", &["read", "respond"]).await;
    let id = sessions[0]["session"].as_str().unwrap();
    let end = |token: String| {
        let (door, path) = (&door, format!("/v1/sessions/{id}/end"));
        async move { door.post(&token, &path, json!({ "why": "a lost phone" })).await }
    };
    assert_eq!(end(other).await.problem(), "missing_scope", "nobody ends another's");
    assert_eq!(end(door.admin.clone()).await.status, 200);
    assert_eq!(door.look(&cookie, "/v1/incidents").await.problem(), "bad_session");
}

#[tokio::test]
async fn a_browser_is_sent_to_sign_in_and_a_program_is_told() {
    let door = Door::new().await;
    let page = ("accept", "text/html,application/xhtml+xml");
    let send = |method: Method, path: &'static str, headers: Vec<(&'static str, &'static str)>| {
        let door = &door;
        async move { door.api.send(method, path, &headers, Body::empty()).await }
    };
    let there = send(Method::GET, "/v1/runs?format=html", vec![page]).await;
    assert_eq!((there.status, there.header("location")), (303, "/sign-in?next=%2Fv1%2Fruns%3Fformat%3Dhtml"));
    let program = send(Method::GET, "/v1/runs", vec![]).await;
    assert_eq!((program.status, program.problem().as_str()), (401, "not_authenticated"));
    let refused = send(Method::GET, "/no/such/page", vec![page]).await;
    assert_eq!((refused.status, refused.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(refused.text().contains("To the first page") && refused.text().contains("not_found"));
    let sign_in = send(Method::GET, "/sign-in?next=https%3A%2F%2Fevil.example", vec![page]).await;
    assert!(sign_in.status == 200 && !sign_in.text().contains("evil.example"), "{}", sign_in.text());
    assert_eq!(sign_in.header("cache-control"), "no-store");
    for bad in ["token=scribe_short", "token=", "x=1", "token=a&token=b", "next=%2F"] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), OWN];
        let answer = door.api.send(Method::POST, "/sign-in", &headers, Body::from(bad)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_field"), "{bad}");
        assert!(!answer.text().contains("short") && answer.headers.get("set-cookie").is_none(), "{bad}");
    }
    let program = door.token("integration:ci", &["read"]).await;
    let refused = door.sign_in(&program, None).await.unwrap_err();
    assert_eq!((refused.status, refused.problem().as_str()), (403, "no_sign_in"));
}

#[tokio::test]
async fn a_program_without_a_browser_is_let_in_from_one_once() {
    let door = Door::new().await;
    let token = door.token("Ada Example", &["read", "respond"]).await;
    let cookie = door.sign_in(&token, None).await.unwrap();
    let ask = |path: &'static str, body: Value| {
        let door = &door;
        async move { door.ask(None, Method::POST, path, Some(body)).await.json() }
    };
    let form = |code: String, say: &'static str| {
        let (door, cookie) = (&door, cookie.clone());
        async move {
            let body = format!("code={code}&say={say}");
            let headers =
                [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str()), OWN];
            door.api.send(Method::POST, "/device", &headers, Body::from(body)).await
        }
    };
    let begun = ask("/v1/device", json!({ "name": "scribe on bastion" })).await;
    let (code, typed) = (begun["device_code"].clone(), begun["user_code"].as_str().unwrap().to_owned());
    let standing = || ask("/v1/device/token", json!({ "device_code": code }));
    assert_eq!(standing().await, json!({ "state": "waiting" }));
    let page = door.look(&cookie, &format!("/device?code={typed}")).await.text();
    assert!(page.contains("scribe on bastion") && page.contains(&typed), "{page}");
    let nobody = door.api.send(Method::GET, "/device", &[], Body::empty()).await;
    assert_eq!(nobody.status, 401, "nobody lets anything in who is not known");
    assert_eq!(form("BCDF-GHJK".into(), "allow").await.status, 400);
    assert_eq!(form(typed.clone(), "perhaps").await.status, 400);
    assert_eq!(form(typed.to_lowercase(), "allow").await.status, 200);
    assert_eq!(form(typed, "allow").await.status, 400, "a code counts once");
    let allowed = standing().await;
    assert_eq!(allowed["state"], "allowed", "{allowed}");
    let secret = allowed["secret"].as_str().unwrap();
    let me = door.get(secret, "/v1/me").await.json();
    assert_eq!((me["who"].as_str(), &me["scopes"]), (Some("Ada Example"), &json!(["read", "respond"])));
    assert_eq!(standing().await, json!({ "state": "over" }));
    let tokens = door.get(&door.admin, "/v1/tokens").await.json();
    let own = &tokens["tokens"][0];
    assert_eq!(
        (own["name"].as_str(), own["created_by"].as_str()),
        (Some("scribe on bastion"), Some("Ada Example"))
    );
    assert!(own["expires"].is_string());
    let begun = ask("/v1/device", json!({ "name": "x" })).await;
    form(begun["user_code"].as_str().unwrap().to_owned(), "decline").await;
    let declined = ask("/v1/device/token", json!({ "device_code": begun["device_code"] })).await;
    assert_eq!(declined, json!({ "state": "declined" }));
    assert_eq!(ask("/v1/device/token", json!({ "device_code": "x" })).await, json!({ "state": "over" }));
}

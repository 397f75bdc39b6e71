//! What somebody was given, once what it rests on counts no longer: a session, a token, an account; and how often it is given.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use scribe::app::gate::caller::{Caller, Edge};
use scribe::app::gate::sessions::{NewSession, SignIn};
use scribe::app::{App, BadSession, NoSignIn};
use scribe::auth::oidc::Subject;
use scribe::config::Config;
use scribe::http::router;
use scribe::store::memory::MemoryStore;
use scribe_tests::api::{Answer, Api, ticking};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::sessions::{OWN, settings};
use super::tokens::Door;

/// A program that waits, and its code.
async fn waits(door: &Door) -> (Value, String) {
    let begun = door.ask(None, Method::POST, "/v1/device", Some(json!({ "name": "bastion" }))).await.json();
    (begun["device_code"].clone(), begun["user_code"].as_str().unwrap().to_owned())
}

async fn let_in(door: &Door, by: (&str, &str), code: &str) -> Answer {
    let form = format!("code={code}&say=allow");
    let headers = [("content-type", "application/x-www-form-urlencoded"), by, OWN];
    door.api.send(Method::POST, "/device", &headers, Body::from(form)).await
}

async fn comes_for_it(door: &Door, code: &Value) -> Answer {
    door.ask(None, Method::POST, "/v1/device/token", Some(json!({ "device_code": code }))).await
}

/// The id of the newest token of this name.
async fn token_called(door: &Door, name: &str) -> Value {
    let tokens = door.get(&door.admin, "/v1/tokens").await.json()["tokens"].clone();
    tokens.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["token"].clone()
}

#[tokio::test]
async fn a_program_that_was_let_in_by_somebody_who_has_gone_since_gets_nothing() {
    let door = Door::new().await;
    let token = door.token("Ada Example", &["read", "respond"]).await;
    let bearer = format!("Bearer {token}");
    let id = token_called(&door, "laptop").await;
    // Signed out between letting it in and its coming.
    let cookie = door.sign_in(&token, None).await.unwrap();
    let (code, typed) = waits(&door).await;
    assert_eq!(let_in(&door, ("cookie", &cookie), &typed).await.status, 200);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", &cookie), OWN];
    assert_eq!(door.api.send(Method::POST, "/sign-out", &headers, Body::empty()).await.status, 303);
    let refused = comes_for_it(&door, &code).await;
    assert_eq!(refused.problem(), "nothing_given", "{}", refused.text());
    assert_eq!(comes_for_it(&door, &code).await.json(), json!({ "state": "over" }), "and never will");

    // What it was given ends with the token behind it, and so does what was given by that.
    let (code, typed) = waits(&door).await;
    assert_eq!(let_in(&door, ("authorization", &bearer), &typed).await.status, 200);
    let second = comes_for_it(&door, &code).await.json()["secret"].as_str().unwrap().to_owned();
    let (code, typed) = waits(&door).await;
    assert_eq!(let_in(&door, ("authorization", &format!("Bearer {second}")), &typed).await.status, 200);
    let third = comes_for_it(&door, &code).await.json()["secret"].as_str().unwrap().to_owned();
    let (late, typed) = waits(&door).await;
    assert_eq!(let_in(&door, ("authorization", &bearer), &typed).await.status, 200);
    assert_eq!(door.get(&third, "/v1/me").await.status, 200);
    door.post(&door.admin, &format!("/v1/tokens/{}/revoke", id.as_str().unwrap()), json!({})).await;
    for gone in [&token, &second, &third] {
        assert_eq!(door.get(gone, "/v1/me").await.problem(), "bad_token");
    }
    assert_eq!(comes_for_it(&door, &late).await.problem(), "nothing_given");
    let counts = door.get(&door.admin, "/v1/tokens").await.json()["tokens"].clone();
    let counts = counts.as_array().unwrap().iter().filter(|row| row["owner"] == "Ada Example");
    assert!(counts.clone().count() == 3 && counts.clone().all(|row| row["counts"] == false));
}

/// Follows the record with these headers: the body, from which the first event has been read.
async fn follows(app: &App, header: Option<(&str, &str)>) -> Body {
    let request = header
        .into_iter()
        .fold(Request::get("/v1/events?follow=true"), |request, (name, value)| request.header(name, value));
    let answer = router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    body
}

/// Whether a feed is cut off soon.
async fn is_cut_off(mut feed: Body) -> bool {
    let end = async {
        loop {
            match feed.frame().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => return true,
                None => return false,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), end).await.unwrap_or(false)
}

#[tokio::test]
async fn a_feed_ends_with_what_let_its_reader_in() {
    let clock = ticking("2026-03-01T10:00:00Z");
    let app = App::with_store(Arc::new(MemoryStore::new(Arc::clone(&clock))), Config::default(), clock);
    Api::over(app.clone()).declare("Before there was a door").await;
    let open = follows(&app, None).await;
    let door = Door::over(app.clone()).await;
    assert!(is_cut_off(open).await, "the first token shuts the door");

    let token = door.token("Ada Example", &["read"]).await;
    let bearer = format!("Bearer {token}");
    let cookie = door.sign_in(&token, None).await.unwrap();
    let by_session = follows(&app, Some(("cookie", &cookie))).await;
    let by_token = follows(&app, Some(("authorization", &bearer))).await;
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", &cookie), OWN];
    assert_eq!(door.api.send(Method::POST, "/sign-out", &headers, Body::empty()).await.status, 303);
    assert!(is_cut_off(by_session).await);
    let id = token_called(&door, "laptop").await;
    door.post(&door.admin, &format!("/v1/tokens/{}/revoke", id.as_str().unwrap()), json!({})).await;
    assert!(is_cut_off(by_token).await);
}

#[tokio::test]
async fn nobody_fills_the_record_by_signing_in() {
    let door = Door::new().await;
    let token = door.token("Ada Example", &["read"]).await;
    for _ in 0..20 {
        door.sign_in(&token, None).await.unwrap();
    }
    let refused = door.sign_in(&token, None).await.unwrap_err();
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too_many_requests"));
    let (_, typed) = waits(&door).await;
    let refused = let_in(&door, ("authorization", &format!("Bearer {token}")), &typed).await;
    assert_eq!(refused.status, 429, "a token that a program gets is recorded too");
    let other = door.token("Zac Example", &["read"]).await;
    assert!(door.sign_in(&other, None).await.is_ok(), "another's turns are their own");
}

/// A record that takes who comes from a provider.
async fn provided() -> (App, Door) {
    let clock = ticking("2026-03-01T10:00:00Z");
    let config: Config = settings("[sign_in]\neveryone = [\"read\"]");
    let app = App::with_store(Arc::new(MemoryStore::new(Arc::clone(&clock))), config, clock);
    (app.clone(), Door::over(app).await)
}

fn subject(id: &str, name: &str, mail: Option<&str>) -> Subject {
    let (issuer, subject) = ("https://idp.example".to_owned(), id.to_owned());
    Subject { issuer, subject, name: Some(name.into()), mail: mail.map(str::to_owned), groups: vec![] }
}

async fn sign_in(app: &App, subject: &Subject) -> Result<NewSession, NoSignIn> {
    let proven = app.prove_by_provider(subject).await.unwrap()?;
    Ok(app.tell(&Caller::nobody(Edge::Http), SignIn { proven, before: None }).await.unwrap())
}

#[tokio::test]
async fn a_session_ends_with_the_account_that_it_began_with() {
    let (app, door) = provided().await;
    let post = |path: &str, body: Value| {
        let (door, path) = (&door, format!("/v1/people/{path}"));
        async move {
            let answer = door.post(&door.admin, &path, body).await;
            assert!(answer.status < 300, "{path}: {}", answer.text());
        }
    };
    let session = sign_in(&app, &subject("7", "Ada Example", None)).await.unwrap();
    let counts = |session: &NewSession| {
        let (app, secret) = (app.clone(), session.secret.clone());
        async move { app.rights_of_session(&secret).await.unwrap().map(drop) }
    };
    assert_eq!(counts(&session).await, Ok(()));
    post("Ada%20Example/rename", json!({ "to": "Ada Berg" })).await;
    assert_eq!(counts(&session).await, Ok(()), "under another name, it is theirs still");
    let account = "oidc:https://idp.example#7";
    post("Ada%20Berg/unlink", json!({ "account": account, "never": true })).await;
    assert_eq!(counts(&session).await, Err(BadSession::Lapsed));
    post("Ada%20Berg/link", json!({ "account": account })).await;
    assert_eq!(counts(&session).await, Ok(()), "it is theirs after all");

    // Who is known by a mail address goes on for as long as one is theirs.
    door.post(&door.admin, "/v1/people", json!({ "name": "Zac Example" })).await;
    post("Zac%20Example/link", json!({ "account": "mail:zac@example.com" })).await;
    let session = sign_in(&app, &subject("8", "whatever", Some("zac@example.com"))).await.unwrap();
    assert_eq!(counts(&session).await, Ok(()));
    post("Zac%20Example/unlink", json!({ "account": "mail:zac@example.com", "never": true })).await;
    assert_eq!(counts(&session).await, Err(BadSession::Lapsed));
}

#[tokio::test]
async fn nobody_comes_in_by_a_name_that_may_be_taken_for_somebodys() {
    let (app, door) = provided().await;
    let limited = json!({ "title": "Hidden", "private_to": ["Root Example", "Grace Okafor"] });
    let declared = door.post(&door.admin, "/v1/incidents", limited).await;
    assert_eq!(declared.status, 201, "{}", declared.text());
    door.token("Ada Example", &["read"]).await;
    sign_in(&app, &subject("1", "Zoë Long", None)).await.unwrap();
    for (id, name) in [
        ("2", "Grace Okafor"),
        ("3", "grace.okafor"),
        ("4", "Ada-Example"),
        ("5", "Zoe Long"),
        ("6", "Zoë L\u{43e}ng"),
    ] {
        let refused = sign_in(&app, &subject(id, name, None)).await.unwrap_err();
        assert!(matches!(refused, NoSignIn::NameTaken(..)), "{name}: {refused}");
    }
    assert!(
        sign_in(&app, &subject("1", "Zoe Long", None)).await.is_ok(),
        "whoever is known is called what they like"
    );
    assert!(sign_in(&app, &subject("7", "Gretel Okafor", None)).await.is_ok());
}

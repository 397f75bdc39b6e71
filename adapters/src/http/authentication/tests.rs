use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use tower::ServiceExt as _;

use super::*;
use crate::app::App;
use crate::clock;
use crate::config::Config;
use crate::http::router;

#[test]
fn what_is_shown_is_a_whole_token_or_said_to_be_none_and_never_repeated() {
    let with = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        shown(&headers)
    };
    let secret = Secret::draw().unwrap();
    assert_eq!(with(&[]), Ok(None));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(with(&[&format!("{scheme} {}", secret.shown())]), Ok(Some(secret.clone())));
    }
    let half = &secret.shown()[..40];
    let bearer = format!("Bearer {half}");
    for bad in [&bearer, "Bearer", "Bearer ", "Basic YWRhOmh1bnRlcjI=", "hunter2", "Bearer hunter2", "\u{fc}"]
    {
        let Err(problem) = with(&[bad]) else { panic!("{bad}") };
        let said = format!("{} {problem:?}", problem.detail());
        assert!(!said.contains("hunter2") && !said.contains(half) && !said.contains("YWRh"), "{said}");
    }
    let whole = format!("Bearer {}", secret.shown());
    assert!(with(&[&whole, &whole]).is_err());
}

/// An API that a proxy at 192.0.2.5 is trusted to name its users to.
fn behind_a_proxy() -> Router {
    let settings = "[sign_in]\neveryone = [\"read\"]\ngroups = { sre = [\"respond\"] }\n[sign_in.proxy]\n\
                    from = [\"192.0.2.5\"]\nuser = \"Remote-User\"\nname = \"Remote-Name\"\ngroups = \"Remote-Groups\"";
    router(App::in_memory(Config::read(settings, Path::new("scribe.toml")).unwrap(), clock::system()))
}

/// Who somebody is there, or the status with which they are sent away.
async fn who(api: &Router, peer: &str, headers: &[(&str, &str)]) -> Result<serde_json::Value, u16> {
    let mut request = Request::get("/v1/me").header(HOST, "localhost").body(Body::empty()).unwrap();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.extensions_mut().insert(Peer::Address(peer.parse().unwrap()));
    let answer = api.clone().oneshot(request).await.unwrap();
    if !answer.status().is_success() {
        return Err(answer.status().as_u16());
    }
    let body = axum::body::to_bytes(answer.into_body(), 9_999).await.unwrap();
    Ok(serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_user_is_named_by_the_proxy_once_and_by_nobody_else() {
    let api = behind_a_proxy();
    let (proxy, other) = ("192.0.2.5:1", "192.0.2.6:1");
    let ada = [("remote-user", "ada"), ("remote-name", "Ada Okafor"), ("remote-groups", "x, sre")];
    let known = who(&api, proxy, &ada).await.unwrap();
    assert_eq!(known["who"], "Ada Okafor");
    assert_eq!(
        (&known["identity"], &known["scopes"]),
        (&"proxy:ada".into(), &["read", "respond"][..].into())
    );
    // A name proves nothing, and groups are asked for each time.
    let renamed = who(&api, proxy, &[("remote-user", "ada"), ("remote-name", "Eve Long")]).await.unwrap();
    assert_eq!((&renamed["who"], &renamed["scopes"]), (&"Ada Okafor".into(), &["read"][..].into()));
    assert_eq!(who(&api, other, &ada).await, Err(401), "it is not the proxy");
    let secret = Secret::draw().unwrap().shown();
    let bearer = format!("Bearer {secret}");
    for (headers, status) in [
        (vec![], 401),
        (vec![("remote-user", "")], 401),
        (vec![("remote_user", "ada")], 401),
        (vec![("remote-user", "ada"), ("remote-user", "zac")], 400),
        (vec![("remote-user", "ada"), ("remote-groups", ""), ("remote-groups", "sre")], 400),
        (vec![("remote-user", "ada, zac")], 403),
        (vec![("remote-user", "a\tda")], 403),
        (vec![("remote-user", "eve"), ("remote-name", "Ada Okafor")], 403),
        (vec![("remote-user", "eve"), ("remote-name", "integration:pager")], 403),
        (vec![("remote-user", "ada"), ("authorization", &bearer)], 401),
    ] {
        assert_eq!(who(&api, proxy, &headers).await, Err(status), "{headers:?}");
    }
    let long = "a".repeat(9_999);
    assert_eq!(who(&api, proxy, &[("remote-user", &long)]).await, Err(403));
}

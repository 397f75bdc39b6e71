//! The entrance that a request came through: under which names one may ask there, whether it is secured, and how
//! often each address may ask. Requests that are asked in-process come through none.

use std::time::{Duration, Instant};

use axum::http::Extensions;

use super::buckets::Buckets;
use super::listening::Listening;
use super::peer::Peer;
use super::problem::Problem;
use crate::config::HostName;

/// The entrance that a request came through; in an `Arc` among its extensions.
#[derive(Debug)]
pub(super) struct Entrance {
    /// Under which names one may ask there, besides this machine's own.
    pub(super) hosts: Vec<HostName>,
    /// Whether connections are secured there.
    pub(super) is_secured: bool,
    /// Whether a proxy secures them before.
    is_behind_proxy: bool,
    /// By address; none where all come from a proxy, which then has to see to that.
    addresses: Option<Buckets>,
}

impl Entrance {
    /// As it was told to listen.
    pub(super) fn new(told: &Listening, is_secured: bool) -> Self {
        let addresses = (!told.behind_proxy).then(|| Buckets::new(told.per_second));
        Self { hosts: told.hosts.clone(), is_secured, is_behind_proxy: told.behind_proxy, addresses }
    }

    /// Whether whoever asks does so over a secured connection, here or up to a proxy.
    pub(super) fn is_private(&self) -> bool {
        self.is_secured || self.is_behind_proxy
    }

    /// Lets a request in unless its address has sent too many.
    pub(super) fn admit(&self, extensions: &Extensions, path: &str) -> Result<(), Problem> {
        let key = extensions.get::<Peer>().and_then(|peer| peer.counted_as());
        let (Some(addresses), Some(key)) = (&self.addresses, key) else { return Ok(()) };
        addresses.take(&key, Instant::now()).map_err(|wait| too_many(wait, path))
    }
}

/// What whoever sent too many requests is told: to come again. Vendors drop what gets a 4xx, so a hook says that
/// it has no room.
pub(super) fn too_many(wait: Duration, path: &str) -> Problem {
    let seconds = wait.as_secs_f64().ceil().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and small")]
    let seconds = seconds as u64;
    if path.starts_with("/hooks/") { Problem::HookLater { seconds } } else { Problem::TooMany { seconds } }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Body;
    use axum::http::header::{HOST, RETRY_AFTER, STRICT_TRANSPORT_SECURITY};
    use axum::http::{Request, Response};
    use tower::ServiceExt as _;

    use super::*;
    use crate::app::App;
    use crate::clock;
    use crate::config::Config;
    use crate::http::router;

    fn entrance(told: impl FnOnce(&mut Listening), is_secured: bool) -> Arc<Entrance> {
        let mut listening = Listening::at("127.0.0.1:0".parse().unwrap());
        listening.per_second = NonZeroU32::MIN;
        told(&mut listening);
        Arc::new(Entrance::new(&listening, is_secured))
    }

    fn api() -> Router {
        router(App::in_memory(Config::default(), clock::system()))
    }

    async fn ask(
        api: &Router,
        entrance: &Arc<Entrance>,
        peer: Peer,
        method: &str,
        path: &str,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        request.headers_mut().insert(HOST, "localhost".parse().unwrap());
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(Arc::clone(entrance));
        api.clone().oneshot(request).await.unwrap()
    }

    fn from(address: &str) -> Peer {
        Peer::Address(address.parse().unwrap())
    }

    #[tokio::test]
    async fn an_address_that_asks_too_often_is_told_when_to_come_again() {
        let (api, entrance) = (api(), entrance(|_| {}, false));
        let away = from("192.0.2.7:1");
        for _ in 0..4 {
            assert_eq!(ask(&api, &entrance, away, "GET", "/healthz").await.status(), 200);
        }
        let refused = ask(&api, &entrance, away, "GET", "/healthz").await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()[RETRY_AFTER]),
            (429, &"1".parse().unwrap())
        );
        let body = axum::body::to_bytes(refused.into_body(), 9_999).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], "too_many_requests");
        let hook = ask(&api, &entrance, away, "POST", "/hooks/alertmanager").await;
        assert_eq!((hook.status().as_u16(), &hook.headers()[RETRY_AFTER]), (503, &"1".parse().unwrap()));
        assert_eq!(ask(&api, &entrance, from("192.0.2.8:1"), "GET", "/healthz").await.status(), 200);
        for own in [from("127.0.0.1:1"), from("[::1]:1"), Peer::Account { uid: 0 }] {
            for _ in 0..20 {
                assert_eq!(ask(&api, &entrance, own, "GET", "/healthz").await.status(), 200);
            }
        }
    }

    #[tokio::test]
    async fn all_that_come_from_a_proxy_are_not_one_address() {
        let (api, entrance) = (api(), entrance(|listening| listening.behind_proxy = true, false));
        for _ in 0..20 {
            assert_eq!(ask(&api, &entrance, from("192.0.2.7:1"), "GET", "/healthz").await.status(), 200);
        }
    }

    #[tokio::test]
    async fn browsers_are_told_to_stay_with_tls_where_it_is_spoken() {
        for is_secured in [true, false] {
            let answer =
                ask(&api(), &entrance(|_| {}, is_secured), from("127.0.0.1:1"), "GET", "/no/such").await;
            let told = answer.headers().get(STRICT_TRANSPORT_SECURITY).map(|told| told.to_str().unwrap());
            assert_eq!(told, is_secured.then_some("max-age=31536000; includeSubDomains"));
        }
    }

    #[tokio::test]
    async fn it_is_asked_under_the_names_that_were_told_and_no_other() {
        let told = |listening: &mut Listening| listening.hosts = vec!["scribe.example.com".parse().unwrap()];
        let (api, entrance) = (api(), entrance(told, false));
        for (host, status) in [
            ("scribe.example.com", 200),
            ("Scribe.Example.com:443", 200),
            ("localhost", 200),
            ("evil.example", 421),
        ] {
            let mut request = Request::get("/healthz").header(HOST, host).body(Body::empty()).unwrap();
            request.extensions_mut().insert(Arc::clone(&entrance));
            assert_eq!(api.clone().oneshot(request).await.unwrap().status(), status, "{host}");
        }
    }
}

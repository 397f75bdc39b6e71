//! The door: what every request passes before anything looks at what it asks.
//!
//! The door keeps out what a browser could be made to send from this very machine: requests under a foreign
//! host name (DNS rebinding) and writes from other sites' pages. It also bounds how many requests are worked on at once and how long
//! each may take, turns a panic into an answer, and counts.

use std::net::Ipv4Addr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use scribe_projections::document::PAGE_POLICY;

use super::answer;
use super::entrance::Entrance;
use super::peer::Peer;
use super::problem::{Problem, ProblemCode};
use super::spec::{Reached, Spec};
use super::state::Api;
use super::wire::sender_clock::{self, CLOCK};
use crate::config::HostName;

/// What is no page may load nothing, send nothing and stand in no frame, should a browser show it all the same.
const NO_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Around the whole API.
pub(super) async fn outer(api: Api, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let entrance = request.extensions().get::<Arc<Entrance>>().cloned();
    let is_a_browser = answer::is_a_browser(request.headers());
    let says_the_time = request.headers().contains_key(&CLOCK);
    let peer = request.extensions().get::<Peer>().copied();
    let mut response = match admit(&api, entrance.as_deref(), &request) {
        Ok(_place) => {
            let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            answer.unwrap_or_else(|_| {
                tracing::error!(%method, "a request met a panic");
                Problem::Broken.into_response()
            })
        }
        Err(problem) => problem.into_response(),
    };
    if is_a_browser {
        response = answer::as_a_page(response);
    }
    let headers = response.headers_mut();
    if says_the_time && let Ok(now) = HeaderValue::try_from(sender_clock::written(api.app.now())) {
        headers.insert(CLOCK, now);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Of `no-referrer`, browsers make `Origin: null` even where a page sends its form to its own server.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if entrance.is_some_and(|entrance| entrance.is_secured) {
        let own = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, own);
    }
    // A page says the policy of itself too, for when it was saved; of frames, only a header can tell.
    let page = is_page(headers).then(|| format!("{PAGE_POLICY}; frame-ancestors 'none'"));
    let policy = page.and_then(|policy| HeaderValue::from_str(&policy).ok());
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(NO_PAGE)));
    // Unless it says how long it stays true, it is for whoever asked and for now.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let route = response.extensions().get::<Reached>().map_or("none", |reached| reached.0.path.as_str());
    let took = began.elapsed();
    // Methods are the API's own where a route was reached; a made-up one must not become a label.
    let counted = if route == "none" { "any" } else { method.as_str() };
    api.metrics.answered(route, counted, response.status().as_u16(), took);
    if let Some(ProblemCode(code)) = response.extensions().get() {
        api.metrics.problem(code);
        // A way round the doors; no more often than whoever tries is answered otherwise, so that nobody fills the log.
        if matches!(*code, "foreign_host" | "cross_origin") && api.slowed(peer).is_none() {
            tracing::warn!(%method, route, code, ?peer, "a request was sent by another site, or under a foreign name");
        }
    }
    tracing::debug!(%method, route, status = response.status().as_u16(), ?took, "answered");
    response
}

/// Around one operation: says which it is, bounds its time, and marks what may be behind.
pub(super) async fn inner(
    State((api, spec)): State<(Api, Arc<Spec>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let reached = Reached(spec);
    let limit = reached.0.pace.time_limit();
    request.extensions_mut().insert(reached.clone());
    let answer = async {
        if reached.0.is_look() { answer::mark(&api, request, next).await } else { next.run(request).await }
    };
    let answer = tokio::time::timeout(limit, answer).await;
    let mut response = answer.unwrap_or_else(|_| Problem::TimedOut.into_response());
    response.extensions_mut().insert(reached);
    response
}

fn admit<'a>(
    api: &'a Api,
    entrance: Option<&Entrance>,
    request: &Request,
) -> Result<tokio::sync::SemaphorePermit<'a>, Problem> {
    let headers = request.headers();
    if let Some(entrance) = entrance {
        entrance.admit(request.extensions(), request.uri().path())?;
    }
    host_is_our_own(headers, entrance.map_or(&[], |entrance| &entrance.hosts))?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && is_cross_origin(headers) {
        return Err(Problem::CrossOrigin);
    }
    api.places.try_acquire().map_err(|_| Problem::Overloaded)
}

/// Whether a browser says that a page of this very server sends it. What says nothing of where it comes from is no browser's of
/// today, and a session's cookie counts for nothing there.
pub(super) fn is_own_page(headers: &HeaderMap) -> bool {
    !is_cross_origin(headers) && (headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN))
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A page of `evil.example` whose name was made to resolve to 127.0.0.1 still sends its own name in
/// Host. A request without one is no browser's.
fn host_is_our_own(headers: &HeaderMap, hosts: &[HostName]) -> Result<(), Problem> {
    for host in headers.get_all(HOST) {
        let told = String::from_utf8_lossy(host.as_bytes());
        let name = name_of(&told);
        if !is_loopback_name(name) && !hosts.iter().any(|host| host.is(name)) {
            return Err(Problem::ForeignHost { host: told.chars().take(80).collect() });
        }
    }
    Ok(())
}

/// The name in `name:port` or `[v6]:port`.
fn name_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
        || name == "::1"
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Browsers say where a write comes from: by Sec-Fetch-Site, and by Origin, which must then be the
/// very host and port that was asked.
pub(super) fn is_cross_origin(headers: &HeaderMap) -> bool {
    let text =
        |value: Option<&HeaderValue>| value.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    let site = text(headers.get("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site.as_str(), "same-origin" | "none")) {
        return true;
    }
    let Some(origin) = text(headers.get(ORIGIN)) else { return false };
    let asked = text(headers.get(HOST));
    let from = origin.split_once("://").map(|(_, authority)| authority);
    from.is_none()
        || !from.zip(asked.as_deref()).is_some_and(|(from, asked)| from.eq_ignore_ascii_case(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_this_machines_own_names_are_served() {
        for own in ["localhost", "LOCALHOST:7474", "127.0.0.1:80", "127.9.9.9", "[::1]:7474", "localhost."] {
            assert!(host_is_our_own(&headers(&[("host", own)]), &[]).is_ok(), "{own}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
            "",
        ] {
            assert!(host_is_our_own(&headers(&[("host", foreign)]), &[]).is_err(), "{foreign}");
        }
        assert!(host_is_our_own(&HeaderMap::new(), &[]).is_ok());
    }

    #[test]
    fn other_sites_pages_do_not_write() {
        let host = ("host", "localhost:7474");
        assert!(!is_cross_origin(&headers(&[host])));
        assert!(!is_cross_origin(&headers(&[host, ("origin", "http://localhost:7474")])));
        assert!(!is_cross_origin(&headers(&[host, ("sec-fetch-site", "same-origin")])));
        for (name, value) in [
            ("origin", "http://localhost:8080"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(is_cross_origin(&headers(&[host, (name, value)])), "{name}: {value}");
        }
    }
}

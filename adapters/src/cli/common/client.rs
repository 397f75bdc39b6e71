//! One HTTP request, one response: to a server, or to the same router in this process.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock as OnceCell};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use scribe_domain::remedy::Remedy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt as _;

use super::address::Address;
use super::behind;
use super::clocks;
use super::failure::{Failure, Kind};
use super::remedy;
use super::store::TypedAddress;
use super::terminal::{put, put_line, say};
use crate::auth::secret::Secret;
use crate::http::STALE;
use crate::way::{NoTrust, Unsecured, Way, bare};

/// Whom to trust on the way to a server.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The file with the certificate of the server's authority, in place of the system's.
    pub ca: Option<PathBuf>,
    /// Whether another machine may be asked in the clear.
    pub insecure_http: bool,
}

fn untrusted(error: NoTrust) -> Failure {
    match error {
        NoTrust::File { .. } => Failure::new(
            Kind::BadInput,
            format!("--ca {error}"),
            "name a file with the authority's certificate in PEM form",
        ),
        NoTrust::Nobody => Failure::new(
            Kind::Barred,
            error.to_string(),
            "name the certificate of the server's authority: --ca FILE, or SCRIBE_CA",
        ),
        NoTrust::Tls(error) => Failure::bad("TLS cannot be set up", error),
    }
}

/// Whether a host is this very machine.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || bare(host).parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// What was said already.
#[derive(Default)]
struct Warned {
    /// That what is shown may be behind.
    behind: AtomicBool,
    /// That the server's clock is another.
    clock: AtomicBool,
}

/// Speaks to the API.
#[derive(Clone)]
pub struct Client {
    way: Reach,
    /// What was said already: once is enough.
    warned: Arc<Warned>,
    /// What shows the server who asks.
    token: Option<Secret>,
}

#[derive(Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one in a process; without clusters it is not so large"
)]
enum Reach {
    InProcess(Router),
    Founding(Arc<Founding>),
    Remote { http: HyperClient<Way, Body>, scheme: Scheme, authority: Authority, base: String },
}

/// A record that begins with the first request that records something.
struct Founding {
    /// The same program, over an empty record in memory.
    rehearsal: Router,
    /// Makes the record.
    found: Found,
    /// Over the record, once it is there.
    record: OnceCell<Router>,
}

type Found = Box<dyn Fn() -> Result<Router, Failure> + Send + Sync>;

/// A whole answer that said yes.
#[derive(Debug)]
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Client {
    /// Calls this router directly: no socket, and otherwise the same in every way.
    pub fn in_process(router: Router) -> Self {
        Self { way: Reach::InProcess(router), warned: Arc::default(), token: None }
    }

    /// Calls a router over a record that is made when something is to be recorded; until then, one over nothing.
    pub fn founding(rehearsal: Router, found: Found) -> Self {
        let founding = Founding { rehearsal, found, record: OnceCell::new() };
        Self { way: Reach::Founding(Arc::new(founding)), warned: Arc::default(), token: None }
    }

    /// Calls a server, such as `http://127.0.0.1:7474`.
    pub fn remote(server: &TypedAddress, trust: &Trust) -> Result<Self, Failure> {
        if let Some(path) = server.as_typed().strip_prefix("unix:") {
            return Self::through(path);
        }
        let hint = "write it as http://HOST:PORT, such as http://127.0.0.1:7474";
        let shown = server.to_string();
        let bad = |what: &str| Failure::new(Kind::BadInput, format!("--server {shown:?} {what}"), hint);
        let uri: Uri = server.as_typed().parse().map_err(|_| bad("is not an address"))?;
        let is_secured = uri.scheme() == Some(&Scheme::HTTPS);
        if !is_secured && uri.scheme() != Some(&Scheme::HTTP) {
            return Err(bad("does not begin with http:// or https://"));
        }
        let authority = uri.authority().ok_or_else(|| bad("names no host"))?.clone();
        if authority.as_str().contains('@') {
            return Err(Failure::new(
                Kind::BadInput,
                format!("--server {shown:?} names a login, and none is sent to a server"),
                "leave out what stands before the @, and change the password if others may have seen it there",
            ));
        }
        if uri.query().is_some() {
            return Err(bad("has a query"));
        }
        if server.as_typed().contains('#') {
            return Err(bad("has a fragment"));
        }
        let base = uri.path().trim_end_matches('/').to_owned();
        if !is_secured && !trust.insecure_http && !is_this_machine(authority.host()) {
            return Err(Failure::new(
                Kind::BadInput,
                format!(
                    "--server {shown:?} is another machine's, and http:// would show all on the way what is sent"
                ),
                "write https://; or say --insecure-http if the way there is secured by something else",
            ));
        }
        let way = if is_secured { Way::secured(trust.ca.as_deref()).map_err(untrusted)? } else { Way::Plain };
        let scheme = if is_secured { Scheme::HTTPS } else { Scheme::HTTP };
        let http = HyperClient::builder(TokioExecutor::new()).build(way);
        Ok(Self { way: Reach::Remote { http, scheme, authority, base }, warned: Arc::default(), token: None })
    }

    /// Calls a server of this machine through its socket file.
    fn through(path: &str) -> Result<Self, Failure> {
        if !path.starts_with('/') {
            let hint = "write it as unix:/PATH, such as unix:/run/scribe.sock";
            return Err(Failure::new(
                Kind::BadInput,
                "--server names a socket file without its whole path",
                hint,
            ));
        }
        let http = HyperClient::builder(TokioExecutor::new()).build(Way::SocketFile(path.into()));
        let (scheme, authority) = (Scheme::HTTP, Authority::from_static("localhost"));
        Ok(Self {
            way: Reach::Remote { http, scheme, authority, base: String::new() },
            warned: Arc::default(),
            token: None,
        })
    }

    /// The same, showing this token.
    #[must_use]
    pub fn showing(self, token: Option<Secret>) -> Self {
        Self { token, ..self }
    }

    /// Whether it shows who asks.
    pub fn shows_a_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether the store is in this process.
    pub fn is_in_process(&self) -> bool {
        !matches!(self.way, Reach::Remote { .. })
    }

    /// Sends a request whose address is a path and query, and hands back whatever comes.
    pub async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, Failure> {
        if let Some(token) = &self.token
            && let Ok(mut header) = HeaderValue::from_str(&format!("Bearer {}", token.shown()))
        {
            header.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, header);
        }
        match &self.way {
            Reach::InProcess(router) => Ok(ask(router, request).await),
            Reach::Founding(founding) => founding.send(request).await,
            Reach::Remote { http, scheme, authority, base } => {
                let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
                let uri = Uri::builder()
                    .scheme(scheme.clone())
                    .authority(authority.clone())
                    .path_and_query(format!("{base}{path}"))
                    .build();
                *request.uri_mut() = uri.map_err(|error| Failure::bad("address", error))?;
                let asked = clocks::say_it(&mut request);
                match http.request(request).await {
                    Ok(response) => {
                        clocks::hear(&response, asked, &self.warned.clock);
                        Ok(response.map(Body::new))
                    }
                    Err(error) => Err(unreachable(authority, &error)),
                }
            }
        }
    }

    /// Sends a request and insists on a yes; a no becomes a failure with the server's own words.
    pub async fn ask(&self, request: Request<Body>) -> Result<Answer, Failure> {
        let response = self.open(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer { headers: parts.headers, body: whole(body).await? })
    }

    /// Like [`Self::ask`], for a body that is read as it comes.
    pub async fn open(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let response = self.send(request).await?;
        if let Some(stale) = response.headers().get(STALE)
            && !self.warned.behind.swap(true, Ordering::Relaxed)
        {
            say(&behind::warning(&String::from_utf8_lossy(stale.as_bytes())));
        }
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let is_problem = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
        let body = whole(response.into_body()).await?;
        let problem = if is_problem { serde_json::from_slice(&body).ok() } else { None };
        Err(refused(status, problem.unwrap_or_default()))
    }

    /// Asks with GET.
    pub async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.ask(request(Method::GET, path, Body::empty())?).await
    }

    /// Asks with GET for what is not shown, so that it may be behind without a word.
    pub async fn peek(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let before = self.warned.behind.swap(true, Ordering::Relaxed);
        let answer = self.get(path).await;
        self.warned.behind.store(before, Ordering::Relaxed);
        Ok(answer?.body)
    }

    /// Sends JSON with POST.
    pub async fn post_json(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let mut request = request(Method::POST, path, Body::from(body.to_string()))?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.ask(request).await
    }

    /// Asks with GET for JSON of a known form.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.get(path).await?.json()
    }
}

impl Founding {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        if let Some(record) = self.record.get() {
            return Ok(ask(record, request).await);
        }
        let (parts, body) = request.into_parts();
        let body = Bytes::from(whole(body).await?);
        let again = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        let rehearsed = ask(&self.rehearsal, again()).await;
        if !rehearsed.status().is_success() || !self.has_begun().await? {
            return Ok(rehearsed);
        }
        let record = (self.found)()?;
        Ok(ask(self.record.get_or_init(|| record), again()).await)
    }

    /// Whether something was recorded where it was tried.
    async fn has_begun(&self) -> Result<bool, Failure> {
        let head = ask(&self.rehearsal, request(Method::GET, "/v1/events?limit=0", Body::empty())?).await;
        Ok(head.headers().get("scribe-position").is_some_and(|position| position != "0"))
    }
}

async fn ask(router: &Router, request: Request<Body>) -> Response<Body> {
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

impl Answer {
    /// Prints the body as it came, for a program that reads it.
    pub fn put(&self) -> Result<(), Failure> {
        put(&self.body)?;
        put_line("")
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::new(
                Kind::Other,
                format!("the answer is not what was expected: {error}"),
                "the server may be another version of scribe, or something else",
            )
        })
    }
}

/// A request for a path and query.
pub fn request(method: Method, path: &str, body: Body) -> Result<Request<Body>, Failure> {
    Request::builder().method(method).uri(path).body(body).map_err(|error| Failure::bad("address", error))
}

/// A request that sends JSON lines.
pub fn post_lines(address: &Address, lines: Vec<u8>) -> Result<Request<Body>, Failure> {
    let mut request = request(Method::POST, address.as_str(), Body::from(lines))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(request)
}

/// What a server says when it says no (RFC 9457), as far as a person needs it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProblemDetails {
    title: String,
    detail: String,
    hint: String,
    remedy: Option<Remedy>,
    code: String,
    field: Option<String>,
}

fn refused(status: StatusCode, problem: ProblemDetails) -> Failure {
    let kind = match status.as_u16() {
        // A status alone does not tell what passes from what somebody must change.
        _ if problem.code == "store_barred" => Kind::Barred,
        _ if problem.code == "clock_wrong" => Kind::ClockWrong,
        401 | 403 => Kind::Barred,
        404 | 409 | 412 | 422 => Kind::Refused,
        408 | 500.. => Kind::Unavailable,
        _ => Kind::BadInput,
    };
    let mut message = match (problem.detail, problem.title) {
        (detail, _) if !detail.is_empty() => detail,
        (_, title) if !title.is_empty() => title,
        _ => format!("the server answered {status}"),
    };
    if let Some(field) = problem.field.filter(|field| !message.contains(field.as_str())) {
        message = format!("{field}: {message}");
    }
    // A server's own words speak of requests.
    let hint = match (problem.code.as_str(), &problem.remedy) {
        ("not_authenticated", _) => {
            "show it your token: scribe login, or set SCRIBE_TOKEN; whoever runs the server makes one with \
             `scribe token create`"
                .to_owned()
        }
        ("other_name", _) => "leave out --as and SCRIBE_AS: whose token it is, tells it".to_owned(),
        (_, Some(remedy)) => remedy::hint(remedy),
        (_, None) => problem.hint,
    };
    Failure { kind, message, hint: Some(hint).filter(|hint| !hint.is_empty()) }
}

async fn whole(body: Body) -> Result<Vec<u8>, Failure> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) => Err(cut_off(&error)),
    }
}

/// The answer broke off on its way.
pub fn cut_off(error: &axum::Error) -> Failure {
    Failure::new(
        Kind::OutOfReach,
        format!("the answer was cut off: {error}"),
        "try again; what was acknowledged is kept",
    )
}

fn unreachable(authority: &Authority, error: &hyper_util::client::legacy::Error) -> Failure {
    let mut message = format!("cannot reach the server at {authority}: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(unsecured) = inner.downcast_ref::<Unsecured>() {
            let message = format!("cannot speak to the server at {authority}: {unsecured}");
            return Failure::new(Kind::Barred, message, unsecured.remedy);
        }
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    Failure::new(Kind::OutOfReach, message, "is it running? start one with `scribe serve`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_work_is_told_before_anything_is_sent() {
        let given = |server: &str| {
            Client::remote(&server.parse().unwrap(), &Trust::default()).err().map(|failure| failure.message)
        };
        assert_eq!(given("http://127.0.0.1:7474"), None);
        assert_eq!(given("http://127.0.0.1:7474/scribe/"), None);
        assert_eq!(given("unix:/run/scribe.sock"), None);
        assert!(given("unix:scribe.sock").unwrap().contains("without its whole path"));
        assert!(given("http://scribe.example").unwrap().contains("is another machine's"));
        assert!(given("127.0.0.1:7474").unwrap().contains("does not begin with http:// or https://"));
        let login = given("http://ada:hunter2@127.0.0.1:7474").unwrap();
        assert!(login.contains("names a login") && !login.contains("hunter2"), "{login}");
        let fragment = given("http://127.0.0.1:7474/#hunter2").unwrap();
        assert!(fragment.contains("has a fragment") && !fragment.contains("hunter2"), "{fragment}");
        assert!(given("http://").is_some() && given("").is_some() && given("ftp://x").is_some());
    }

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let problem = |status, json: &str| refused(status, serde_json::from_str(json).unwrap());
        let failure = problem(
            StatusCode::CONFLICT,
            r#"{"type":"urn:scribe:problem:self_approval","title":"Refused","detail":"no","hint":"ask"}"#,
        );
        assert_eq!(failure, Failure::new(Kind::Refused, "no", "ask"));
        let failure = problem(StatusCode::BAD_REQUEST, r#"{"detail":"too long","field":"text"}"#);
        assert_eq!(failure, Failure::plain(Kind::BadInput, "text: too long"));
        let away =
            |code: &str| problem(StatusCode::SERVICE_UNAVAILABLE, &format!(r#"{{"code":"{code}"}}"#)).kind;
        assert_eq!((away("store_barred"), away("not_shown_yet")), (Kind::Barred, Kind::Unavailable));
        assert_eq!((Kind::Barred.exit_code(), Kind::Unavailable.exit_code()), (6, 5));
        assert_eq!(refused(StatusCode::BAD_GATEWAY, ProblemDetails::default()).kind, Kind::Unavailable);
    }
}

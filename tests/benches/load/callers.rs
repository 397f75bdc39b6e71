//! Asking: each request when it is due, on a connection that is free, or on another one.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsConnector;

use crate::plan::{Due, Kind, Plan};
use crate::served::NAME;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// What was asked.
    pub(crate) kind: Kind,
    /// The HTTP status; 0 where there was no answer.
    pub(crate) status: u16,
    /// Milliseconds from when it was due to the answer's end.
    pub(crate) took: f64,
    /// Whether the bad ones asked at that time.
    pub(crate) with_bad: bool,
}

/// Sends everything, and writes what came of it to stdout.
pub(crate) fn ask_all(plan: &Plan) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answered = runtime.block_on(async {
        let callers = Arc::new(Callers::new(plan));
        let began = Instant::now() + Duration::from_millis(100);
        let mut asked = Vec::new();
        for due in plan.all() {
            sleep_until(began + due.at).await;
            asked.push(tokio::spawn(Arc::clone(&callers).ask(due, began)));
        }
        let mut answered = Vec::new();
        for one in asked {
            answered.extend(one.await.unwrap());
        }
        answered
    });
    std::io::stdout().lock().write_all(&serde_json::to_vec(&answered).unwrap()).unwrap();
}

struct Callers {
    server: SocketAddr,
    from: Vec<IpAddr>,
    tls: TlsConnector,
    /// Connections that nobody uses just now, by the number of the address.
    free: Vec<Mutex<Vec<SendRequest<Body>>>>,
}

impl Callers {
    fn new(plan: &Plan) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&plan.authority).unwrap()).unwrap();
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let tls = tls.with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        Self {
            server: plan.server,
            from: plan.from.clone(),
            tls: TlsConnector::from(Arc::new(tls)),
            free: plan.from.iter().map(|_| Mutex::default()).collect(),
        }
    }

    async fn ask(self: Arc<Self>, due: Due, began: Instant) -> Option<Answered> {
        let Due { at, kind, from, token, path, body, with_bad, counts } = due;
        let status = timeout(PATIENCE, self.status(from, token, path, body)).await.ok().flatten();
        let took = (Instant::now() - (began + at)).as_secs_f64() * 1e3;
        counts.then(|| Answered { kind, status: status.unwrap_or_default(), took, with_bad })
    }

    async fn status(
        &self,
        from: usize,
        token: Option<String>,
        path: String,
        body: Option<String>,
    ) -> Option<u16> {
        // A connection that was idle may have been closed by the other side.
        let free = self.free[from].lock().unwrap().pop().filter(|free| !free.is_closed());
        let mut connection = match free {
            Some(free) => free,
            None => self.connect(self.from[from]).await?,
        };
        connection.ready().await.ok()?;
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut request = Request::builder().method(method).uri(path).header("host", NAME);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = connection.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        response.into_body().collect().await.ok()?;
        self.free[from].lock().unwrap().push(connection);
        Some(status)
    }

    async fn connect(&self, from: IpAddr) -> Option<SendRequest<Body>> {
        let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.ok()?;
        socket.bind((from, 0).into()).ok()?;
        let stream = socket.connect(self.server).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let stream = self.tls.connect(ServerName::try_from(NAME).unwrap(), stream).await.ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(sender)
    }
}

/// How long answers took, in milliseconds.
pub(crate) struct Times([f64; 3]);

impl Times {
    /// The times of those that are meant: the median, and what one of a hundred and one of a thousand exceeded.
    pub(crate) fn of(answered: &[Answered], is_meant: impl Fn(&Answered) -> bool) -> Self {
        let mut took: Vec<f64> = answered.iter().filter(|one| is_meant(one)).map(|one| one.took).collect();
        took.sort_by(f64::total_cmp);
        let at = |part: usize| took.get(took.len() * part / 1_000).copied().unwrap_or(f64::NAN);
        Self([at(500), at(990), at(999)])
    }

    /// How many times as long as others.
    pub(crate) fn over(&self, other: &Self) -> String {
        let ratios: Vec<String> = self.0.iter().zip(&other.0).map(|(a, b)| format!("{:.2}", a / b)).collect();
        ratios.join(" / ")
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, hundredth, thousandth] = self.0;
        write!(f, "{median:.2} / {hundredth:.2} / {thousandth:.2}")
    }
}

/// How many answers had which status.
pub(crate) fn statuses(answered: &[Answered], kind: Kind) -> String {
    let mut counts = BTreeMap::<u16, usize>::new();
    for one in answered.iter().filter(|one| one.kind == kind) {
        *counts.entry(one.status).or_default() += 1;
    }
    let shown = |(status, count): (u16, usize)| match status {
        0 => format!("none: {count}"),
        status => format!("{status}: {count}"),
    };
    counts.into_iter().map(shown).collect::<Vec<_>>().join(", ")
}

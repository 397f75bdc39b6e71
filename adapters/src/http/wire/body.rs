//! Reading a request's body, within its limit and in the form that is read here.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::http::problem::Problem;
use crate::http::spec::{self, Pace, Reached};

/// How much of a body that is too large is read and thrown away, so that a sender who first writes
/// everything and then reads gets the answer instead of a broken connection.
const COURTESY: usize = 32 << 20;

/// How long a body may take before it flows.
const BEFORE_IT_FLOWS: Duration = Duration::from_secs(5);
/// How many bytes a second must come from then on.
const LEAST_A_SECOND: usize = 16 << 10;

/// The bytes of a body: JSON, or lines of it.
#[derive(Debug)]
pub(crate) struct Payload(pub(crate) Bytes);

/// The body of a command: JSON or a form.
#[derive(Debug)]
pub(crate) enum Written {
    /// One JSON object.
    Json(Bytes),
    /// Names and values, urlencoded.
    Form(Bytes),
}

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (pace, body) = request
            .extensions()
            .get::<Reached>()
            .map_or((Pace::Brisk, spec::Body::None), |reached| (reached.0.pace, reached.0.body));
        if !matches!(body, spec::Body::Lines(_)) {
            // What `curl -d` says unless told otherwise is let pass as JSON.
            is_form(request.headers())?;
        }
        let length = told_length(request.headers());
        let patience = Patience { began: Instant::now(), most: pace.time_limit() * 4 / 5 };
        let read = read(request.into_body(), length, pace.body_limit(), patience).await;
        // Vendors drop what gets a 4xx.
        let is_hook = pace == Pace::Hook;
        read.map(Self).map_err(|problem| {
            if is_hook && problem == Problem::SlowBody { Problem::TimedOut } else { problem }
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Written {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_form = is_form(request.headers())?;
        let Payload(body) = Payload::from_request(request, state).await?;
        // `curl -d '{"title": …}'` says that it sends a form: somebody types that at three in the morning. No form
        // begins so, since browsers write a brace in a name as %7B.
        let is_json = !is_form || body.trim_ascii_start().first() == Some(&b'{');
        Ok(if is_json { Self::Json(body) } else { Self::Form(body) })
    }
}

/// Whether a body says that it is a form; one that says it is neither that nor JSON is refused. A page of another
/// site that sends a form is stopped at the door, by where it comes from.
fn is_form(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(false) };
    let given = String::from_utf8_lossy(given.as_bytes());
    let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => Ok(true),
        "application/json" => Ok(false),
        other if other.ends_with("+json") => Ok(false),
        _ => Err(Problem::MediaType { given: given.chars().take(80).collect(), read: "application/json" }),
    }
}

fn told_length(headers: &HeaderMap) -> usize {
    let told = headers.get(CONTENT_LENGTH).and_then(|told| told.to_str().ok());
    told.and_then(|told| told.parse().ok()).unwrap_or_default()
}

/// How long a body is waited for: a while, and longer the more of it has come.
#[derive(Clone, Copy)]
struct Patience {
    began: Instant,
    most: Duration,
}

impl Patience {
    /// Until when the next bytes must come, after so many.
    fn until(self, seen: usize) -> Instant {
        let earned = Duration::from_secs((seen / LEAST_A_SECOND) as u64);
        self.began + (BEFORE_IT_FLOWS + earned).min(self.most)
    }
}

async fn read(mut body: Body, told: usize, limit: usize, patience: Patience) -> Result<Bytes, Problem> {
    let too_large = told > limit;
    let mut kept = Vec::with_capacity(if too_large { 0 } else { told });
    let mut seen = 0;
    while let Some(frame) =
        timeout_at(patience.until(seen), body.frame()).await.map_err(|_| Problem::SlowBody)?
    {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            Problem::Malformed { line: 1, column: 1, what: "the body broke off".into() }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > limit.saturating_add(COURTESY) {
            break;
        }
        if !too_large && seen <= limit {
            kept.extend_from_slice(&data);
        }
    }
    if too_large || seen > limit { Err(Problem::TooLarge { limit }) } else { Ok(kept.into()) }
}

//! Reading a request's body, within its limit and in the form that is read here.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;

use super::problem::Problem;
use super::spec::{self, Pace, Reached};

/// How much of a body that is too large is read and thrown away, so that a sender who first writes
/// everything and then reads gets the answer instead of a broken connection.
const COURTESY: usize = 32 << 20;

/// The bytes of a body.
#[derive(Debug)]
pub(super) struct Payload(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (pace, body) = request
            .extensions()
            .get::<Reached>()
            .map_or((Pace::Brisk, spec::Body::None), |reached| (reached.0.pace, reached.0.body));
        if !matches!(body, spec::Body::Lines(_)) {
            must_be_json(request.headers())?;
        }
        let told = told_length(request.headers());
        read(request.into_body(), told, pace.body_limit()).await.map(Self)
    }
}

/// A body that says it is something else is refused. What `curl -d` says unless told otherwise is let
/// pass: somebody types that at three in the morning, and a page of another site that sends a form is
/// stopped at the door by where it comes from.
fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let given = String::from_utf8_lossy(given.as_bytes());
    let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    if is_json || media_type == "application/x-www-form-urlencoded" {
        Ok(())
    } else {
        Err(Problem::MediaType { given: given.chars().take(80).collect() })
    }
}

fn told_length(headers: &HeaderMap) -> usize {
    let told = headers.get(CONTENT_LENGTH).and_then(|told| told.to_str().ok());
    told.and_then(|told| told.parse().ok()).unwrap_or_default()
}

async fn read(mut body: Body, told: usize, limit: usize) -> Result<Bytes, Problem> {
    let too_large = told > limit;
    let mut kept = Vec::with_capacity(if too_large { 0 } else { told });
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
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

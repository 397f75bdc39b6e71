//! What the server counts, as OpenMetrics text.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use scribe_domain::event_store::{Stale, StaleCause};
use scribe_domain::scope::Scope;

use crate::app::gate::clock::ClockFound;
use crate::app::gate::questions::{Edition, Head, OutOfReach, Warnings};
use crate::http::metrics::{ClockNow, Now};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec};
use crate::http::state::Api;

/// The media type of the counters.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn operation() -> Operation {
    Spec::get("/metrics", "metrics", "server")
        .about("What the server counts, as OpenMetrics text.")
        .answers(Answer::Other { about: "The counters.", media_type: "application/openmetrics-text" })
        .by(&[Scope::Read], get(metrics))
}

async fn metrics(api: Api, _: Query) -> Result<Response, Problem> {
    let head = api.ask(Head).await?;
    let stale = api.know(OutOfReach).await;
    let edition = api.know(Edition).await;
    let warnings = api.know(Warnings).await;
    let clock = api.know(ClockFound).await;
    let since = |stale: &Stale| (api.app.now() - stale.since).to_std().unwrap_or_default();
    let now = Now {
        head,
        out_of_reach: stale.as_ref().map(since),
        differs: stale.is_some_and(|stale| stale.cause == StaleCause::Differs),
        edition,
        warnings,
        clock: ClockNow {
            ahead: clock.ahead_of_store.map(|ahead| ahead.seconds),
            synchronised: clock.synchronised,
        },
    };
    let mut response = api.metrics.text(&now).map_err(|_| Problem::Broken)?.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    Ok(response)
}

//! What other tools send.

use axum::extract::State;
use axum::{Extension, Json};

use super::Api;
use super::body::Payload;
use super::problem::Problem;
use super::query::Query;
use super::spec::{Body, Reached};
use super::wire;
use crate::app::gate::caller::Caller;
use crate::app::gate::deeds::Receive;
use crate::app::{DeliveryReport, ReceiveError};
use crate::inbound::vendor;

/// `POST /hooks/VENDOR`. Many tools send again only after a 5xx and drop what gets a 4xx, so
/// a 4xx goes only to what can never be taken, and a thing that leads nowhere is still a success.
pub(super) async fn receive(
    State(api): State<Api>,
    Extension(Reached(spec)): Extension<Reached>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<DeliveryReport>, Problem> {
    let Body::Hook(name) = spec.body else { return Err(Problem::Broken) };
    let vendor = vendor(name).ok_or(Problem::Broken)?;
    let report = api.app.tell(&Caller::hook(vendor), Receive { vendor, body: wire::utf8(&body)? }).await?;
    api.metrics.delivery(vendor.name, &report);
    Ok(Json(report))
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Unreadable(bad) => wire::told_problem(bad.path, &bad.error),
            ReceiveError::Execute(error) => error.into(),
        }
    }
}

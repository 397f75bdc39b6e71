//! What other tools send.

use axum::routing::post;
use axum::{Extension, Json};
use scribe_domain::scope::Scope;

use super::operation::Operation;
use super::problem::Problem;
use super::query::Query;
use super::spec::{Answer, Body, Pace, Reached, Spec};
use super::state::Api;
use super::wire::body::Payload;
use super::wire::json;
use crate::app::gate::deeds::Receive;
use crate::app::{DeliveryReport, ReceiveError};
use crate::inbound::vendor::VendorEntry;
use crate::inbound::{VENDORS, vendor};

/// One for each vendor.
pub(super) fn operations() -> impl Iterator<Item = Operation> {
    let hook = |vendor: &VendorEntry| {
        Spec::post(format!("/hooks/{}", vendor.name), vendor.name, "hooks")
            .about(vendor.about)
            .body(Body::Hook(vendor.name))
            .pace(Pace::Hook)
            .answers(Answer::json::<DeliveryReport>("What became of each thing."))
            .by(&[Scope::Append], post(receive))
    };
    VENDORS.iter().map(hook)
}

/// `POST /hooks/VENDOR`. Many tools send again only after a 5xx and drop what gets a 4xx, so
/// a 4xx goes only to what can never be taken, and a thing that leads nowhere is still a success.
async fn receive(
    api: Api,
    Extension(Reached(spec)): Extension<Reached>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<DeliveryReport>, Problem> {
    let Body::Hook(name) = spec.body else { return Err(Problem::Broken) };
    let vendor = vendor(name).ok_or(Problem::Broken)?;
    let report = api
        .app
        .tell(&api.caller().clone().hook(vendor), Receive { vendor, body: json::utf8(&body)? })
        .await?;
    api.metrics.delivery(vendor.name, &report);
    Ok(Json(report))
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Unreadable(bad) => json::problem(&bad.path, &bad.error),
            ReceiveError::Execute(error) => error.into(),
        }
    }
}

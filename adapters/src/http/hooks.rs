//! What other tools send.

use axum::Json;
use axum::extract::State;
use axum::routing::post;

use super::operation::Operation;
use super::problem::Problem;
use super::query::Query;
use super::spec::{Answer, Body, Pace, Spec};
use super::state::Api;
use super::wire::body::Payload;
use super::wire::json;
use crate::app::Taken;
use crate::inbound::alertmanager::payload::Payload as Alerts;

pub(super) fn operations() -> [Operation; 1] {
    let alerts = Spec::post("/hooks/alertmanager", "alertmanager", "hooks")
        .about("Alertmanager's webhook: alerts join an incident, declare one by a rule, or are ignored.")
        .body(Body::Alertmanager)
        .pace(Pace::Hook)
        .answers(Answer::json::<Taken>("What became of each alert."))
        .by(post(alertmanager));
    [alerts]
}

/// `POST /hooks/alertmanager`. Alertmanager sends again only after a 5xx and drops what gets a 4xx, so
/// a 4xx goes only to what can never be taken, and an alert that leads nowhere is still a success.
async fn alertmanager(
    State(api): State<Api>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<Taken>, Problem> {
    let alerts: Alerts = json::lenient(&body)?;
    let taken = api.app.take_alerts(&alerts).await?;
    api.metrics.alerts(&taken);
    Ok(Json(taken))
}

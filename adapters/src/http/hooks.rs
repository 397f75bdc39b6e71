//! What other tools send.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::body::Payload;
use super::problem::Problem;
use super::query::Query;
use super::wire;
use crate::app::Taken;
use crate::inbound::alertmanager::payload::Payload as Alerts;

/// `POST /hooks/alertmanager`. Alertmanager sends again only after a 5xx and drops what gets a 4xx, so
/// a 4xx goes only to what can never be taken, and an alert that leads nowhere is still a success.
pub(super) async fn alertmanager(
    State(api): State<Api>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<Taken>, Problem> {
    let alerts: Alerts = wire::lenient(&body)?;
    let taken = api.app.take_alerts(&alerts).await?;
    api.metrics.alerts(&taken);
    Ok(Json(taken))
}

//! Adding what happened elsewhere.

use axum::Json;
use axum::routing::post;
use scribe_domain::scope::Scope;

use crate::app::gate::deeds::Import;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Pace, Param, Spec};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json::utf8;
use crate::transfer::ImportReport;

const DRY_RUN: Param<bool> = Param::flag("dry_run", "Whether to only say what would be done.");

pub(super) fn operation() -> Operation {
    Spec::post("/v1/imports", "import", "record")
        .about("Adds events that were told elsewhere, all or nothing per incident.")
        .query(&DRY_RUN)
        .body(Body::Lines("Told events, one a line."))
        .pace(Pace::Bulk)
        .answers(Answer::json::<ImportReport>("What was added, and every line's problem."))
        .by(&[Scope::Admin], post(imported))
}

async fn imported(api: Api, query: Query, Payload(body): Payload) -> Result<Json<ImportReport>, Problem> {
    let dry_run = query.get(&DRY_RUN)?.unwrap_or_default();
    Ok(Json(api.tell(Import { lines: utf8(&body)?, dry_run }).await?))
}

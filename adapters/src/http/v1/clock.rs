//! Whether the clock is to be believed by which the record's times are stamped.

use axum::Json;
use axum::routing::get;
use scribe_domain::scope::Scope;
use serde::{Deserialize, Serialize};

use crate::app::gate::clock::ClockLook;
use crate::clock::check::ClockReport;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec};
use crate::http::state::Api;

/// What is known of clocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClockAnswer {
    /// What was found of the clock of the machine that was asked.
    pub machine: ClockReport,
}

pub(super) fn operation() -> Operation {
    Spec::get("/v1/clock", "clock", "server")
        .about("Whether the clock of this machine is to be believed, and what it was held against.")
        .answers(Answer::json::<ClockAnswer>("What was found."))
        .by(&[Scope::Read], get(clock))
}

async fn clock(api: Api, _: Query) -> Result<Json<ClockAnswer>, Problem> {
    Ok(Json(ClockAnswer { machine: api.ask(ClockLook).await? }))
}

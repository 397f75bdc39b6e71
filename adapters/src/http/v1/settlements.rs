//! Whose clock was wrong: which recorded times are in question, and settling them.

use axum::Json;
use axum::routing::{get, post};
use scribe_domain::clocks::Positions;
use scribe_domain::ids::Position;
use scribe_domain::scope::Scope;
use scribe_domain::system::clocks::Settle;
use scribe_domain::text::Text;
use serde::Deserialize;

use super::tokens::speaker;
use crate::app::gate::clocks::{
    DisputedNow, DisputedTimes, InQuestion, SettleClock, Settled, TimesInQuestion,
};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;
use crate::http::wire::submission::ActorFields;

/// A clock that was wrong.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToSettle {
    /// Who says so; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Which positions of the record it stamped.
    wrong: Positions,
    /// How that is known.
    why: Text,
    /// The position of an earlier settlement that was mistaken, and counts no longer.
    #[serde(default)]
    instead_of: Option<Position>,
    /// Whether only to say which times would count.
    #[serde(default)]
    dry_run: bool,
}

pub(super) fn operations() -> [Operation; 3] {
    [
        Spec::get("/v1/clock/disputes", "disputes", "record")
            .about("Which recorded times contradict each other, or this machine's clock.")
            .answers(Answer::json::<DisputedTimes>("Positions of the record."))
            .by(&[Scope::Read], get(disputes)),
        Spec::get("/v1/clock/settlements", "settlements", "record")
            .about("Which recorded times are in question, and whose clocks were said to be wrong.")
            .answers(Answer::json::<TimesInQuestion>("What is disputed, and every settlement."))
            .by(&[Scope::Audit], get(in_question)),
        Spec::post("/v1/clock/settlements", "settle-clock", "record")
            .about("Says whose clock was wrong: the times that it stamped then count as what the others prove of them.")
            .body(Body::Json(schema_of::<ToSettle>))
            .answers(Answer::json::<Settled>("The times that count then."))
            .by(&[Scope::Audit], post(settle)),
    ]
}

async fn disputes(api: Api, _: Query) -> Result<Json<DisputedTimes>, Problem> {
    Ok(Json(api.ask(DisputedNow).await?))
}

async fn in_question(api: Api, _: Query) -> Result<Json<TimesInQuestion>, Problem> {
    Ok(Json(api.ask(InQuestion).await?))
}

async fn settle(api: Api, _: Query, Payload(body): Payload) -> Result<Json<Settled>, Problem> {
    let ToSettle { actor, wrong, why, instead_of, dry_run } = json::object(&body)?;
    let actor = speaker(&api, actor)?;
    let settle = Settle { wrong, why, instead_of };
    Ok(Json(api.tell(SettleClock { actor, settle, dry_run }).await?))
}

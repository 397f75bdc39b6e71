//! The postmortem, for the company or for everybody.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_projections::postmortem::{Edition, Postmortem};

use super::history::History;
use crate::http::answer::{Look, look_params};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{INCIDENT, Query};
use crate::http::spec::{Answer, Param, Spec, VIEW};
use crate::http::state::Api;

const EDITION: Param<Edition> =
    Param::word("edition", "For whom: the company (`internal`, unless told) or everybody (`public`).");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents/{incident}/postmortem", "postmortem", "incidents")
        .about("The postmortem, for the company or for everybody.")
        .part(&INCIDENT)
        .query(&EDITION)
        .queries(look_params())
        .answers(Answer::view::<Postmortem>(VIEW))
        .by(&[Scope::Read], get(postmortem))
}

async fn postmortem(api: Api, look: Look, query: Query, history: History) -> Result<Response, Problem> {
    let edition = query.get(&EDITION)?.unwrap_or_default();
    let asked_at = look.asked_at(api.app.now());
    let metrics = &api.app.config().metrics;
    history.show(&look, |events| Some(Postmortem::of(events, &look.as_of, edition, metrics, asked_at)))
}

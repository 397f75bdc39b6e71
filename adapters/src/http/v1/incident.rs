//! One incident as it stands.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_projections::current::IncidentNow;

use super::history::History;
use crate::http::answer::{Look, look_params};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::INCIDENT;
use crate::http::spec::{Answer, Spec, VIEW};
use crate::http::state::Api;

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents/{incident}", "show", "incidents")
        .about("One incident as it stands.")
        .part(&INCIDENT)
        .queries(look_params())
        .answers(Answer::view::<IncidentNow>(VIEW))
        .by(&[Scope::Read], get(now))
}

async fn now(api: Api, look: Look, history: History) -> Result<Response, Problem> {
    history.show(&look, |events| IncidentNow::of(events, &look.as_of, look.asked_at(api.app.now())))
}

//! Who held which role, when.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_projections::roles::RoleHistory;

use super::history::History;
use crate::http::answer::{Look, look_params};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::INCIDENT;
use crate::http::spec::{Answer, Spec, VIEW};

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents/{incident}/roles", "roles", "incidents")
        .about("Who held which role, when; gaps and overlaps.")
        .part(&INCIDENT)
        .queries(look_params())
        .answers(Answer::view::<RoleHistory>(VIEW))
        .by(&[Scope::Read], get(roles))
}

async fn roles(look: Look, history: History) -> Result<Response, Problem> {
    history.show(&look, |events| Some(RoleHistory::of(events, &look.as_of)))
}

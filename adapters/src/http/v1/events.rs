//! One incident's events as they were recorded.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;

use super::history::History;
use crate::http::answer::{Look, look_params};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::INCIDENT;
use crate::http::spec::{Answer, EVENTS, Format, Spec};
use crate::http::wire::line::EventLine;

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents/{incident}/events", "incident-events", "incidents")
        .about("One incident's events as they were recorded.")
        .part(&INCIDENT)
        .queries(look_params())
        .answers(Answer::view::<Vec<EventLine<'_>>>(EVENTS))
        .by(&[Scope::Read], get(events))
}

async fn events(look: Look, history: History) -> Result<Response, Problem> {
    history.answer(&look, |events| {
        let known = events.iter().take_while(|recorded| look.as_of.had_recorded(recorded));
        let lines = known
            .filter(|recorded| look.as_of.had_occurred(recorded.cause.occurred, recorded))
            .map(EventLine::of)
            .map(|line| serde_json::to_string(&line).unwrap_or_default());
        Some(match look.format {
            Format::Lines => look.body(lines.map(|line| line + "\n").collect::<String>()),
            _ => look.body(format!("[{}]", lines.collect::<Vec<_>>().join(","))),
        })
    })
}

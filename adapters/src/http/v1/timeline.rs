//! What happened, in order of when it happened.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::kind::Group;
use scribe_domain::scope::Scope;
use scribe_projections::timeline::{Filter, Timeline};

use super::history::History;
use crate::http::answer::{Look, look_params};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{INCIDENT, Query};
use crate::http::spec::{Answer, Format, Param, Spec, TABLE};

const KIND: Param<String> = Param::text("kind", "Only these kinds of events or groups, separated by commas.");
const ACTOR: Param<String> = Param::text("actor", "Only what they did or told.");
const RETRACTED: Param<bool> =
    Param::flag("retracted", "Whether to show what was retracted; it is, unless told.");
const IDS: Param<bool> = Param::flag("ids", "Whether to show the id of every event, in text and Markdown.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents/{incident}/timeline", "timeline", "incidents")
        .about("What happened, in order of when it happened.")
        .part(&INCIDENT)
        .query(&KIND)
        .query(&ACTOR)
        .query(&RETRACTED)
        .query(&IDS)
        .queries(look_params())
        .answers(Answer::view::<Timeline>(TABLE))
        .by(&[Scope::Read], get(timeline))
}

async fn timeline(look: Look, query: Query, history: History) -> Result<Response, Problem> {
    let filter = Filter {
        kinds: kinds(query.get(&KIND)?.as_deref())?,
        actor: query.get(&ACTOR)?,
        hide_retracted: query.get(&RETRACTED)? == Some(false),
        ids: query.get(&IDS)?.unwrap_or_default(),
    };
    if look.format == Format::Csv {
        history.answer(&look, |events| Some(look.body(Timeline::of(events, &look.as_of, &filter).csv())))
    } else {
        history.show(&look, |events| Some(Timeline::of(events, &look.as_of, &filter)))
    }
}

/// A timeline takes kinds of events and groups of them.
fn kinds(told: Option<&str>) -> Result<Vec<String>, Problem> {
    let is_known = |word: &str| {
        IncidentEvent::KINDS.iter().any(|kind| *kind == word || Group::of(kind).as_str() == word)
    };
    let check = |word: &str| {
        if is_known(word) {
            return Ok(word.to_owned());
        }
        let mut groups: Vec<&str> =
            IncidentEvent::KINDS.iter().map(|kind| Group::of(kind).as_str()).collect();
        groups.dedup();
        Err(Problem::Query {
            name: "kind".into(),
            what: format!(
                "{:?} is neither a kind of event nor a group",
                word.chars().take(80).collect::<String>()
            ),
            hint: format!(
                "the groups are {}; the kinds are {}",
                groups.join(", "),
                IncidentEvent::KINDS.join(", ")
            ),
        })
    };
    told.map_or(Ok(Vec::new()), |told| told.split(',').map(str::trim).map(check).collect())
}

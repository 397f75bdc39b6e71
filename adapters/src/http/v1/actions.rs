//! What somebody should ask about, and what was promised for afterwards.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::ids::IncidentId;
use scribe_domain::scope::Scope;
use scribe_projections::actions::{ActionFilter, ActionList, Actions};
use scribe_projections::runner::fold_as_of;

use super::history::events_of;
use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Look, ZONE, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Moment, Param, Spec, VIEW};
use crate::http::state::Api;

const OF: Param<IncidentId> = Param::parsed("incident", "Only this incident's.");
const DUE_BY: Param<Moment> =
    Param::moment("due_by", "Only what is due for a check-back, or promised, by this moment.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/actions", "actions", "audit")
        .about("What somebody should ask about, and what was promised for afterwards.")
        .query(&OF)
        .query(&DUE_BY)
        .queries(look_params())
        .answers(Answer::view::<ActionList>(VIEW))
        .by(&[Scope::Read], get(actions))
}

async fn actions(api: Api, look: Look, query: Query) -> Result<Response, Problem> {
    let filter =
        ActionFilter { incident: query.get(&OF)?, due_by: query.moment(&DUE_BY, query.get(&ZONE)?)? };
    let asked_at = look.asked_at(api.app.now());
    if let Some(incident) = &filter.incident {
        let events = events_of(&api, incident, look.as_of).await?;
        let position = events.last().map(|last| last.position).unwrap_or_default();
        let due = fold_as_of::<Actions>(&events, &look.as_of).due(&filter, asked_at);
        return Ok(positioned(look.show(&due), position));
    }
    let actions = api.ask(ViewAt::<Actions>::at(look.as_of)).await?;
    let due = actions.view.due(&filter, asked_at);
    Ok(positioned(look.show(&due), actions.position))
}

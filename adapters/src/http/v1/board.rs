//! The board: incidents as they stand.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_domain::values::Tier;
use scribe_projections::current::{Board, BoardView, ListFilter, ListState};

use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Param, Spec, VIEW};
use crate::http::state::Api;

const STATE: Param<ListState> = Param::word("state", "Whether they go on; `open` unless told.");
const TIER: Param<Tier> = Param::parsed("tier", "Only those of this tier.");
const DRILLS: Param<bool> = Param::flag("drills", "Exercises too.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/incidents", "list", "incidents")
        .about("The board: incidents as they stand.")
        .query(&STATE)
        .query(&TIER)
        .query(&DRILLS)
        .queries(look_params())
        .answers(Answer::view::<BoardView>(VIEW))
        .by(&[Scope::Read], get(board))
}

async fn board(api: Api, look: Look, query: Query) -> Result<Response, Problem> {
    let filter = ListFilter {
        state: query.get(&STATE)?.unwrap_or_default(),
        tier: query.get(&TIER)?,
        drills: query.get(&DRILLS)?.unwrap_or_default(),
    };
    let board = api.ask(ViewAt::<Board>::at(look.as_of)).await?;
    let view = board.view.list(&filter, look.asked_at(api.app.now()));
    Ok(positioned(look.show(&view), board.position))
}

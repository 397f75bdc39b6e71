//! Whether deploys are held: asked before a deploy.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::names::Name;
use scribe_domain::scope::Scope;
use scribe_projections::holds::{HoldCheck, Holds};

use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Param, Spec, VIEW};
use crate::http::state::Api;

const SCOPE: Param<Name> = Param::parsed("scope", "Only holds that cover this; any hold unless told.");

const DRILLS: Param<bool> = Param::flag("drills", "Whether what exercises hold counts too.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/holds", "holds", "audit")
        .about("Whether deploys are held: ask before a deploy.")
        .query(&SCOPE)
        .query(&DRILLS)
        .queries(look_params())
        .answers(Answer::view::<HoldCheck>(VIEW))
        .by(&[Scope::Read], get(holds))
}

async fn holds(api: Api, look: Look, query: Query) -> Result<Response, Problem> {
    let scope = query.get(&SCOPE)?;
    let drills = query.get(&DRILLS)?.unwrap_or_default();
    let holds = api.ask(ViewAt::<Holds>::at(look.as_of)).await?;
    let check = holds.view.check(scope.as_ref(), drills, look.asked_at(api.app.now()));
    Ok(positioned(look.show(&check), holds.position))
}

//! What an audience was told: the status page of a tier.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_domain::values::Tier;
use scribe_projections::status_page::{StatusPage, StatusPages};

use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Address;
use crate::http::spec::{Answer, Param, Spec, VIEW};
use crate::http::state::Api;

const TIER: Param<Tier> = Param::parsed("tier", "Whom the page is for.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/status-pages/{tier}", "status-page", "pages")
        .about("What an audience was told: the status page of a tier.")
        .part(&TIER)
        .queries(look_params())
        .answers(Answer::view::<StatusPage>(VIEW))
        .by(&[Scope::Read], get(status_page))
}

async fn status_page(api: Api, look: Look, address: Address) -> Result<Response, Problem> {
    let tier = address.get(&TIER)?;
    let pages = api.ask(ViewAt::<StatusPages>::at(look.as_of)).await?;
    let page = pages.view.page(tier, look.asked_at(api.app.now()));
    Ok(positioned(look.show(&page), pages.position))
}

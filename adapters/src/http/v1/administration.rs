//! Who administered what, by which settings the server ran, and who looked at private incidents.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_projections::access::{AccessView, ActList, ReadList, SettingsView};
use scribe_projections::document::View;

use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec, VIEW};
use crate::http::state::Api;

pub(super) fn operations() -> [Operation; 3] {
    let look = |path: &str, id: &str| Spec::get(path, id, "doors").queries(look_params());
    [
        look("/v1/acts", "acts")
            .about("Who administered what: tokens, settings, the directory of people.")
            .answers(Answer::view::<ActList>(VIEW))
            .by(&[Scope::Audit], get(acts)),
        look("/v1/reads", "reads")
            .about("Who looked at private incidents.")
            .answers(Answer::view::<ReadList>(VIEW))
            .by(&[Scope::Audit], get(reads)),
        look("/v1/settings", "settings")
            .about("The settings by which this server runs, or ran.")
            .answers(Answer::view::<SettingsView>(VIEW))
            .by(&[Scope::Audit], get(settings)),
    ]
}

async fn acts(api: Api, asked: Look, _: Query) -> Result<Response, Problem> {
    show(&api, &asked, AccessView::acts).await
}

async fn reads(api: Api, asked: Look, _: Query) -> Result<Response, Problem> {
    show(&api, &asked, AccessView::reads).await
}

async fn settings(api: Api, asked: Look, _: Query) -> Result<Response, Problem> {
    show(&api, &asked, AccessView::settings).await
}

async fn show<V: View>(api: &Api, asked: &Look, of: fn(&AccessView) -> V) -> Result<Response, Problem> {
    let access = api.ask(ViewAt::<AccessView>::at(asked.as_of)).await?;
    Ok(positioned(asked.show(&of(&access.view)), access.position))
}

//! The views themselves: how they stand, and building one anew.

use axum::Json;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use schemars::json_schema;
use scribe_domain::scope::Scope;

use crate::app::gate::deeds::RebuildView;
use crate::app::gate::questions::ViewReports;
use crate::app::{ViewList, ViewReport};
use crate::http::answer::{Look, form_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Pace, Param, Spec, VIEW};
use crate::http::state::Api;
use crate::views::list::NAMES;

const NAME: Param<String> =
    Param::with("view", "The view's name.", name, |_| json_schema!({ "type": "string", "enum": NAMES }));

/// How the views stand: there is no other moment to ask about than now.
pub(super) fn operations() -> [Operation; 2] {
    let list = Spec::get("/v1/views", "views", "server")
        .about("How the views of the whole record stand.")
        .queries(form_params())
        .answers(Answer::view::<ViewList>(VIEW))
        .pace(Pace::Bulk)
        .by(&[Scope::Read], get(views));
    let rebuild = Spec::post("/v1/views/{view}/rebuild", "rebuild-view", "server")
        .about(
            "Builds a view from nothing beside the one that serves, and switches if every event can be read.",
        )
        .part(&NAME)
        .answers(Answer::json::<ViewReport>("How it stands; ask again for how it ends."))
        .by(&[Scope::Admin], post(rebuild));
    [list, rebuild]
}

/// A program that is not a server has built none yet, and so builds them to tell.
async fn views(api: Api, look: Look, _: Query) -> Result<Response, Problem> {
    if !api.app.is_warm() && api.app.building().is_none() {
        // What keeps them from being built is what there is to tell.
        let _ = api.app.warm().await;
    }
    let list = api.ask(ViewReports).await?;
    Ok(positioned(look.show(&list), list.head))
}

/// Answers at once, and tells how far it is when asked again.
async fn rebuild(api: Api, address: Address, _: Query) -> Result<Response, Problem> {
    let view = address.get(&NAME)?;
    let report = api.tell(RebuildView { view: &view }).await?;
    let report = report.ok_or(Problem::Broken)?;
    Ok(Json(report).into_response())
}

fn name(name: &str) -> Result<String, String> {
    let no_such_view = || format!("there is no view {:?}", name.chars().take(80).collect::<String>());
    NAMES.contains(&name).then(|| name.to_owned()).ok_or_else(no_such_view)
}

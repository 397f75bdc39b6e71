//! The views themselves: how they stand, and building one anew.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Api;
use super::format::{LOOK, Look, positioned};
use super::problem::Problem;
use super::query::{Address, Query};
use super::spec::Param;

/// In which form; there is no other moment to ask about than now.
pub(super) const FORM: &[Param] = LOOK.split_at(4).0;

/// `GET /v1/views`. A program that is not a server has built none yet, and so builds them to tell.
pub(super) async fn views(State(api): State<Api>, look: Look, _: Query) -> Result<Response, Problem> {
    if !api.app.is_warm() && api.app.building().is_none() {
        // What keeps them from being built is what there is to tell.
        let _ = api.app.warm().await;
    }
    let list = api.app.view_list().await?;
    Ok(positioned(look.show(&list), list.head))
}

/// `POST /v1/views/{view}/rebuild`: answers at once, and tells how far it is when asked again.
pub(super) async fn rebuild(State(api): State<Api>, address: Address, _: Query) -> Result<Response, Problem> {
    let name: String = address.read("view")?;
    let report = api.app.rebuild(&name).ok_or_else(|| Problem::Address {
        name: "view",
        what: format!("there is no view {:?}", name.chars().take(80).collect::<String>()),
        hint: "list the views with GET /v1/views",
    })?;
    Ok(Json(report).into_response())
}

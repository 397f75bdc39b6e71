//! Sessions: who signed in, and ending them.

use axum::response::Response;
use axum::routing::{get, post};
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use scribe_projections::access::{AccessView, SessionList};

use super::tokens::{ToEnd, speaker};
use crate::app::gate::questions::Look as ViewAt;
use crate::app::gate::sessions::EndSession;
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Body, Param, Spec, VIEW, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;

const SESSION: Param<Label> = Param::label("session", "The session's id.");

pub(super) fn operations() -> [Operation; 2] {
    [
        Spec::get("/v1/sessions", "sessions", "doors")
            .about("Who signed in to the pages, by what, and until when.")
            .queries(look_params())
            .answers(Answer::view::<SessionList>(VIEW))
            .by(&[Scope::Audit], get(sessions)),
        Spec::post("/v1/sessions/{session}/end", "end-session", "doors")
            .about("Ends a session, whoever's it is.")
            .part(&SESSION)
            .body(Body::Json(schema_of::<ToEnd>))
            .answers(Answer::json::<Ended>("It is over."))
            .by(&[Scope::Admin], post(end)),
    ]
}

/// A session that is over.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Ended {
    /// Its id.
    session: Label,
}

async fn sessions(api: Api, asked: Look, _: Query) -> Result<Response, Problem> {
    let access = api.ask(ViewAt::<AccessView>::at(asked.as_of)).await?;
    Ok(positioned(asked.show(&access.view.sessions()), access.position))
}

async fn end(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<axum::Json<Ended>, Problem> {
    let ToEnd { actor, why } = json::object(&body)?;
    let (actor, session) = (speaker(&api, actor)?, address.get(&SESSION)?);
    api.tell(EndSession { actor, session: session.clone(), why }).await?;
    Ok(axum::Json(Ended { session }))
}

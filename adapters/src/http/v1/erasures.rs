//! Erasing a person from the whole record.

use axum::Json;
use axum::routing::post;
use scribe_domain::actor::Person;
use scribe_domain::scope::Scope;
use scribe_domain::text::Text;
use serde::Deserialize;

use super::tokens::speaker;
use crate::app::gate::erasing::{ErasePerson, PersonErasure};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Pace, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;
use crate::http::wire::submission::ActorFields;

/// A person to erase.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToErase {
    /// Who does it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Whom, by their name.
    name: Person,
    /// Whether only that name is looked for, and not the others that the directory of people has for them.
    #[serde(default)]
    only_this_name: bool,
    /// Why; it is kept for ever with each erasure, and must not name them.
    why: Text,
    /// Whether only to say what would be erased, as it is unless told otherwise: it cannot be undone.
    #[serde(default = "yes")]
    dry_run: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn operation() -> Operation {
    Spec::post("/v1/erasures/people", "erase-person", "record")
        .about(
            "Erases the words of every event that names a person, or says which; and what cannot be erased.",
        )
        .body(Body::Json(schema_of::<ToErase>))
        .pace(Pace::Bulk)
        .answers(Answer::json::<PersonErasure>("What was erased, or would be, and what stays."))
        .by(&[Scope::Redact], post(erase))
}

async fn erase(api: Api, _: Query, Payload(body): Payload) -> Result<Json<PersonErasure>, Problem> {
    let ToErase { actor, name, only_this_name, why, dry_run } = json::object(&body)?;
    let actor = speaker(&api, actor)?;
    Ok(Json(api.tell(ErasePerson { actor, name, only_this_name, why, dry_run }).await?))
}

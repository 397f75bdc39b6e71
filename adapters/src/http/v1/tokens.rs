//! Tokens: who was given which, and making and revoking them; and who a caller is.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::ids::IncidentId;
use scribe_domain::scope::Scope;
use scribe_domain::text::{Label, Text};
use serde::Deserialize;

use crate::app::gate::system::{
    CreateToken, ListTokens, NewToken, RevokeToken, RotateToken, TokenFields, TokenList, Whoami,
};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Body, Param, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;
use crate::http::wire::submission::{ActorFields, checked};

const TOKEN: Param<Label> = Param::label("token", "The token's id.");

/// A token to make.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToCreate {
    /// Who makes it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// What to call it.
    name: Label,
    /// Whose it is: they speak with it, and nobody else.
    owner: Who,
    /// What it lets through.
    scopes: Vec<Scope>,
    /// Until when it counts; for ever if that is left out.
    #[serde(default)]
    expires: Option<DateTime<Utc>>,
    /// For these incidents only.
    #[serde(default)]
    incidents: Vec<IncidentId>,
    /// For deliveries of these tools only.
    #[serde(default)]
    sources: Vec<Label>,
}

/// What is to end: a token that is revoked or rotated, a session.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToEnd {
    /// Who does it; whose token is shown, unless told.
    #[serde(default)]
    pub(super) actor: Option<ActorFields>,
    /// Why; not of a token that is rotated.
    #[serde(default)]
    pub(super) why: Option<Text>,
}

pub(super) fn operations() -> [Operation; 5] {
    let new = || Answer::json::<NewToken>("The token, with its secret: it is shown this once.");
    [
        Spec::get("/v1/me", "whoami", "doors")
            .about("Who the caller is known to be, and what they may.")
            .answers(Answer::json::<Whoami>("Who, how that is known, and their scopes."))
            .by(Scope::GIVEN, get(whoami)),
        Spec::get("/v1/tokens", "tokens", "doors")
            .about("Every token, without its secret.")
            .answers(Answer::json::<TokenList>("The tokens, the newest first."))
            .by(&[Scope::Admin], get(tokens)),
        Spec::post("/v1/tokens", "create-token", "doors")
            .about("Makes a token for somebody.")
            .body(Body::Json(schema_of::<ToCreate>))
            .answers(new())
            .by(&[Scope::Admin], post(create)),
        Spec::post("/v1/tokens/{token}/revoke", "revoke-token", "doors")
            .about("Makes a token count no longer.")
            .part(&TOKEN)
            .body(Body::Json(schema_of::<ToEnd>))
            .answers(Answer::json::<TokenList>("The tokens, as they stand then."))
            .by(&[Scope::Admin], post(revoke)),
        Spec::post("/v1/tokens/{token}/rotate", "rotate-token", "doors")
            .about("Makes another secret for the same rights; the old one counts no longer.")
            .part(&TOKEN)
            .body(Body::Json(schema_of::<ToEnd>))
            .answers(new())
            .by(&[Scope::Admin], post(rotate)),
    ]
}

async fn whoami(api: Api, _: Query) -> Result<Json<Whoami>, Problem> {
    api.caller().whoami().map(Json).map_err(Problem::NotAllowed)
}

async fn tokens(api: Api, _: Query) -> Result<Json<TokenList>, Problem> {
    Ok(Json(api.ask(ListTokens).await?))
}

async fn create(api: Api, _: Query, Payload(body): Payload) -> Result<Response, Problem> {
    let ToCreate { actor, name, owner, scopes, expires, incidents, sources } = json::object(&body)?;
    let fields = TokenFields { name, owner, scopes, expires, incidents, sources };
    let actor = speaker(&api, actor)?;
    let made = api.tell(CreateToken { actor, fields }).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

async fn revoke(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<TokenList>, Problem> {
    let ToEnd { actor, why } = json::object(&body)?;
    let actor = speaker(&api, actor)?;
    api.tell(RevokeToken { actor, token: address.get(&TOKEN)?, why }).await?;
    Ok(Json(api.ask(ListTokens).await?))
}

async fn rotate(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<NewToken>, Problem> {
    let ToEnd { actor, why } = json::object(&body)?;
    if why.is_some() {
        return Err(Problem::field("why", "is only said of a token that is revoked"));
    }
    let actor = speaker(&api, actor)?;
    Ok(Json(api.tell(RotateToken { actor, token: address.get(&TOKEN)? }).await?))
}

/// Who does it: whoever the caller is known to be, or else whom they say.
pub(super) fn speaker(api: &Api, told: Option<ActorFields>) -> Result<Actor, Problem> {
    let known = api.caller().rights.who();
    match (told, known) {
        (Some(told), _) => administrator(told, known),
        (None, Some(who)) => administrator(ActorFields::of(who), known),
        (None, None) => Err(Problem::Field {
            path: "actor".into(),
            what: "is missing".into(),
            hint: "say who does it: \"actor\": {\"who\": \"Zac Bentley\"}".into(),
        }),
    }
}

/// Whoever administers is named; whose account it is, is for what is told of incidents.
fn administrator(told: ActorFields, known: Option<&Who>) -> Result<Actor, Problem> {
    match checked(told, known)? {
        (actor, None) => Ok(actor),
        (_, Some(_)) => Err(Problem::field(
            "actor.on_behalf_of",
            "is an account, and here a person is named by their name",
        )),
    }
}

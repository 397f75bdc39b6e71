//! Time stamps: somebody else's word on when the record was as it was.

use axum::Json;
use axum::routing::{get, post};
use scribe_domain::scope::Scope;
use serde::Deserialize;

use super::tokens::speaker;
use crate::app::gate::time_stamps as gate;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Pace, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;
use crate::http::wire::submission::ActorFields;
use crate::time_stamping::fetch::TsaAddress;
use crate::time_stamping::kept::{KeptStamp, StampList};
use crate::time_stamping::verify::Authorities;

/// What is to be stamped, and by whom.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToStamp {
    /// Who has it done; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Where the authority is asked; that of the settings, unless told.
    #[serde(default)]
    tsa: Option<String>,
    /// The certificate of whoever vouches for it, in PEM: what others signed is not recorded.
    #[serde(default)]
    ca: Option<String>,
}

pub(super) fn operations() -> [Operation; 2] {
    [
        Spec::get("/v1/ledger/stamps", "time-stamps", "ledger")
            .about("Every time stamp in the record (RFC 3161), with what it is to be checked against.")
            .pace(Pace::Bulk)
            .answers(Answer::json::<StampList>("The stamps, the first one first."))
            .by(&[Scope::Audit], get(stamps)),
        Spec::post("/v1/ledger/stamps", "stamp", "ledger")
            .about("Has an authority sign the record as it stands, and records what it signed.")
            .body(Body::Json(schema_of::<ToStamp>))
            .pace(Pace::Bulk)
            .answers(Answer::json::<KeptStamp>("The stamp, as it is kept."))
            .by(&[Scope::Admin], post(stamp)),
    ]
}

async fn stamps(api: Api, _: Query) -> Result<Json<StampList>, Problem> {
    Ok(Json(api.ask(gate::Stamps).await?))
}

async fn stamp(api: Api, _: Query, Payload(body): Payload) -> Result<Json<KeptStamp>, Problem> {
    let ToStamp { actor, tsa, ca } = json::object(&body)?;
    let actor = speaker(&api, actor)?;
    let address = tsa.map(|tsa| tsa.parse::<TsaAddress>()).transpose();
    let address = address.map_err(|error| Problem::field("tsa", error))?;
    let authorities = ca.map(|ca| Authorities::read(ca.as_bytes())).transpose();
    let authorities = authorities.map_err(|error| Problem::field("ca", error.to_string()))?;
    Ok(Json(api.tell(gate::Stamp { actor, address, authorities }).await?))
}

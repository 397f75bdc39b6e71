//! Signing in a program that has no browser: it asks for a code, and then whether somebody has let it in.

use axum::routing::post;
use axum::{Extension, Json};
use scribe_domain::event_store::StoreError;
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use serde::{Deserialize, Serialize};

use crate::app::gate::system::{NewToken, TokenOfOnesOwn};
use crate::auth::code::spaced;
use crate::auth::secret::Secret;
use crate::http::devices::{LONGEST, Standing};
use crate::http::operation::Operation;
use crate::http::peer::Peer;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;

/// How often whoever waits may ask, in seconds.
const INTERVAL: u64 = 2;

/// A program that wants to be let in.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToWait {
    /// What people are to know it by: the machine's name.
    name: Label,
}

/// What it is told, by the names that RFC 8628 has for it.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeviceCode {
    /// By which it asks again; for nobody else.
    pub device_code: String,
    /// What somebody types on the page.
    pub user_code: String,
    /// The page, from its slash on.
    pub verification_path: String,
    /// For how many seconds the code counts.
    pub expires_in: u64,
    /// How many seconds lie between two questions.
    pub interval: u64,
}

/// A program that waits.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Waits {
    /// By which it asks.
    device_code: String,
}

/// How it stands.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeviceState {
    /// Nobody has said anything yet.
    Waiting,
    /// Somebody said no.
    Declined,
    /// Somebody let it in; the token is shown this once.
    Allowed(NewToken),
    /// The code counts no longer.
    Over,
}

pub(super) fn operations() -> [Operation; 2] {
    [
        Spec::post("/v1/device", "device", "doors")
            .about("Begins to sign in a program that has no browser: somebody types the code on the page.")
            .body(Body::Json(schema_of::<ToWait>))
            .answers(Answer::json::<DeviceCode>("The codes."))
            .by(&[Scope::Anybody], post(begin)),
        Spec::post("/v1/device/token", "device-token", "doors")
            .about("Whether somebody has let it in; the token, once they have.")
            .body(Body::Json(schema_of::<Waits>))
            .answers(Answer::json::<DeviceState>("How it stands."))
            .by(&[Scope::Anybody], post(ask)),
    ]
}

async fn begin(
    api: Api,
    peer: Option<Extension<Peer>>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<DeviceCode>, Problem> {
    let ToWait { name } = json::object(&body)?;
    let peer = peer.map(|Extension(peer)| peer);
    let from = peer.and_then(Peer::address);
    let from = from.map_or_else(|| "this machine".to_owned(), |address| address.to_string());
    let begun = api.devices.begin(name, from, peer.and_then(Peer::counted_as));
    let begun = begun.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let user_code = spaced(&begun.typed);
    Ok(Json(DeviceCode {
        device_code: begun.code.shown(),
        verification_path: format!("/device?code={user_code}"),
        user_code,
        expires_in: LONGEST.as_secs(),
        interval: INTERVAL,
    }))
}

async fn ask(api: Api, _: Query, Payload(body): Payload) -> Result<Json<DeviceState>, Problem> {
    let Waits { device_code } = json::object(&body)?;
    let Ok(code) = device_code.parse::<Secret>() else { return Ok(Json(DeviceState::Over)) };
    Ok(Json(match api.devices.standing(&code) {
        Standing::Waiting => DeviceState::Waiting,
        Standing::Declined => DeviceState::Declined,
        Standing::Over => DeviceState::Over,
        Standing::Allowed(caller, name) => {
            DeviceState::Allowed(api.app.tell(&caller, TokenOfOnesOwn { name }).await?)
        }
    }))
}

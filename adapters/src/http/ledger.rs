//! The ledger: checkpoints, tiles and proofs. Everything here can be checked without believing the server.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use scribe_domain::ids::{EventId, Position};
use scribe_projections::ledger::bundle::TilePath;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::verdict::Verdict;

use super::Api;
use super::problem::Problem;
use super::query::{Address, Query};
use super::spec::{Form, Param};
use crate::app::Measure;
use crate::ledger::{Keys, proofs};

/// Which event a proof is of.
pub(super) const PROOF: &[Param] = &[
    Param { name: "event", about: "The event's id.", form: Form::Text },
    Param { name: "position", about: "Its position instead, which is found at once.", form: Form::Number },
];

/// Between which sizes.
pub(super) const CONSISTENCY: &[Param] = &[
    Param { name: "from", about: "The size of the older tree.", form: Form::Number },
    Param { name: "to", about: "The size of the newer tree.", form: Form::Number },
];

/// By what the record is measured besides itself.
pub(super) const VERIFY: &[Param] = &[
    Param {
        name: "key",
        about: "Public keys to believe instead of those that sign for the record, with blanks between them.",
        form: Form::Text,
    },
    Param { name: "checkpoint", about: "A signed checkpoint that was kept elsewhere.", form: Form::Text },
];

/// `GET /v1/ledger/checkpoint`.
pub(super) async fn checkpoint(State(api): State<Api>, _: Query) -> Result<Response, Problem> {
    let note = api.app.ledger().checkpoint(api.app.store()).await?;
    Ok(served("text/plain; charset=utf-8", "no-cache", note))
}

/// `GET /v1/ledger/key`.
pub(super) async fn keys(State(api): State<Api>, _: Query) -> Result<Json<Keys>, Problem> {
    Ok(Json(api.app.ledger().keys(api.app.store()).await?))
}

/// `POST /v1/ledger/key`.
pub(super) async fn change_key(State(api): State<Api>, _: Query) -> Result<Response, Problem> {
    let note = api.app.ledger().change_key(api.app.store()).await?;
    Ok(served("text/plain; charset=utf-8", "no-store", note))
}

/// `GET /v1/ledger/tile/…`: full or partial, a tile never changes under its address.
pub(super) async fn tile(State(api): State<Api>, address: Address, _: Query) -> Result<Response, Problem> {
    let path: TilePath = address.read("tile")?;
    let tile = proofs::tile(api.app.store(), path).await?;
    let missing = || Problem::NotInRecord { what: format!("the tree has no tile {path} yet") };
    let tile = tile.ok_or_else(missing)?;
    Ok(served("application/octet-stream", "public, max-age=31536000, immutable", tile))
}

/// `GET /v1/ledger/proof`.
pub(super) async fn proof(State(api): State<Api>, query: Query) -> Result<Response, Problem> {
    let store = api.app.store();
    let position = match (query.read::<EventId>("event")?, query.read::<u64>("position")?) {
        (Some(event), None) => proofs::find(store, event).await?,
        (None, Some(position)) => Position(position),
        _ => return Err(Problem::query("event", "name one event, by its id or its position")),
    };
    let file = api.app.ledger().prove(store, position).await?;
    Ok(served("text/plain; charset=utf-8", "no-cache", file.to_string()))
}

/// `GET /v1/ledger/consistency`.
pub(super) async fn consistency(State(api): State<Api>, query: Query) -> Result<Json<Growth>, Problem> {
    let size = |name| query.read::<u64>(name)?.ok_or_else(|| Problem::query(name, "is missing"));
    let (old_size, new_size) = (size("from")?, size("to")?);
    let hashes = proofs::consistency(api.app.store(), old_size, new_size).await?;
    Ok(Json(Growth { old_size, new_size, hashes }))
}

/// `GET /v1/ledger/verify`.
pub(super) async fn verify(State(api): State<Api>, query: Query) -> Result<Json<Verdict>, Problem> {
    let named = query.text("key").unwrap_or_default().split_whitespace().map(str::parse::<VerifierKey>);
    let named: Vec<VerifierKey> =
        named.collect::<Result<_, _>>().map_err(|error| Problem::query("key", error.to_string()))?;
    let checkpoint = match query.text("checkpoint") {
        None => None,
        Some(note) => {
            let keys = match &named[..] {
                [] => api.app.ledger().keys(api.app.store()).await?.believed(),
                keys => api.app.ledger().related(api.app.store(), keys).await?,
            };
            let opened = Checkpoint::open(note, &keys);
            Some(opened.map_err(|error| Problem::query("checkpoint", error.to_string()))?)
        }
    };
    Ok(Json(api.app.verify(Measure { named, own: None, checkpoint }).await?))
}

fn served(kind: &'static str, caching: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

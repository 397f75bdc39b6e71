//! The ledger: checkpoints, tiles and proofs. Everything here can be checked without believing the server.

use axum::Json;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use axum::routing::{get, post};
use schemars::json_schema;
use scribe_domain::ids::{EventId, Position};
use scribe_domain::scope::Scope;
use scribe_projections::ledger::bundle::TilePath;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::verdict::Verdict;

use crate::app::Measure;
use crate::app::gate::deeds::ChangeKey;
use crate::app::gate::ledger as gate;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Pace, Param, Spec};
use crate::http::state::Api;
use crate::ledger::Keys;

const TILE: Param<TilePath> = Param::with(
    "tile",
    "Which tile: its level and number, or `entries` and its number, and how wide it is if it is not full.",
    |path| path.parse::<TilePath>().map_err(|error| error.to_string()),
    |_| json_schema!({ "type": "string", "examples": ["0/000", "entries/000.p/17"] }),
);
const EVENT: Param<EventId> = Param::parsed("event", "The event's id.");
const POSITION: Param<u64> = Param::number("position", "Its position instead, which is found at once.");
const FROM: Param<u64> = Param::number("from", "The size of the older tree.");
const TO: Param<u64> = Param::number("to", "The size of the newer tree.");
const KEY: Param<String> = Param::text(
    "key",
    "Public keys to believe instead of those that sign for the record, with blanks between them.",
);
const CHECKPOINT: Param<String> = Param::text("checkpoint", "A signed checkpoint that was kept elsewhere.");

pub(super) fn operations() -> Vec<Operation> {
    let text = |about| Answer::Other { about, media_type: "text/plain" };
    vec![
        Spec::get("/v1/ledger/checkpoint", "checkpoint", "ledger")
            .about("The record in one signed number (C2SP tlog-checkpoint); made if the record has grown.")
            .answers(text("The signed note."))
            .by(&[Scope::Read], get(checkpoint)),
        Spec::get("/v1/ledger/key", "ledger-key", "ledger")
            .about("The public keys by which checkpoints are verified.")
            .answers(Answer::json::<Keys>("The keys."))
            .by(&[Scope::Read], get(keys)),
        Spec::post("/v1/ledger/key", "change-key", "ledger")
            .about("Signs with a new key from here on; both keys sign that.")
            .answers(text("The checkpoint that says so."))
            .by(&[Scope::Admin], post(change_key)),
        Spec::get("/v1/ledger/tile/{tile}", "tile", "ledger")
            .about(
                "A tile of the tree, or a bundle of entries (C2SP tlog-tiles): `0/000`, `entries/000.p/17`.",
            )
            .part(&TILE)
            .answers(Answer::Other {
                about: "Hashes, or entries with their lengths.",
                media_type: "application/octet-stream",
            })
            .by(&[Scope::Read], get(tile)),
        Spec::get("/v1/ledger/proof", "proof", "ledger")
            .about(
                "The proof that one event is in the record, with the event, as one file (C2SP tlog-proof).",
            )
            .query(&EVENT)
            .query(&POSITION)
            .pace(Pace::Bulk)
            .answers(text("The file."))
            .by(&[Scope::Read], get(proof)),
        Spec::get("/v1/ledger/consistency", "consistency", "ledger")
            .about("The proof that the record of one size is that of another, grown (RFC 6962).")
            .query(&FROM)
            .query(&TO)
            .answers(Answer::json::<Growth>("The proof."))
            .by(&[Scope::Read], get(consistency)),
        Spec::get("/v1/ledger/verify", "verify", "ledger")
            .about("Reads the whole record again and says whether it holds, and if not, where it stops.")
            .query(&KEY)
            .query(&CHECKPOINT)
            .pace(Pace::Bulk)
            .answers(Answer::json::<Verdict>("What was found."))
            .by(&[Scope::Audit], get(verify)),
    ]
}

async fn checkpoint(api: Api, _: Query) -> Result<Response, Problem> {
    let note = api.ask(gate::Checkpoint).await?;
    Ok(served("text/plain; charset=utf-8", "no-cache", note))
}

async fn keys(api: Api, _: Query) -> Result<Json<Keys>, Problem> {
    Ok(Json(api.ask(gate::PublicKeys).await?))
}

async fn change_key(api: Api, _: Query) -> Result<Response, Problem> {
    let note = api.tell(ChangeKey).await?;
    Ok(served("text/plain; charset=utf-8", "no-store", note))
}

/// Full or partial, a tile never changes under its address. It is for whoever may ask, so a cache that others use must
/// not keep it.
async fn tile(api: Api, address: Address, _: Query) -> Result<Response, Problem> {
    let path = address.get(&TILE)?;
    let tile = api.ask(gate::Tile(path)).await?;
    let missing = || Problem::NotInRecord { what: format!("the tree has no tile {path} yet") };
    let tile = tile.ok_or_else(missing)?;
    Ok(served("application/octet-stream", "private, max-age=31536000, immutable", tile))
}

async fn proof(api: Api, query: Query) -> Result<Response, Problem> {
    let proof = match (query.get(&EVENT)?, query.get(&POSITION)?) {
        (Some(event), None) => gate::Proof::Of(event),
        (None, Some(position)) => gate::Proof::At(Position(position)),
        _ => return Err(Problem::query("event", "name one event, by its id or its position")),
    };
    let file = api.ask(proof).await?;
    Ok(served("text/plain; charset=utf-8", "no-cache", file.to_string()))
}

async fn consistency(api: Api, query: Query) -> Result<Json<Growth>, Problem> {
    let size = |param: &Param<u64>| query.get(param)?.ok_or_else(|| Problem::query(param.name, "is missing"));
    Ok(Json(api.ask(gate::Consistency { from: size(&FROM)?, to: size(&TO)? }).await?))
}

async fn verify(api: Api, query: Query) -> Result<Json<Verdict>, Problem> {
    let key = query.get(&KEY)?.unwrap_or_default();
    let named = key.split_whitespace().map(str::parse::<VerifierKey>);
    let named: Vec<VerifierKey> =
        named.collect::<Result<_, _>>().map_err(|error| Problem::query("key", error.to_string()))?;
    let checkpoint = match query.get(&CHECKPOINT)? {
        None => None,
        Some(note) => {
            let keys = match &named[..] {
                [] => api.ask(gate::PublicKeys).await?.believed(),
                keys => api.ask(gate::RelatedKeys(keys)).await?,
            };
            let opened = Checkpoint::open(&note, &keys);
            Some(opened.map_err(|error| Problem::query("checkpoint", error.to_string()))?)
        }
    };
    Ok(Json(api.ask(gate::Verify(Measure { named, own: None, checkpoint })).await?))
}

fn served(kind: &'static str, caching: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

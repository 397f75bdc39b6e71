//! The record itself: taking it out and putting it back.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::Position;
use scribe_domain::scope::Scope;

use scribe_projections::ledger::checkpoint::Checkpoint as SignedHead;
use scribe_projections::ledger::note::Note;

use crate::app::gate::deeds::Restore;
use crate::app::gate::ledger::Checkpoint;
use crate::app::gate::questions::{Head, KeptEvents};
use crate::app::gate::rights::GateError;
use crate::http::answer::{negotiate, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body as Reads, Format, Pace, Param, Spec};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json::utf8;
use crate::transfer::{Export, RestoreReport};

const SIGNED: Param<bool> = Param::flag(
    "signed",
    "Whether to end with a checkpoint, signed here, by which another record may go on.",
);

/// The most events read at once.
const BATCH: usize = 500;

pub(super) fn operations() -> [Operation; 2] {
    let exported = Spec::get("/v1/record", "export", "record")
        .about("The whole record, byte for byte: one line an event.")
        .query(&SIGNED)
        .answers(Answer::Lines { about: "The export." })
        .pace(Pace::Bulk)
        .by(&[Scope::Audit], get(export));
    let restored = Spec::post("/v1/record", "restore", "record")
        .about("Takes an export over, into an empty record, or one that it continues and whose signer has signed for it.")
        .body(Reads::Lines("An export."))
        .pace(Pace::Bulk)
        .answers(Answer::json::<RestoreReport>("What was added."))
        .by(&[Scope::Admin], post(restored));
    [exported, restored]
}

/// Every event to the end of the record as it stands now, one a line, byte for byte; the
/// last line tells how many there are, and the ledger's root.
async fn export(api: Api, query: Query, headers: HeaderMap) -> Result<Response, Problem> {
    // Whatever is asked for, it is lines: they may be said to be text.
    let format = negotiate(None, &headers, &[Format::Lines, Format::Text]).unwrap_or(Format::Lines);
    // Whoever may not have it all is told so before anything is sent.
    api.ask(KeptEvents { after: Position(0), limit: 1 }).await?;
    let place = Arc::clone(&api.feeds).try_acquire_owned().map_err(|_| Problem::Overloaded)?;
    // Made first, so that it is of the very events that follow.
    let checkpoint = match query.get(&SIGNED)? {
        Some(true) => Some(api.ask(Checkpoint).await?),
        _ => None,
    };
    let signed = checkpoint.as_deref().and_then(head_of);
    let head = match signed {
        Some(signed) => signed,
        None => api.ask(Head).await?,
    };
    let state = Some((api.clone(), Position(0), Export::default(), place, checkpoint));
    let lines = futures::stream::unfold(state, move |state| async move {
        let (api, after, mut export, place, checkpoint) = state?;
        if after >= head {
            return Some((Ok(Bytes::from(export.end(checkpoint.as_deref()))), None));
        }
        let chunk = async {
            let batch = api.ask(KeptEvents { after, limit: BATCH }).await?;
            let missing = || StoreError::Damaged(format!("nothing stands after position {after}"));
            let last = batch.last().ok_or_else(missing)?.position;
            let until_head = batch.iter().take_while(|kept| kept.position <= head);
            let lines = until_head.map(|kept| export.line(kept)).collect::<Result<String, _>>()?;
            Ok::<_, GateError<StoreError>>((lines, last))
        };
        match chunk.await {
            Ok((lines, last)) => Some((Ok(Bytes::from(lines)), Some((api, last, export, place, checkpoint)))),
            // The reader sees that it was cut off: the body ends without its end.
            Err(error) => {
                tracing::error!(%error, "an export was cut off");
                Some((Err(error), None))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(CONTENT_TYPE, format.content_type());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(positioned(response, head))
}

/// How many events a checkpoint is of, as their last position.
fn head_of(note: &str) -> Option<Position> {
    let note = Note::parse(note).ok()?;
    SignedHead::parse(note.text()).ok().map(|checkpoint| Position(checkpoint.head.size))
}

async fn restored(api: Api, _: Query, Payload(body): Payload) -> Result<Json<RestoreReport>, Problem> {
    Ok(Json(api.tell(Restore { export: utf8(&body)? }).await?))
}

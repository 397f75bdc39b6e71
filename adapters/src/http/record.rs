//! The record itself: taking it out, putting it back, and adding what happened elsewhere.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::Position;

use super::Api;
use super::body::Payload;
use super::format::positioned;
use super::problem::Problem;
use super::query::Query;
use super::spec::{Form, Param};
use super::wire::utf8;
use crate::transfer::{Export, ImportReport, RestoreReport, TransferError, import, restore};

/// The most events read at once.
const BATCH: usize = 500;

/// An import's parameter.
pub(super) const IMPORT: &[Param] =
    &[Param { name: "dry_run", about: "Whether to only say what would be done.", form: Form::Flag }];

/// `GET /v1/record`: every event to the end of the record as it stands now, one a line, byte for byte; the
/// last line tells how many there are, and the ledger's root.
pub(super) async fn export(State(api): State<Api>, _: Query) -> Result<Response, Problem> {
    let place = Arc::clone(&api.feeds).try_acquire_owned().map_err(|_| Problem::Overloaded)?;
    let head = api.app.store().head().await?;
    let state = Some((api.app.clone(), Position(0), Export::default(), place));
    let lines = futures::stream::unfold(state, move |state| async move {
        let (app, after, mut export, place) = state?;
        if after >= head {
            return Some((Ok(Bytes::from(export.end())), None));
        }
        let chunk = async {
            let batch = app.store().read_kept(after, BATCH).await?;
            let missing = || StoreError::Damaged(format!("nothing stands after position {after}"));
            let last = batch.last().ok_or_else(missing)?.position;
            let until_head = batch.iter().take_while(|kept| kept.position <= head);
            let lines = until_head.map(|kept| export.line(kept)).collect::<Result<String, _>>()?;
            Ok::<_, StoreError>((lines, last))
        };
        match chunk.await {
            Ok((lines, last)) => Some((Ok(Bytes::from(lines)), Some((app, last, export, place)))),
            // The reader sees that it was cut off: the body ends without its end.
            Err(error) => {
                tracing::error!(%error, "an export was cut off");
                Some((Err(error), None))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(positioned(response, head))
}

/// `POST /v1/record`: takes an export over, into an empty record or one that it continues.
pub(super) async fn restored(
    State(api): State<Api>,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<RestoreReport>, Problem> {
    Ok(Json(restore(api.app.store(), utf8(&body)?).await?))
}

/// `POST /v1/imports`: adds told events, all or nothing per incident.
pub(super) async fn imported(
    State(api): State<Api>,
    query: Query,
    Payload(body): Payload,
) -> Result<Json<ImportReport>, Problem> {
    let dry_run = query.flag("dry_run").unwrap_or_default();
    Ok(Json(import(api.app.store(), utf8(&body)?, dry_run, api.app.now()).await?))
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        let repeat =
            || "put it right and send the whole file again: what was taken over is not added twice".into();
        match error {
            TransferError::Line { line, message } => Self::Line { line, what: message, hint: repeat() },
            TransferError::Refused { first, message, .. } => {
                Self::Line { line: first, what: message, hint: repeat() }
            }
            TransferError::Differs { line, position } => Self::OtherRecord { line, position },
            TransferError::Contended { .. } => Self::Contended,
            TransferError::Store(error) => Self::Store(error),
        }
    }
}

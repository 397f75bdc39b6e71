//! What became of a request. Whoever got no answer asks here, and need not tell anything twice.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::CommandId;
use scribe_domain::scope::Scope;

use crate::app::gate::questions::ReceiptOf;
use crate::http::answer::{etag, tagged};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Param, Spec};
use crate::http::state::Api;

const KEY: Param<String> =
    Param::text("key", "The request's Idempotency-Key, or the command id of its events.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/receipts/{key}", "receipt", "commands")
        .about("What became of a request, by its Idempotency-Key or the command id of its events.")
        .part(&KEY)
        .answers(Answer::json::<Receipt>("The receipt."))
        .by(&[Scope::Read], get(receipt))
}

async fn receipt(api: Api, address: Address, _: Query) -> Result<Response, Problem> {
    let key = address.get(&KEY)?;
    let receipt = api.ask(ReceiptOf(CommandId::from_key(&key))).await?;
    let missing = || Problem::NoReceipt { key: key.chars().take(200).collect() };
    let receipt = receipt.ok_or_else(missing)?;
    Ok(tagged(axum::Json(&receipt).into_response(), etag(receipt.revision), receipt.position))
}

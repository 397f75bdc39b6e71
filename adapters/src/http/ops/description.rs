//! The API's description, as it is served.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use schemars::json_schema;
use scribe_domain::scope::Scope;

use crate::http::operation::Operation;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec};
use crate::http::state::Api;

pub(super) fn operation() -> Operation {
    let schema = |_: &mut schemars::SchemaGenerator| json_schema!({ "type": "object" });
    Spec::get("/openapi.json", "openapi", "server")
        .about("This document.")
        .answers(Answer::Json { about: "The document.", schema })
        .by(&[Scope::Anybody], get(description))
}

async fn description(api: Api, _: Query) -> Response {
    let mut response = api.map.document().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

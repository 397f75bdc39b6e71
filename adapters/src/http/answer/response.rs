//! Answers, and what their headers tell.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use scribe_domain::ids::{Position, Revision};

use crate::http::spec::Format;

/// The header that tells up to where the record was seen.
const POSITION: HeaderName = HeaderName::from_static("scribe-position");

/// A page for people.
pub(crate) fn page(page: String) -> Response {
    formed(Format::Html, page)
}

/// An answer in this form.
pub(crate) fn formed(format: Format, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, format.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A revision as an entity tag.
pub(crate) fn etag(revision: Revision) -> HeaderValue {
    // Digits in quotes are always a header's value.
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Adds what an answer about one incident tells of it.
pub(crate) fn tagged(mut response: Response, revision: Revision, position: Position) -> Response {
    response.headers_mut().insert(ETAG, etag(revision));
    positioned(response, position)
}

/// Adds up to where the record was seen.
pub(crate) fn positioned(mut response: Response, position: Position) -> Response {
    response.headers_mut().insert(POSITION, HeaderValue::from(position.0));
    response
}

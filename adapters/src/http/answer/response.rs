//! Answers, and what their headers tell.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http_body_util::BodyExt as _;
use scribe_domain::ids::{Position, Revision};
use scribe_domain::values::Digest;

use crate::http::problem::Problem;
use crate::http::spec::Format;

/// The header that tells up to where the record was seen.
const POSITION: HeaderName = HeaderName::from_static("scribe-position");

/// A page for people.
pub(crate) fn page(page: String) -> Response {
    formed(Format::Html, page)
}

/// An answer in this form. What somebody sees is theirs: no cache that others use keeps it.
pub(crate) fn formed(format: Format, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, format.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// JSON with one more member at its beginning, if it is an object; the member's value is JSON itself.
pub(super) fn with_member(json: Vec<u8>, name: &str, value: &str) -> Vec<u8> {
    let Some(members) = json.strip_prefix(b"{") else { return json };
    let comma = if members == b"}" { "" } else { "," };
    [format!("{{\"{name}\":{value}{comma}").as_bytes(), members].concat()
}

/// A revision as an entity tag.
pub(crate) fn etag(revision: Revision) -> HeaderValue {
    // Digits in quotes are always a header's value.
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// A look at an incident with its entity tag, or word that nothing has changed for a caller who has seen these tags.
/// The tag is of the very bytes: what tells ages changes while nothing happens, and the same incident reads otherwise
/// in each form.
pub(crate) fn validated(
    response: Response,
    revision: Revision,
    position: Position,
    seen: Option<&str>,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let Some(Ok(whole)) = body.collect().now_or_never() else {
        tracing::error!("an answer about one incident is not at hand as a whole");
        return Problem::Broken.into_response();
    };
    let bytes = whole.to_bytes();
    let tag = etag_of(revision, &bytes);
    if seen.is_some_and(|seen| is_among(seen, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_TYPE);
        return tagged(Response::from_parts(parts, Body::empty()), tag, position);
    }
    tagged(Response::from_parts(parts, Body::from(bytes)), tag, position)
}

/// Whether this entity tag is one of those. Weak and strong tags count alike when reading (RFC 9110 §13.1.2).
fn is_among(tags: &str, tag: &HeaderValue) -> bool {
    let same = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one).as_bytes() == tag.as_bytes();
    tags.split(',').any(|one| same(one.trim()))
}

/// The entity tag of a body about an incident at this revision: the revision, which a request may insist on, and a
/// digest of the bytes.
fn etag_of(revision: Revision, body: &[u8]) -> HeaderValue {
    let digest = Digest::of(body).to_string();
    let short = digest.trim_start_matches("sha256:").get(..16).unwrap_or_default();
    // Digits and letters in quotes are always a header's value.
    HeaderValue::from_str(&format!("\"{revision}-{short}\"")).unwrap_or_else(|_| etag(revision))
}

/// Adds what an answer about one incident tells of it.
pub(crate) fn tagged(mut response: Response, tag: HeaderValue, position: Position) -> Response {
    response.headers_mut().insert(ETAG, tag);
    positioned(response, position)
}

/// Adds up to where the record was seen.
pub(crate) fn positioned(mut response: Response, position: Position) -> Response {
    response.headers_mut().insert(POSITION, HeaderValue::from(position.0));
    response
}

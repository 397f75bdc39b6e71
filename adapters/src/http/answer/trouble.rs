//! A problem as a page, for whoever looks with a browser.

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;
use scribe_projections::document;

use crate::http::problem::ProblemDetails;
use crate::http::spec::Format;

/// Whether whoever asks looks at pages: a browser that goes to an address, or sends a page's form, says so.
pub(crate) fn is_a_browser(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// The same answer as a page, if it tells a problem: what is wrong, and what to do.
pub(crate) fn as_a_page(mut answer: Response) -> Response {
    let Some(details) = answer.extensions_mut().remove::<ProblemDetails>() else { return answer };
    let is_unknown = answer.status() == StatusCode::UNAUTHORIZED;
    let body = html! {
        p { (details.detail) "." }
        @if !details.hint.is_empty() { p { "What to do: " (details.hint) "." } }
        p {
            @if is_unknown { a.button href="/sign-in" { "Sign in" } } @else { a.button href="/" { "To the first page" } }
        }
        p.dim { "Status " (details.status) ", code " code { (details.code) } }
    };
    let page = document::frame(&details.title, &html! {}, &body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, Format::Html.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.remove(CONTENT_LENGTH);
    *answer.body_mut() = Body::from(page);
    answer
}

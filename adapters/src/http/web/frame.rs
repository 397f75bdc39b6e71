//! What stands around every page: a bar to move about by, and who is signed in.

use axum::response::Response;
use maud::{Markup, html};
use scribe_domain::scope::Scope;
use scribe_projections::document;

use crate::app::gate::caller::Caller;
use crate::http::answer;

/// A page with a bar, for whoever looks at it.
pub(super) fn framed(title: &str, caller: &Caller, body: &Markup) -> Response {
    answer::page(document::frame(title, &bar(caller), body))
}

/// The bar of whoever looks.
pub(super) fn bar(caller: &Caller) -> Markup {
    let Some(who) = caller.rights.who() else { return html! {} };
    let may = |scope| caller.rights.must_have(&[scope]).is_ok();
    html! {
        nav.bar aria-label="Pages" {
            @if may(Scope::Read) { a href="/" { "Incidents" } }
            @if may(Scope::Read) && may(Scope::Approve) { a href="/approvals" { "Approvals" } }
            a href="/account" { (who) }
            form method="post" action="/sign-out" { button { "Sign out" } }
        }
    }
}

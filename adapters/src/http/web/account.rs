//! Who one is here, and where one is signed in.

use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use scribe_projections::document::Style;
use scribe_projections::document::time::moment;

use super::fields::Fields;
use super::frame::framed;
use super::{speaker, style};
use crate::app::gate::sessions::{EndOwnSession, OwnSession, OwnSessions};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Written;

/// Which session is to end.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "says what the form holds")]
struct EndForm {
    /// Its id.
    session: String,
}

pub(super) fn operations() -> [Operation; 2] {
    [
        Spec::get("/account", "account", "pages")
            .about("Who one is here, and where one is signed in.")
            .answers(Answer::Other { about: "The page.", media_type: "text/html" })
            .by(Scope::GIVEN, get(show)),
        Spec::post("/account/end-session", "end-own-session", "pages")
            .about("Ends a session of one's own.")
            .body(Body::Form(schema_of::<EndForm>))
            .answers(Answer::Elsewhere { about: "It is over." })
            .by(Scope::GIVEN, post(end)),
    ]
}

async fn show(api: Api, _: Query) -> Result<Response, Problem> {
    let caller = api.caller();
    let known = caller.whoami().map_err(Problem::NotAllowed)?;
    let sessions = api.ask(OwnSessions { caller: caller.clone() }).await?;
    let style = style(&api);
    let scopes: Vec<&str> = known.scopes.iter().map(|scope| scope.as_str()).collect();
    let body = html! {
        dl {
            dt { "You are" }
            dd { @match &known.who { Some(who) => (who), None => "nobody in particular: no one is asked who they are here yet" } }
            @if let Some(identity) = &known.identity { dt { "Known by" } dd { code { (identity) } } }
            dt { "You may" } dd { (scopes.join(", ")) }
        }
        @if !sessions.is_empty() {
            h2 { "Where you are signed in" }
            p.dim { "times in " (style.zone) }
            @for session in &sessions { (one(session, &style)) }
        }
    };
    Ok(framed("Your account", caller, &body))
}

fn one(session: &OwnSession, style: &Style) -> Markup {
    let at = |at: DateTime<Utc>| moment(at, style);
    html! {
        form method="post" action="/account/end-session" {
            p {
                @if session.is_this_one { strong { "Here" } ", since " } @else { "Since " }
                (at(session.began)) ", by " code { (session.by) }
                @if let Some(used) = session.last_used { ", used last " (at(used)) }
                ", until " (at(session.until)) " at most. "
                input type="hidden" name="session" value=(session.session);
                button { "Sign out there" }
            }
        }
    }
}

async fn end(api: Api, _: Query, body: Written) -> Result<Response, Problem> {
    let fields = Fields::read(&body, &["session"])?;
    let session: Label = fields.parse("session")?;
    let actor = speaker(&api)?;
    api.tell(EndOwnSession { actor, session }).await?;
    Ok(Redirect::to("/account").into_response())
}

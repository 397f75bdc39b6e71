//! Letting in a program that has no browser.

use std::time::Instant;

use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use scribe_domain::actor::Who;
use scribe_domain::scope::Scope;

use super::fields::Fields;
use super::frame::framed;
use super::speaker;
use crate::auth::code::{plain, spaced};
use crate::http::devices::Waiting;
use crate::http::entrance::too_many;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Param, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Written;

const CODE: Param<String> = Param::text("code", "The code that the program shows.");

/// What somebody says to a program that waits.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "says what the form holds")]
struct DeviceForm {
    /// The code that it shows.
    code: String,
    /// `allow` or `decline`.
    say: String,
}

pub(super) fn operations() -> [Operation; 2] {
    let page = Answer::Other { about: "The page.", media_type: "text/html" };
    [
        Spec::get("/device", "device-page", "pages")
            .about("The page on which somebody lets in a program that has no browser.")
            .query(&CODE)
            .answers(page)
            .by(Scope::GIVEN, get(show)),
        Spec::post("/device", "allow-device", "pages")
            .about("Lets it in, or not.")
            .body(Body::Form(schema_of::<DeviceForm>))
            .answers(page)
            .by(Scope::GIVEN, post(say)),
    ]
}

async fn show(api: Api, query: Query) -> Result<Response, Problem> {
    let code = query.get(&CODE)?;
    let body = match code.as_deref() {
        None => asking_for_a_code(),
        Some(code) => {
            // Nobody lets anything in who is not known themselves.
            let who = speaker(&api)?.who;
            let waiting = api.devices.look(code).ok_or_else(no_such_code)?;
            letting_in(&who, code, &waiting)
        }
    };
    Ok(framed("Let a program in", api.caller(), &body))
}

fn asking_for_a_code() -> Markup {
    html! {
        form method="get" action="/device" {
            p {
                label for="code" { "The code that it shows" }
                input #code name="code" required autocomplete="off" spellcheck="false" placeholder="BCDF-GHJK" autofocus;
            }
            button.first { "Go on" }
        }
    }
}

fn letting_in(who: &Who, code: &str, waiting: &Waiting) -> Markup {
    html! {
        p { "A program asks to speak as " strong { (who) } "." }
        // Whatever it calls itself, it does not say in a sentence of ours.
        dl {
            dt { "It calls itself" } dd { (waiting.name) }
            dt { "It asks from" } dd { (waiting.from) }
            dt { "It shows the code" } dd { code { (spaced(&plain(code))) } }
        }
        p { "Only if you have just asked for it yourself, and it shows this very code: it gets a token of yours for 90 days, that may all that you may." }
        form method="post" action="/device" {
            input type="hidden" name="code" value=(code);
            button.first name="say" value="allow" { "Let it in" }
            button name="say" value="decline" { "Decline" }
        }
    }
}

async fn say(api: Api, _: Query, body: Written) -> Result<Response, Problem> {
    let fields = Fields::read(&body, &["code", "say"])?;
    let code: String = fields.parse("code")?;
    let who = speaker(&api)?.who;
    let (allowed, said) = match fields.get("say") {
        Some("allow") => {
            let turn = api.sign_ins.take(&who.to_string(), Instant::now());
            turn.map_err(|wait| too_many(wait, "/device"))?;
            (Some(api.caller().clone()), "It is let in, and goes on by itself. You may close this page.")
        }
        Some("decline") => (None, "It is not let in."),
        _ => return Err(Problem::field("say", "is neither allow nor decline")),
    };
    if !api.devices.answer(&code, allowed) {
        return Err(no_such_code());
    }
    Ok(framed("Let a program in", api.caller(), &html! { p { (said) } }))
}

fn no_such_code() -> Problem {
    Problem::Query {
        name: "code".into(),
        what: "no program waits by this code".into(),
        hint: "look at what it shows; a code counts for ten minutes, and once".into(),
    }
}

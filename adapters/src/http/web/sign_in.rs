//! Signing in and out: with a token, or with an identity provider.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use form_urlencoded::Serializer;
use maud::html;
use scribe_domain::event_store::StoreError;
use scribe_domain::identity::Identity;
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;

use super::fields::{Fields, place};
use super::frame::framed;
use super::speaker;
use crate::app::NoSignIn;
use crate::app::gate::sessions::{EndOwnSession, Proven, SignIn};
use crate::auth::oidc::journey::{self, Journey};
use crate::auth::oidc::{Provider, Trouble};
use crate::auth::secret::Secret;
use crate::http::cookies::{Cookie, Jar};
use crate::http::entrance::{Entrance, too_many};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Param, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Written;

const NEXT: Param<String> =
    Param::text("next", "Where to go afterwards: an address of this server's, from its slash on.");

/// How somebody signs in with a token.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "says what the form holds")]
struct TokenForm {
    /// The token's secret.
    token: String,
    /// Where to go afterwards.
    next: Option<String>,
}

pub(super) fn operations() -> [Operation; 5] {
    let page = Answer::Other { about: "The page.", media_type: "text/html" };
    let elsewhere = |about| Answer::Elsewhere { about };
    [
        Spec::get("/sign-in", "sign-in-page", "pages")
            .about("The page on which people sign in.")
            .query(&NEXT)
            .answers(page)
            .by(&[Scope::Anybody], get(show)),
        Spec::post("/sign-in", "sign-in", "pages")
            .about("Signs in with a token: begins a session, whose cookie the answer sets.")
            .body(Body::Form(schema_of::<TokenForm>))
            .answers(elsewhere("Signed in; on to where the form said."))
            .by(&[Scope::Anybody], axum::routing::post(with_token)),
        Spec::post("/sign-out", "sign-out", "pages")
            .about("Ends the session that the cookie is of.")
            .body(Body::Form(schema_of::<NoFields>))
            .answers(elsewhere("Signed out."))
            .by(&[Scope::Anybody], axum::routing::post(sign_out)),
        Spec::get("/sign-in/provider", "sign-in-provider", "pages")
            .about("Sends a browser to the identity provider.")
            .query(&NEXT)
            .answers(elsewhere("To the provider."))
            .by(&[Scope::Anybody], get(to_provider)),
        Spec::get("/sign-in/back", "sign-in-back", "pages")
            .about("Where the identity provider sends a browser back to.")
            .answers(elsewhere("Signed in; on to where it was wanted."))
            .by(&[Scope::Anybody], get(back)),
    ]
}

/// A form of one button.
#[derive(schemars::JsonSchema)]
struct NoFields {}

type Door = Option<Extension<Arc<Entrance>>>;

fn jar(door: &Door) -> Jar {
    Jar::of(door.as_ref().map(|Extension(entrance)| &**entrance))
}

async fn show(api: Api, query: Query) -> Result<Response, Problem> {
    let next = query.get(&NEXT)?;
    let next = place(next.as_deref());
    let provider = api.provider();
    let to_provider: String = Serializer::new(String::new()).append_pair("next", next).finish();
    let body = html! {
        @if let Some(who) = api.caller().rights.who() { p { "You are signed in as " strong { (who) } "." } }
        @if let Some(provider) = provider {
            p { a.button href={ "/sign-in/provider?" (to_provider) } { "Sign in with " (provider.label()) } }
            h2 { "Or with a token" }
        }
        form method="post" action="/sign-in" {
            input type="hidden" name="next" value=(next);
            p {
                label for="token" { "Your token" }
                input #token type="password" name="token" required autocomplete="off" spellcheck="false"
                    placeholder="scribe_…" autofocus[provider.is_none()];
            }
            button.first { "Sign in" }
        }
        p.dim { "Whoever runs this server makes tokens, with " code { "scribe token create" } "." }
    };
    let mut page = framed("Sign in", api.caller(), &body);
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(page)
}

async fn with_token(
    api: Api,
    door: Door,
    headers: HeaderMap,
    _: Query,
    body: Written,
) -> Result<Response, Problem> {
    let fields = Fields::read(&body, &["token", "next"])?;
    let secret: Secret = fields.parse("token")?;
    let proven = api.app.prove_by_token(&secret).await?.map_err(|no| match no {
        NoSignIn::BadToken(bad) => Problem::BadToken(bad),
        no => Problem::NoSignIn(no),
    })?;
    begin(&api, jar(&door), &headers, proven, place(fields.get("next"))).await
}

/// Begins a session, in place of the one that there was.
async fn begin(
    api: &Api,
    jar: Jar,
    headers: &HeaderMap,
    proven: Proven,
    next: &str,
) -> Result<Response, Problem> {
    let turn = api.sign_ins.take(proven.who().as_str(), Instant::now());
    turn.map_err(|wait| too_many(wait, "/sign-in"))?;
    let before = jar.session(headers);
    let begun = api.tell(SignIn { proven, before }).await?;
    tracing::info!(session = %begun.session, "somebody signed in");
    let long = begun.until - api.app.now();
    let cookie = jar.keep(Cookie::Session, &begun.secret.shown(), long);
    Ok(with_cookie(Redirect::to(next).into_response(), cookie))
}

async fn sign_out(
    api: Api,
    door: Door,
    headers: HeaderMap,
    _: Query,
    body: Written,
) -> Result<Response, Problem> {
    Fields::read(&body, &[])?;
    let jar = jar(&door);
    if let Some(session) = own_session(&api, jar, &headers) {
        let actor = speaker(&api)?;
        api.tell(EndOwnSession { actor, session }).await?;
    }
    Ok(with_cookie(Redirect::to("/sign-in").into_response(), jar.forget(Cookie::Session)))
}

/// The session that a request was let in by.
fn own_session(api: &Api, jar: Jar, headers: &HeaderMap) -> Option<Label> {
    let is_by_session = matches!(api.caller().rights.identity(), Some(Identity::Session(..)));
    jar.session(headers).filter(|_| is_by_session).map(|secret| secret.id())
}

async fn to_provider(api: Api, door: Door, headers: HeaderMap, query: Query) -> Result<Response, Problem> {
    let provider = provider(&api)?;
    let next = query.get(&NEXT)?;
    let begun = Journey::begin(place(next.as_deref()));
    let journey = begun.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let jar = jar(&door);
    let there = provider.way_there(&journey, &way_back(jar, &headers)?).await.map_err(Problem::Provider)?;
    let cookie = jar.keep(Cookie::OnTheWay, &journey.cookie(), journey::LONGEST);
    Ok(with_cookie(Redirect::to(&there).into_response(), cookie))
}

async fn back(
    api: Api,
    door: Door,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let provider = provider(&api)?;
    let jar = jar(&door);
    let journey = jar.read(&headers, Cookie::OnTheWay).and_then(Journey::read);
    let journey = journey.ok_or(Problem::Provider(Trouble::NotBegun))?;
    let back = way_back(jar, &headers)?;
    let query = query.unwrap_or_default();
    let subject =
        provider.arrived(&journey, &back, &query, api.app.now()).await.map_err(Problem::Provider)?;
    let proven = api.app.prove_by_provider(&subject).await?.map_err(Problem::NoSignIn)?;
    let begun = begin(&api, jar, &headers, proven, place(Some(&journey.next))).await?;
    Ok(with_cookie(begun, jar.forget(Cookie::OnTheWay)))
}

fn provider(api: &Api) -> Result<&Provider, Problem> {
    api.provider().ok_or(Problem::Provider(Trouble::NoProvider))
}

/// The address of this server that the provider sends a browser back to: under the name that it was asked by, which the door has
/// looked at.
fn way_back(jar: Jar, headers: &HeaderMap) -> Result<String, Problem> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or(Problem::Header {
        name: "host",
        what: "is missing".into(),
        hint: "say under which name this server is asked",
    })?;
    Ok(format!("{}://{host}/sign-in/back", jar.scheme()))
}

/// Has a browser keep one more cookie, or forget one. That nobody keeps the answer, the door says of every one like it.
fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|line| (SET_COOKIE, line)));
    response
}

//! Who asks: the caller of every request, before anything looks at what is asked.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use form_urlencoded::Serializer;
use scribe_domain::scope::Scope;

use super::answer::is_a_browser;
use super::cookies::Jar;
use super::door::is_own_page;
use super::entrance::{Entrance, too_many};
use super::peer::Peer;
use super::problem::{Problem, ProblemCode};
use super::spec::Spec;
use super::state::Api;
use crate::app::BadToken;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::rights::{NotAllowed, Rights};
use crate::auth::secret::Secret;

/// Says whose request it is, and lets nobody on who has none of the operation's scopes. The gate looks at rights again,
/// at what exactly is asked.
pub(super) async fn authenticate(
    State((api, spec)): State<(Api, Arc<Spec>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let jar = Jar::of(request.extensions().get::<Arc<Entrance>>().map(|entrance| &**entrance));
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let asked = Asked { headers: request.headers(), jar, peer, writes };
    let known = caller(&api, &spec, &asked).await.and_then(|caller| {
        caller.rights.must_have(spec.scopes).map_err(Problem::NotAllowed)?;
        if let Rights::Granted(grant) = &caller.rights {
            let taken = api.tokens.take(&grant.identity.to_string(), Instant::now());
            taken.map_err(|wait| too_many(wait, request.uri().path()))?;
        }
        Ok(caller)
    });
    let problem = match known {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            let path = request.uri().path().to_owned();
            let answer = next.run(request).await;
            // What is shown in a form is looked at by whoever reads the form.
            let is_a_failure =
                answer.extensions().get().is_some_and(|ProblemCode(code)| SHOWN_IN_VAIN.contains(code));
            let wait = if is_a_failure { api.slowed(peer) } else { None };
            return match wait {
                Some(wait) => too_many(wait, &path).into_response(),
                None => answer,
            };
        }
        Err(problem) => problem,
    };
    let is_unknown = matches!(
        problem,
        Problem::NotAllowed(NotAllowed::Unknown) | Problem::BadToken(_) | Problem::BadSession(_)
    );
    if is_unknown && let Some(wait) = api.slowed(peer) {
        return too_many(wait, request.uri().path()).into_response();
    }
    if is_unknown || matches!(problem, Problem::NotAllowed(_) | Problem::NoSignIn(_)) {
        // No more often than it is answered, so that nobody fills the log.
        tracing::warn!(operation = %spec.id, ?peer, why = %problem.detail(), "a caller was not let in");
    }
    if matches!(problem, Problem::NotAllowed(NotAllowed::Unknown) | Problem::BadSession(_))
        && *request.method() == Method::GET
        && is_a_browser(request.headers())
    {
        return to_sign_in(&request);
    }
    problem.into_response()
}

/// Codes of what was shown in a form, and lets nobody in.
const SHOWN_IN_VAIN: [&str; 3] = ["bad_token", "no_sign_in", "sign_in_failed"];

/// Who asks. In this order: whoever has the record in this process, a token, a session, a proxy's user, the account at the other end of a
/// socket file; and else everybody as long as nobody is asked.
async fn caller(api: &Api, spec: &Spec, asked: &Asked<'_>) -> Result<Caller, Problem> {
    if let Some(owner) = &api.owner {
        return Ok(owner.clone());
    }
    let known = |rights| Ok(Caller::with(rights, Edge::Http));
    if let Some(secret) = shown(asked.headers)? {
        return known(api.app.rights_of(&secret).await?.map_err(Problem::BadToken)?);
    }
    let mut bad = None;
    if let Some(secret) = asked.jar.session(asked.headers) {
        match api.app.rights_of_session(&secret).await? {
            // A browser sends its cookies along whoever's page sends the request.
            Ok(_) if asked.writes && !is_own_page(asked.headers) => return Err(Problem::CrossOrigin),
            Ok(rights) => return known(rights),
            Err(why) => bad = Some(Problem::BadSession(why)),
        }
    }
    if let Some(rights) = by_proxy(api, asked).await? {
        return known(rights);
    }
    if let Some(account) = asked.peer.and_then(Peer::owner_of_this_program) {
        // Whoever runs as the account that the record's folder belongs to has the record in their hands.
        return known(Rights::Everything { account: Some(account) });
    }
    // Of what anybody may know it need not be looked up whether there are tokens.
    let is_for_anybody = spec.scopes.contains(&Scope::Anybody);
    if !is_for_anybody && !api.app.asks_who().await? {
        return known(Rights::Everything { account: None });
    }
    match bad {
        Some(bad) if !is_for_anybody => Err(bad),
        _ => known(Rights::Nobody),
    }
}

/// What the user of a proxy may; nothing where none is named, or by nobody who is trusted to.
async fn by_proxy(api: &Api, asked: &Asked<'_>) -> Result<Option<Rights>, Problem> {
    let Some(proxy) = &api.app.config().sign_in.proxy else { return Ok(None) };
    let Some(user) = one(asked.headers, &proxy.user)? else { return Ok(None) };
    let is_trusted = asked.peer.and_then(Peer::address).is_some_and(|address| proxy.is_trusted(address));
    if !is_trusted {
        tracing::warn!(peer = ?asked.peer, header = %proxy.user, "somebody who is not the proxy named a user");
        return Ok(None);
    }
    let told =
        |header: &Option<HeaderName>| header.as_ref().map_or(Ok(None), |header| one(asked.headers, header));
    let (name, groups) = (told(&proxy.name)?, told(&proxy.groups)?);
    let groups: Vec<&str> = groups.unwrap_or_default().split(',').map(str::trim).collect();
    let rights = api.app.rights_by_proxy(user, name, &groups).await?;
    rights.map(Some).map_err(Problem::NoSignIn)
}

/// The one value of a header; nothing where it is missing or empty.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut all = headers.get_all(name).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let bad = |what: &str| Problem::Header {
        name: "proxy",
        what: format!("{name}: {what}"),
        hint: "the proxy must send it once, in place of whatever it was sent itself",
    };
    if all.next().is_some() {
        return Err(bad("stands there twice"));
    }
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| bad("is not UTF-8"))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}

/// What is known of a request before it is looked at.
struct Asked<'a> {
    headers: &'a HeaderMap,
    jar: Jar,
    peer: Option<Peer>,
    /// Whether it may change something.
    writes: bool,
}

/// Sends a browser to sign in, and back afterwards.
fn to_sign_in(request: &Request) -> Response {
    let next = request.uri().path_and_query().map_or("/", |there| there.as_str());
    let query: String = Serializer::new(String::new()).append_pair("next", next).finish();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}

/// The secret that a request shows, if it shows one.
fn shown(headers: &HeaderMap) -> Result<Option<Secret>, Problem> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = all.next() else { return Ok(None) };
    let bad = |what: &str| Err(Problem::BadToken(BadToken::Other(format!("Authorization: {what}"))));
    if all.next().is_some() {
        return bad("stands there twice");
    }
    let told = header.to_str().unwrap_or_default();
    let Some((scheme, secret)) = told.split_once(' ') else { return bad("is not `Bearer` and a token") };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return bad("is not `Bearer` and a token");
    }
    match secret.trim().parse() {
        Ok(secret) => Ok(Some(secret)),
        Err(error) => bad(&format!("what follows `Bearer` {error}")),
    }
}

#[cfg(test)]
mod tests;

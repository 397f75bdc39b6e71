//! Who asks: the caller of every request, before anything looks at what is asked.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use scribe_domain::scope::Scope;

use super::entrance::too_many;
use super::peer::Peer;
use super::problem::Problem;
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
    let known = caller(&api, &spec, request.headers(), peer).await.and_then(|caller| {
        caller.rights.must_have(spec.scopes).map_err(Problem::NotAllowed)?;
        if let Rights::Granted(grant) = &caller.rights {
            let taken = api.tokens.take(&grant.identity.to_string(), Instant::now());
            taken.map_err(|wait| too_many(wait, request.uri().path()))?;
        }
        Ok(caller)
    });
    match known {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => {
            let is_unknown =
                matches!(problem, Problem::NotAllowed(NotAllowed::Unknown) | Problem::BadToken(_));
            // Whoever tries is slowed; this machine's own are not counted.
            let address = peer.filter(|_| is_unknown).and_then(Peer::counted_as);
            let slowed = address.and_then(|address| api.failures.take(&address, Instant::now()).err());
            if let Some(wait) = slowed {
                return too_many(wait, request.uri().path()).into_response();
            }
            if matches!(problem, Problem::NotAllowed(_) | Problem::BadToken(_)) {
                // No more often than it is answered, so that nobody fills the log.
                tracing::warn!(operation = %spec.id, ?peer, why = %problem.detail(), "a caller was not let in");
            }
            problem.into_response()
        }
    }
}

async fn caller(api: &Api, spec: &Spec, headers: &HeaderMap, peer: Option<Peer>) -> Result<Caller, Problem> {
    if let Some(owner) = &api.owner {
        return Ok(owner.clone());
    }
    if let Some(secret) = shown(headers)? {
        let rights = api.app.rights_of(&secret).await?.map_err(Problem::BadToken)?;
        return Ok(Caller::with(rights, Edge::Http));
    }
    if let Some(account) = peer.and_then(Peer::owner_of_this_program) {
        // Whoever runs as the account that the record's folder belongs to has the record in their hands.
        return Ok(Caller::with(Rights::Everything { account: Some(account) }, Edge::Http));
    }
    // Of what anybody may know it need not be looked up whether there are tokens.
    let is_open = !spec.scopes.contains(&Scope::Anybody) && !api.app.asks_who().await?;
    let rights = if is_open { Rights::Everything { account: None } } else { Rights::Nobody };
    Ok(Caller::with(rights, Edge::Http))
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
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_shown_is_a_whole_token_or_said_to_be_none_and_never_repeated() {
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            shown(&headers)
        };
        let secret = Secret::draw().unwrap();
        assert_eq!(with(&[]), Ok(None));
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(with(&[&format!("{scheme} {}", secret.shown())]), Ok(Some(secret.clone())));
        }
        let half = &secret.shown()[..40];
        let bearer = format!("Bearer {half}");
        for bad in
            [&bearer, "Bearer", "Bearer ", "Basic YWRhOmh1bnRlcjI=", "hunter2", "Bearer hunter2", "\u{fc}"]
        {
            let Err(problem) = with(&[bad]) else { panic!("{bad}") };
            let said = format!("{} {problem:?}", problem.detail());
            assert!(!said.contains("hunter2") && !said.contains(half) && !said.contains("YWRh"), "{said}");
        }
        let whole = format!("Bearer {}", secret.shown());
        assert!(with(&[&whole, &whole]).is_err());
    }
}

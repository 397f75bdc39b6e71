//! What a provider says of itself (OpenID Connect Discovery 1.0), and its keys.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use super::Trouble;
use super::ask::Asker;

/// How long it is believed without asking again.
const YOUNG: Duration = Duration::from_hours(1);

/// What is known of a provider.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) userinfo_endpoint: Option<String>,
    /// Whether a program may show its secret as a login.
    pub(super) takes_basic: bool,
    /// Whether it says who it is when it sends a browser back (RFC 9207).
    pub(super) tells_who_answers: bool,
    pub(super) keys: JwkSet,
    asked: Instant,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Known {
    pub(super) fn is_young(&self) -> bool {
        self.asked.elapsed() < YOUNG
    }
}

/// Asks a provider what it is.
pub(super) async fn ask(asker: &Asker, issuer: &str) -> Result<Known, Trouble> {
    let began = Instant::now();
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let told: Metadata = asker.get(&address).await?;
    if told.issuer != issuer {
        return Err(Trouble::Odd(format!(
            "it calls itself {:?}, not {issuer:?}",
            super::shown(&told.issuer)
        )));
    }
    let endpoints = [&told.authorization_endpoint, &told.token_endpoint, &told.jwks_uri];
    for endpoint in endpoints.into_iter().chain(&told.userinfo_endpoint) {
        must_be_as_secure(issuer, endpoint)?;
    }
    let keys = asker.get(&told.jwks_uri).await?;
    let takes_basic = told
        .token_endpoint_auth_methods_supported
        .is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
    Ok(Known {
        authorization_endpoint: told.authorization_endpoint,
        token_endpoint: told.token_endpoint,
        userinfo_endpoint: told.userinfo_endpoint,
        takes_basic,
        tells_who_answers: told.authorization_response_iss_parameter_supported,
        keys,
        asked: began,
    })
}

/// A provider that is asked in secret does not send its users and secrets to an address in the clear.
fn must_be_as_secure(issuer: &str, endpoint: &str) -> Result<(), Trouble> {
    if endpoint.starts_with("https://") || (issuer.starts_with("http://") && endpoint.starts_with("http://"))
    {
        return Ok(());
    }
    Err(Trouble::Odd(format!("{:?} is not secured", super::shown(endpoint))))
}

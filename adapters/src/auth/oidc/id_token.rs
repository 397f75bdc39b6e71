//! What a provider has signed about somebody: an ID token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7).

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::{Subject, Trouble};
use crate::config::ProviderSettings;

/// How far the provider's clock may be from ours.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);
/// The most characters of a subject (OpenID Connect Core 1.0, section 2).
const SUBJECT: usize = 255;

/// What may sign one: no secret that both sides have, and never nothing at all.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What is said of somebody.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }
}

/// Why an ID token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Bad {
    #[error("the ID token is signed by a key that the provider does not show")]
    UnknownKey,
    #[error("the ID token is no token: {0}")]
    Form(String),
    #[error("the ID token's signature is not the provider's")]
    Signature,
    #[error("the ID token is signed by a means that is not taken here")]
    Algorithm,
    #[error("the ID token is another provider's")]
    Issuer,
    #[error("the ID token is for another program")]
    Audience,
    #[error(
        "the ID token is of {told}, and it is {now} here: one of the two clocks is wrong, or it came too late"
    )]
    Time { told: String, now: String },
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    #[error("the ID token names nobody")]
    Subject,
}

/// What a token says, once it is known to be the provider's, for this program, of now, and of this very sign-in.
pub(super) fn claims(
    token: &str,
    keys: &JwkSet,
    settings: &ProviderSettings,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Claims, Bad> {
    let header = decode_header(token).map_err(|error| Bad::Form(error.to_string()))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Bad::Algorithm);
    }
    let claims = verified(token, header.alg, &candidates(keys, header.kid.as_deref()))?;
    if claims.iss != settings.issuer {
        return Err(Bad::Issuer);
    }
    let audience = claims.aud.all();
    let is_for_us = audience.contains(&settings.client_id);
    let is_by_us = claims.azp.as_ref().is_none_or(|party| *party == settings.client_id);
    if !is_for_us || !is_by_us || (audience.len() > 1 && claims.azp.is_none()) {
        return Err(Bad::Audience);
    }
    let time = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let wrong = |seconds: i64| Bad::Time { told: stamp(time(seconds)), now: stamp(now) };
    if time(claims.exp) <= now - TOLERANCE {
        return Err(wrong(claims.exp));
    }
    if let Some(early) =
        [Some(claims.iat), claims.nbf].into_iter().flatten().find(|at| time(*at) > now + TOLERANCE)
    {
        return Err(wrong(early));
    }
    let is_this_one: bool =
        claims.nonce.as_deref().unwrap_or_default().as_bytes().ct_eq(nonce.as_bytes()).into();
    if !is_this_one {
        return Err(Bad::Nonce);
    }
    if claims.sub.trim().is_empty() || claims.sub.chars().count() > SUBJECT {
        return Err(Bad::Subject);
    }
    Ok(claims)
}

/// The keys that may have signed it: the one that it names, or all if it names none.
fn candidates<'a>(keys: &'a JwkSet, kid: Option<&str>) -> Vec<&'a Jwk> {
    let signs =
        |key: &&Jwk| key.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let is_named = |key: &&Jwk| kid.is_none_or(|kid| key.common.key_id.as_deref() == Some(kid));
    keys.keys.iter().filter(signs).filter(is_named).collect()
}

fn verified(token: &str, algorithm: Algorithm, keys: &[&Jwk]) -> Result<Claims, Bad> {
    let mut validation = Validation::new(algorithm);
    // Who it is from and for, and its times, are looked at below, by this program's own clock.
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let mut bad = Bad::UnknownKey;
    for key in keys {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        match decode::<Claims>(token, &key, &validation) {
            Ok(data) => return Ok(data.claims),
            Err(error) => {
                use jsonwebtoken::errors::ErrorKind as Kind;
                bad = match error.kind() {
                    Kind::InvalidSignature => Bad::Signature,
                    // A key of another kind.
                    Kind::InvalidAlgorithm => continue,
                    _ => Bad::Form(error.to_string()),
                };
            }
        }
    }
    Err(bad)
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

impl Claims {
    /// Adds what the provider told besides, if it is of the same person.
    pub(super) fn add(&mut self, more: Map<String, Value>) -> Result<(), Trouble> {
        if more.get("sub").and_then(Value::as_str) != Some(&self.sub) {
            return Err(Trouble::Odd("what it tells besides is of somebody else".into()));
        }
        // That an address is verified is said of that very address.
        let is_of_this = self.others.get("email").is_none_or(|signed| more.get("email") == Some(signed));
        for (name, value) in more.into_iter().filter(|(name, _)| is_of_this || name != "email_verified") {
            // What was signed counts.
            self.others.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// Who it is.
    pub(super) fn subject(self, settings: &ProviderSettings) -> Subject {
        let text = |name: &str| self.others.get(name).and_then(Value::as_str).map(str::to_owned);
        let is_verified = self.others.get("email_verified").and_then(Value::as_bool).unwrap_or_default();
        let groups = match self.others.get(&settings.groups) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        Subject {
            name: text(&settings.name).or_else(|| text("preferred_username")),
            mail: text("email").filter(|_| is_verified),
            groups,
            issuer: self.iss,
            subject: self.sub,
        }
    }
}

#[cfg(test)]
mod tests;

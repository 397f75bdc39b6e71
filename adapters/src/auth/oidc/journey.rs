//! What goes along in a browser's cookie, from here to the provider and back.
//!
//! It is one random secret, and where to go afterwards. The state, the nonce and PKCE's verifier are all made of that secret, each in its own
//! way, so that none tells another, and whoever comes back with a state of another browser's is found out. Nothing of it is kept
//! here: any node of a cluster can take up what another began.

use std::io;

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::chance;

/// How long somebody may take to sign in with the provider.
pub const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// A way from here to the provider and back.
#[derive(Clone)]
pub struct Journey {
    secret: [u8; 32],
    /// Where to go afterwards.
    pub next: String,
}

impl Journey {
    /// A new one, after which a browser goes there.
    pub fn begin(next: &str) -> io::Result<Self> {
        Ok(Self { secret: chance::bytes()?, next: next.to_owned() })
    }

    /// As the cookie holds it.
    pub fn cookie(&self) -> String {
        let (secret, next) =
            (BASE64URL_NOPAD.encode(&self.secret), BASE64URL_NOPAD.encode(self.next.as_bytes()));
        format!("{secret}.{next}")
    }

    /// Reads what the cookie holds; nothing if it is none of ours.
    pub fn read(cookie: &str) -> Option<Self> {
        let (secret, next) = cookie.split_once('.')?;
        let secret = BASE64URL_NOPAD.decode(secret.as_bytes()).ok()?.try_into().ok()?;
        let next = String::from_utf8(BASE64URL_NOPAD.decode(next.as_bytes()).ok()?).ok()?;
        Some(Self { secret, next })
    }

    /// Says to whoever comes back that they come from there.
    pub fn state(&self) -> String {
        self.made_for("state")
    }

    /// Stands in what the provider signs.
    pub fn nonce(&self) -> String {
        self.made_for("nonce")
    }

    /// Shows the provider that whoever asks for the tokens began it (RFC 7636).
    pub fn verifier(&self) -> String {
        self.made_for("verifier")
    }

    /// What the provider is told of the verifier beforehand.
    pub fn challenge(&self) -> String {
        BASE64URL_NOPAD.encode(&Sha256::digest(self.verifier()))
    }

    /// Whether this state is its own.
    pub fn is_of(&self, state: &str) -> bool {
        self.state().as_bytes().ct_eq(state.as_bytes()).into()
    }

    fn made_for(&self, what: &str) -> String {
        let digest = Sha256::new().chain_update(what).chain_update(self.secret).finalize();
        BASE64URL_NOPAD.encode(&digest)
    }
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_back_is_known_by_the_cookie_and_nothing_tells_another() {
        let journey = Journey::begin("/v1/runs?format=html").unwrap();
        let again = Journey::read(&journey.cookie()).unwrap();
        assert_eq!(again.next, "/v1/runs?format=html");
        assert!(again.is_of(&journey.state()));
        assert!(
            !again.is_of(&Journey::begin("/").unwrap().state())
                && !again.is_of("")
                && !again.is_of(&again.nonce())
        );
        let made = [journey.state(), journey.nonce(), journey.verifier(), journey.challenge()];
        assert!((0..4).all(|one| (0..one).all(|other| made[one] != made[other])));
        assert!(made.iter().all(|text| text.len() == 43), "PKCE asks for 43 letters at least");
        assert_eq!(format!("{journey:?}"), "Journey(..)");
        for bad in ["", ".", "abc", "abc.def", &journey.cookie()[1..], &format!("{}=", journey.cookie())] {
            assert!(Journey::read(bad).is_none(), "{bad}");
        }
    }
}

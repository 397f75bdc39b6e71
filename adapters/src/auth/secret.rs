//! The secret of a token: 256 random bits, written so that people and secret scanners know it when they see it.
//!
//! `scribe_` and 58 letters and digits: the bits and a check sum over them, in base 32. A slip is told from a secret
//! that was never given without asking the record. Since nobody can guess 256 bits, the digest by which it is
//! known again needs no slow hash.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::LazyLock;

use data_encoding::{Encoding, HEXLOWER, Specification};
use scribe_domain::text::Label;
use scribe_domain::values::Digest;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::chance;

/// How every secret begins; secret scanners look for `scribe_[a-z2-7]{58}`.
pub const PREFIX: &str = "scribe_";
/// Random bytes in it.
const RANDOM: usize = 32;
/// Bytes of the check sum.
const SUM: usize = 4;

/// Base 32 (RFC 4648), in small letters and without padding.
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut letters = Specification::new();
    letters.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    letters.encoding().unwrap_or(HEXLOWER)
});

/// The secret of a token. It is shown once, and never by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; RANDOM]);

/// Why a text is no secret of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// It looks like something else.
    #[error("is no token of scribe: one begins with {PREFIX}")]
    Other,
    /// A letter is missing or wrong.
    #[error("is not a whole token: a letter is missing or wrong")]
    Slip,
}

impl Secret {
    /// A new one.
    pub fn draw() -> io::Result<Self> {
        chance::bytes().map(Self)
    }

    /// By which it is known again.
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0).into())
    }

    /// The id of the token whose secret this is: the first twelve digits of the digest.
    ///
    /// # Panics
    ///
    /// Never: digits make a label.
    pub fn id(&self) -> Label {
        let digits = HEXLOWER.encode(&self.digest().0[..6]);
        Label::new(digits).expect("digits make a label")
    }

    /// Whether this is its digest, in the same time whatever the digest is.
    pub fn is_of(&self, digest: &Digest) -> bool {
        self.digest().0.ct_eq(&digest.0).into()
    }

    /// As it is shown to whoever is given it, and to nobody else.
    pub fn shown(&self) -> String {
        let mut bytes = self.0.to_vec();
        bytes.extend(sum(&self.0));
        format!("{PREFIX}{}", LETTERS.encode(&bytes))
    }
}

fn sum(random: &[u8; RANDOM]) -> [u8; SUM] {
    crc32fast::hash(random).to_be_bytes()
}

impl FromStr for Secret {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, BadSecret> {
        let letters = text.strip_prefix(PREFIX).ok_or(BadSecret::Other)?;
        let bytes = LETTERS.decode(letters.as_bytes()).map_err(|_| BadSecret::Slip)?;
        let (random, told) = bytes.split_at_checked(RANDOM).ok_or(BadSecret::Slip)?;
        let random: [u8; RANDOM] = random.try_into().map_err(|_| BadSecret::Slip)?;
        if told == sum(&random) { Ok(Self(random)) } else { Err(BadSecret::Slip) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_again_and_a_slip_is_found_out() {
        let secret = Secret::draw().unwrap();
        let shown = secret.shown();
        assert_eq!(shown.parse(), Ok(secret.clone()));
        assert_eq!((shown.len(), secret.id().as_str().len()), (PREFIX.len() + 58, 12));
        assert!(secret.is_of(&secret.digest()) && !secret.is_of(&Secret::draw().unwrap().digest()));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        for place in PREFIX.len()..shown.len() {
            let mut slip = shown.clone().into_bytes();
            slip[place] = if slip[place] == b'a' { b'b' } else { b'a' };
            let slip = String::from_utf8(slip).unwrap();
            assert_eq!(slip.parse::<Secret>(), Err(BadSecret::Slip), "{slip}");
        }
        for short in [&shown[..shown.len() - 1], "scribe_", &format!("{shown}a"), &shown.to_uppercase()[..0]]
        {
            assert!(short.parse::<Secret>().is_err(), "{short}");
        }
        assert_eq!("ghp_abc".parse::<Secret>(), Err(BadSecret::Other));
    }
}

//! What a request asked, in sixteen bytes.
//!
//! A key makes a request safe to send again, and says nothing of what was asked. So the record keeps this beside
//! the first event of a request: who uses the key again for something else is told so, instead of being answered
//! with the receipt of another request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::values::hexadecimal;

/// What a request asked: its incident, its command with all fields, and who asked it. Not when it happened, which
/// is the moment of each attempt unless somebody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; Fingerprint::LEN]);

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a request's fingerprint: expected 32 hexadecimal digits")]
pub struct BadFingerprint;

impl Fingerprint {
    /// How many bytes: enough that no two requests meet by chance.
    pub const LEN: usize = 16;

    /// Of a request, as bytes.
    pub fn of(asked: &[u8]) -> Self {
        let mut short = [0; Self::LEN];
        short.copy_from_slice(&Sha256::digest(asked)[..Self::LEN]);
        Self(short)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        hexadecimal(text).map(Self).ok_or(BadFingerprint)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_nothing_else_does() {
        let first = Fingerprint::of(b"resolve");
        assert_ne!(Fingerprint::of(b"reopen"), first);
        assert_eq!(first.to_string().parse(), Ok(first));
        for bad in ["", "12", &"g".repeat(32), &"é".repeat(16)] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}

//! What time-stamping authorities signed (RFC 3161): somebody else's word on when the record was as it was.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::Position;
use crate::text::{Locator, Text};
use crate::values::Digest;

/// An authority signed the digest of a checkpoint. Whether it did is seen from the token alone: the other fields are
/// what to check it against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeStamped {
    /// How many events the checkpoint covers.
    pub size: u64,
    /// Of the checkpoint's bytes: what the authority signed.
    pub digest: Digest,
    /// The checkpoint, as it was signed.
    pub checkpoint: Text,
    /// Where the authority was asked.
    pub authority: Locator,
    /// What was drawn for this request alone, so that the answer is not one to another.
    pub nonce: Nonce,
    /// The time that the authority says it was.
    pub gen_time: DateTime<Utc>,
    /// What it signed, with its signature.
    pub token: Token,
}

/// What is drawn for one request alone: 32 hexadecimal digits. As a number it is above nought, and its top bit is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(u128);

/// A token's bytes in base64: at most [`Token::LIMIT`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Token(#[schemars(length(min = 4, max = 262_144))] Box<str>);

/// Why a text is no nonce, or no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStamp {
    /// Of a nonce.
    #[error("expected 32 hexadecimal digits, the first below 8 and not all nought")]
    Nonce,
    /// Of a token.
    #[error("expected a token in base64, of at most {} characters", Token::LIMIT)]
    Token,
}

impl Nonce {
    /// The nonce of these random bytes.
    pub fn of(random: [u8; 16]) -> Self {
        Self((u128::from_be_bytes(random) & (u128::MAX >> 1)).max(1))
    }

    /// Its bytes as a number, the first one first, without leading noughts.
    pub fn number(self) -> Vec<u8> {
        self.0.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_hexadecimal = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16).ok();
        let number = number.filter(|number| is_hexadecimal && *number > 0 && number >> 127 == 0);
        number.map(Self).ok_or_else(|| serde::de::Error::custom(BadStamp::Nonce))
    }
}

impl schemars::JsonSchema for Nonce {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Nonce".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-7][0-9a-f]{31}$" })
    }
}

impl Token {
    /// The most characters that a token may have.
    pub const LIMIT: usize = 262_144;

    /// A token, as base64 has it.
    pub fn new(base64: impl Into<Box<str>>) -> Result<Self, BadStamp> {
        let base64 = base64.into();
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let is_one = !base64.is_empty()
            && base64.len() <= Self::LIMIT
            && base64.len().is_multiple_of(4)
            && base64.bytes().all(is_base64);
        if is_one { Ok(Self(base64)) } else { Err(BadStamp::Token) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// As a sentence without its subject.
impl fmt::Display for TimeStamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.gen_time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        write!(f, "had {} events stamped by {}, which says it was {at}", self.size, self.authority)
    }
}

/// What the stream of stamps adds up to: the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeStamps {
    /// The last one's place in the record, and when it was recorded.
    pub last: Option<(Position, DateTime<Utc>)>,
}

/// When the record is to be stamped next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Now.
    Now,
    /// Not before so long.
    In(TimeDelta),
}

impl TimeStamps {
    /// What one more makes of it.
    pub fn follow(&mut self, position: Position, at: DateTime<Utc>) {
        self.last = Some((position, at));
    }

    /// When a record that ends at `head` is to be stamped, if it is every so often. One to which nothing was added since
    /// but the stamp itself is not stamped again.
    pub fn due(&self, head: Position, now: DateTime<Utc>, every: TimeDelta) -> Due {
        let Some((position, at)) = self.last else {
            return if head > Position(0) { Due::Now } else { Due::In(every) };
        };
        let left = (at + every) - now;
        match () {
            // A clock that was wrong once must not put it off for ever.
            () if left > every => Due::In(every),
            () if left > TimeDelta::zero() => Due::In(left),
            () if head > position => Due::Now,
            () => Due::In(every),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_a_number_above_nought_and_reads_back() {
        for (random, text) in [
            ([0; 16], "00000000000000000000000000000001"),
            ([0xff; 16], "7fffffffffffffffffffffffffffffff"),
            ([0x12; 16], "12121212121212121212121212121212"),
        ] {
            let nonce = Nonce::of(random);
            assert_eq!(nonce.to_string(), text);
            let json = serde_json::to_string(&nonce).unwrap();
            assert_eq!(serde_json::from_str::<Nonce>(&json).unwrap(), nonce);
        }
        assert_eq!(Nonce::of([0; 16]).number(), [1]);
        let all_nought = "0".repeat(32);
        for bad in
            ["", "12", &all_nought, "ffffffffffffffffffffffffffffffff", "+2121212121212121212121212121212"]
        {
            assert!(serde_json::from_value::<Nonce>(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_base64_and_not_endless() {
        assert!(Token::new("MAMCAQA=").is_ok());
        let too_long = "A".repeat(Token::LIMIT + 4);
        for bad in ["", "MAM", "MAM\u{1b}", &too_long] {
            assert_eq!(Token::new(bad), Err(BadStamp::Token), "{} characters", bad.len());
        }
    }

    #[test]
    fn a_record_is_stamped_when_it_has_grown_and_the_time_has_come() {
        let at =
            |hour: i64| "2026-11-28T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour);
        let every = TimeDelta::hours(6);
        let mut stamps = TimeStamps::default();
        assert_eq!(stamps.due(Position(0), at(0), every), Due::In(every), "there is nothing to stamp");
        assert_eq!(stamps.due(Position(3), at(0), every), Due::Now);
        stamps.follow(Position(4), at(0));
        assert_eq!(stamps.due(Position(9), at(2), every), Due::In(TimeDelta::hours(4)));
        assert_eq!(stamps.due(Position(9), at(6), every), Due::Now);
        assert_eq!(stamps.due(Position(4), at(9), every), Due::In(every), "nothing but the stamp was added");
        assert_eq!(stamps.due(Position(9), at(-900), every), Due::In(every), "no clock puts it off for ever");
    }
}

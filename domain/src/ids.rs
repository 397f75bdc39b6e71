//! Identifiers and places.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// An incident's readable name, unique in the record: `20230104-list-import-problems`, and with
/// `-2` behind it where that was taken.
///
/// Lower-case ASCII letters, digits and single hyphens only, so that it is safe in paths, addresses
/// and shell lines: `../x` is not an id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(Arc<str>);

/// Why a text is not an incident id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an incident id: expected a date and words, such as 20230104-list-import-problems")]
pub struct BadIncidentId {
    /// The start of what was given.
    pub text: String,
}

impl IncidentId {
    /// The most characters an id may have; records of before have longer ones than are made now.
    pub const LIMIT: usize = 80;
    /// The most characters of an id that is made: it is typed, and stands in tables.
    pub const MADE: usize = 40;
    /// The name of the program's own stream.
    const SYSTEM: &'static str = "system";
    /// And of that of who looked at private incidents.
    const READS: &'static str = "reads";
    /// And of that of who signed in.
    const SESSIONS: &'static str = "sessions";
    /// And of the directory of people's.
    const PEOPLE: &'static str = "people";
    /// And of that of whose clock was wrong.
    const CLOCKS: &'static str = "clocks";
    /// And of that of what authorities stamped.
    const TIME_STAMPS: &'static str = "time-stamps";

    /// The id for an incident declared on `date` under `title`; `attempt` 1 is the plain form,
    /// 2 and above carry a number because the ones before were taken.
    pub fn derive(date: NaiveDate, title: &str, attempt: u32) -> Self {
        let number = if attempt <= 1 { String::new() } else { format!("-{attempt}") };
        let date = date.format("%Y%m%d").to_string();
        let room = Self::MADE.saturating_sub(date.len() + 1 + number.len());
        let mut slug = slug::slugify(title);
        if slug.len() > room {
            // A word is not cut in two where the ones before it say enough.
            let ends_a_word = slug.as_bytes()[room] == b'-';
            slug.truncate(room);
            if let Some(word) = slug.rfind('-').filter(|at| !ends_a_word && *at > room / 2) {
                slug.truncate(word);
            }
        }
        let slug = slug.trim_matches('-');
        let slug = if slug.is_empty() { "incident" } else { slug };
        Self(format!("{date}-{slug}{number}").into())
    }

    /// A name for it that says nothing of its title: its day, and some digits of a digest of it. It is what an
    /// audience reads that was not meant to read the title; the same incident always has the same.
    #[must_use]
    pub fn without_words(&self) -> Self {
        let digest = Sha256::digest(self.0.as_bytes());
        let short = digest.iter().take(4).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Self(format!("{}-{short}", self.0.get(..8).unwrap_or("19700101")).into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stream of what was decided about the program itself. It is no incident's, and nobody names it from
    /// outside: an id that is [read](Self::from_str) has a date.
    pub fn system() -> Self {
        Self(Self::SYSTEM.into())
    }

    /// The stream of who looked at private incidents, apart from theirs.
    pub fn reads() -> Self {
        Self(Self::READS.into())
    }

    /// The stream of who signed in, and until when.
    pub fn sessions() -> Self {
        Self(Self::SESSIONS.into())
    }

    /// The stream of the directory of people.
    pub fn people() -> Self {
        Self(Self::PEOPLE.into())
    }

    /// The stream of whose clock was wrong.
    pub fn clocks() -> Self {
        Self(Self::CLOCKS.into())
    }

    /// The stream of what time-stamping authorities signed.
    pub fn time_stamps() -> Self {
        Self(Self::TIME_STAMPS.into())
    }

    /// Whether it is an incident's, and not a stream of the program's own.
    pub fn is_incident(&self) -> bool {
        let own = [Self::SYSTEM, Self::READS, Self::PEOPLE, Self::SESSIONS, Self::CLOCKS, Self::TIME_STAMPS];
        !own.contains(&&*self.0)
    }

    /// Reads an id as stores keep it: an incident's, or a stream of the program's own.
    pub fn stored(text: &str) -> Result<Self, BadIncidentId> {
        match text {
            Self::SYSTEM => Ok(Self::system()),
            Self::READS => Ok(Self::reads()),
            Self::SESSIONS => Ok(Self::sessions()),
            Self::PEOPLE => Ok(Self::people()),
            Self::CLOCKS => Ok(Self::clocks()),
            Self::TIME_STAMPS => Ok(Self::time_stamps()),
            _ => text.parse(),
        }
    }
}

impl FromStr for IncidentId {
    type Err = BadIncidentId;

    fn from_str(text: &str) -> Result<Self, BadIncidentId> {
        let bad = || BadIncidentId { text: text.chars().take(80).collect() };
        let (date, words) = text.as_bytes().split_at_checked(8).ok_or_else(bad)?;
        if is_date(date) && are_words(words) && text.len() <= Self::LIMIT {
            Ok(Self(text.into()))
        } else {
            Err(bad())
        }
    }
}

/// `YYYYMMDD`.
fn is_date(digits: &[u8]) -> bool {
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit & 0xf));
    digits.iter().all(u8::is_ascii_digit)
        && i32::try_from(number(&digits[..4]))
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, number(&digits[4..6]), number(&digits[6..])))
            .is_some()
}

/// One word or more, each with one hyphen before it.
fn are_words(text: &[u8]) -> bool {
    let [b'-', words @ ..] = text else { return false };
    let mut before = b'-';
    for byte in words {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' if before != b'-' => {}
            _ => return false,
        }
        before = *byte;
    }
    before != b'-'
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for IncidentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IncidentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for IncidentId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IncidentId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An incident's readable name: a date and words.",
            "pattern": "^[0-9]{8}(-[a-z0-9]+)+$",
            "maxLength": Self::LIMIT,
            "examples": ["20230104-list-import-problems"]
        })
    }
}

/// A request's identity. Whoever sends a command again sends the same id and gets the first receipt.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl CommandId {
    /// Namespace for ids derived from idempotency keys (a version 5 UUID, RFC 9562 §5.5).
    const KEYS: Uuid = Uuid::from_u128(0x6f1c_52a3_9d0e_4c57_8a33_5c1b_9e07_d4f1);

    /// The id that an idempotency key stands for. A key that is a UUID is the id itself; any other
    /// text gets a name-based one, so that the same key always means the same command.
    pub fn from_key(key: &str) -> Self {
        Self(Uuid::parse_str(key).unwrap_or_else(|_| Uuid::new_v5(&Self::KEYS, key.as_bytes())))
    }

    /// The id of the command that tells another incident what this one tells of both: always the same one.
    #[must_use]
    pub fn on_the_other_side(self) -> Self {
        Self(Uuid::new_v5(&self.0, b"the other side"))
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event's identity: derived from its command's id and its index in that command's append, so a
/// resent append carries the same ids on every store.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// The id of the event at `index` (from 0) among those that `command` caused.
    pub fn derive(command: CommandId, index: u32) -> Self {
        Self(Uuid::new_v5(&command.0, &index.to_be_bytes()))
    }

    /// The first eight hexadecimal digits: enough to find an event within one incident by eye.
    pub fn short(&self) -> String {
        let mut text = self.0.simple().to_string();
        text.truncate(8);
        text
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// An event's place in the whole record, from 1. 0 stands for "before the first".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event's place in its incident, from 1. As an expectation, 0 means "the incident is new".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// Expected of an incident that has no events yet.
    pub const NEW: Self = Self(0);
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_its_date_and_title() {
        let date = NaiveDate::from_ymd_opt(2023, 1, 4).unwrap();
        assert_eq!(
            IncidentId::derive(date, "List import problems", 1).as_str(),
            "20230104-list-import-problems"
        );
        assert_eq!(
            IncidentId::derive(date, "List import problems", 2).as_str(),
            "20230104-list-import-problems-2"
        );
        assert_eq!(IncidentId::derive(date, "Störung: Züge", 1).as_str(), "20230104-storung-zuge");
        assert_eq!(IncidentId::derive(date, "!!!", 1).as_str(), "20230104-incident");
    }

    #[test]
    fn every_derived_id_is_a_valid_id() {
        let date = NaiveDate::from_ymd_opt(2023, 1, 4).unwrap();
        for title in ["x".repeat(200), "wort ".repeat(40), "日本語".into(), "- -".into()] {
            for attempt in [1, 2, 99_999] {
                let id = IncidentId::derive(date, &title, attempt);
                let wordless = id.without_words();
                assert_eq!(wordless.as_str().parse::<IncidentId>().as_ref(), Ok(&wordless));
                assert_eq!(id.as_str().parse::<IncidentId>().as_ref(), Ok(&id));
                assert!(id.as_str().len() <= IncidentId::MADE, "{id}");
            }
        }
    }

    #[test]
    fn paths_and_impossible_dates_are_not_ids() {
        for bad in [
            "../x",
            "20230104",
            "20230104-",
            "20230104-a/../b",
            "20231399-a",
            "20230104-A",
            "20230104-a--b",
            "",
        ] {
            assert!(bad.parse::<IncidentId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn streams_of_the_programs_own_are_no_incidents_and_named_by_nobody() {
        for own in [
            IncidentId::system(),
            IncidentId::reads(),
            IncidentId::people(),
            IncidentId::sessions(),
            IncidentId::time_stamps(),
        ] {
            assert!(!own.is_incident() && own.as_str().parse::<IncidentId>().is_err(), "{own}");
            assert_eq!(IncidentId::stored(own.as_str()), Ok(own));
        }
        assert!(IncidentId::stored("20230104-people").unwrap().is_incident());
        assert!(IncidentId::stored("tokens").is_err());
    }

    #[test]
    fn the_same_key_is_the_same_command() {
        assert_eq!(CommandId::from_key("deploy-42"), CommandId::from_key("deploy-42"));
        assert_ne!(CommandId::from_key("deploy-42"), CommandId::from_key("deploy-43"));
        let uuid = "0190a9a0-0000-7000-8000-000000000001";
        assert_eq!(CommandId::from_key(uuid).to_string(), uuid);
    }
}

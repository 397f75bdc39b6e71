//! What it takes to be allowed something: scopes, of which none includes another. Every command says in its row
//! which one it takes, every question and deed of the program in its type.
//!
//! A scope lets somebody through the door. What they may do in an incident then is for the domain to decide, by the
//! roles that they hold there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{Tier, UnknownWord};

/// What it takes to be allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Nothing: anybody may know whether the server lives.
    Anybody,
    /// Looking at incidents, views and their proofs.
    Read,
    /// Adding facts that decide nothing: what tools send, notes, links.
    Append,
    /// Leading and working an incident: its life, roles, runs, actions and holds.
    Respond,
    /// Telling this audience something.
    Communicate(Tier),
    /// Being the second pair of eyes on a run.
    Approve,
    /// Reviewing what happened, and what follows from it.
    Review,
    /// Telling things on behalf of a person, as a chat bot does.
    SpeakFor,
    /// Reading the record as it is kept, and who administered it; checking it.
    Audit,
    /// Erasing words for good.
    Redact,
    /// What concerns the record itself: imports, restores, keys, tokens.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Anybody,
        Self::Read,
        Self::Append,
        Self::Respond,
        Self::Communicate(Tier::Engineering),
        Self::Communicate(Tier::Internal),
        Self::Communicate(Tier::Public),
        Self::Approve,
        Self::Review,
        Self::SpeakFor,
        Self::Audit,
        Self::Redact,
        Self::Admin,
    ];

    /// Telling an audience something, whichever it is.
    pub const COMMUNICATE: &'static [Self] = &[
        Self::Communicate(Tier::Engineering),
        Self::Communicate(Tier::Internal),
        Self::Communicate(Tier::Public),
    ];

    /// Its name, as tokens have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Read => "read",
            Self::Append => "append",
            Self::Respond => "respond",
            Self::Communicate(Tier::Engineering) => "communicate:engineering",
            Self::Communicate(Tier::Internal) => "communicate:internal",
            Self::Communicate(Tier::Public) => "communicate:public",
            Self::Approve => "approve",
            Self::Review => "review",
            Self::SpeakFor => "speak_for",
            Self::Audit => "audit",
            Self::Redact => "redact",
            Self::Admin => "admin",
        }
    }

    /// What a token may be given; nothing needs to be given to anybody.
    pub const GIVEN: &'static [Self] = match &Self::ALL {
        [Self::Anybody, given @ ..] => given,
        _ => panic!("what anybody may comes first"),
    };

    /// The same, one after another.
    pub fn given() -> impl Iterator<Item = Self> {
        Self::GIVEN.iter().copied()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::given().find(|scope| scope.as_str() == text).ok_or_else(|| {
            let words: Vec<&str> = Self::given().map(Self::as_str).collect();
            UnknownWord::new(text, "scope", &words)
        })
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scope".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<&str> = Self::given().map(Self::as_str).collect();
        schemars::json_schema!({ "type": "string", "enum": words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_word_and_nothing_is_given_to_anybody() {
        for scope in Scope::given() {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!(Scope::given().count() + 1, Scope::ALL.len());
        let error = "anybody".parse::<Scope>().unwrap_err().to_string();
        assert!(error.contains("communicate:public") && error.contains("anybody"), "{error}");
    }
}

//! Who did it, through what, on whose behalf.
//!
//! Until tokens exist, an actor is *claimed*: scribe records who somebody said they were. What it
//! can promise is that the claim itself is never changed afterwards.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use crate::alike;
use crate::names::Name;
use crate::text::{Label, TextError};
use serde::{Deserialize, Serialize};

/// A person, by the name that the organisation uses.
///
/// Two names are the same person by the one rule of [`alike`], so that nobody approves their own run by
/// shouting. Copies share their bytes: the same few people stand in thousands of events.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Person(#[schemars(length(min = 1, max = 100))] Arc<str>);

/// Why a text is not a person's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPerson {
    /// The text itself is not acceptable.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Colons separate kinds of actors.
    #[error("must not contain a colon (integrations are written integration:NAME)")]
    Colon,
    /// Names are short.
    #[error("is too long for a name: at most 100 characters")]
    TooLong,
}

impl Person {
    /// Checks a name; surrounding white space is dropped and inner runs become one space.
    pub fn new(name: &str) -> Result<Self, BadPerson> {
        let name = Label::new(&*alike::tidy(name))?;
        if name.as_str().contains(':') {
            return Err(BadPerson::Colon);
        }
        if name.as_str().chars().count() > 100 {
            return Err(BadPerson::TooLong);
        }
        Ok(Self(name.as_str().into()))
    }

    /// The name as told.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this may be the same human as another, for all that names tell: no second pair of eyes.
    pub fn may_be(&self, other: &Self) -> bool {
        alike::may_be_one_person(&self.0, &other.0)
    }
}

impl PartialEq for Person {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || alike::same(&self.0, &other.0)
    }
}
impl Eq for Person {}
impl Hash for Person {
    fn hash<H: Hasher>(&self, state: &mut H) {
        alike::hash(&self.0, state);
    }
}
impl PartialOrd for Person {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Person {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        alike::compare(&self.0, &other.0)
    }
}
impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl FromStr for Person {
    type Err = BadPerson;
    fn from_str(text: &str) -> Result<Self, BadPerson> {
        Self::new(text)
    }
}
impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Who acts: a person, an integration, or scribe itself.
///
/// Written as one text: `Zac Bentley`, `integration:alertmanager`, `scribe:`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A human being.
    Person(Person),
    /// A program that tells scribe what it saw or did.
    Integration(Name),
    /// scribe itself (reminders).
    Scribe,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Integration(name) => write!(f, "integration:{name}"),
            Self::Scribe => f.write_str("scribe:"),
        }
    }
}

impl FromStr for Who {
    type Err = BadPerson;
    fn from_str(text: &str) -> Result<Self, BadPerson> {
        match text.split_once(':') {
            Some(("integration", name)) => Ok(Self::Integration(Name::new(name)?)),
            Some(("scribe", "")) => Ok(Self::Scribe),
            _ => Ok(Self::Person(Person::new(text)?)),
        }
    }
}

impl Who {
    /// Whether this is a person who may be that one; see [`Person::may_be`].
    pub fn may_be(&self, person: &Person) -> bool {
        matches!(self, Self::Person(other) if other.may_be(person))
    }
}

impl Serialize for Who {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Person(person) => serializer.serialize_str(person.as_str()),
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Who {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Who".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A person's name, `integration:NAME`, or `scribe:`.",
            "examples": ["Zac Bentley", "integration:alertmanager"]
        })
    }
}

/// Who did something, through what, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Who told scribe.
    pub who: Who,
    /// Through what: `cli`, `http`, `slack`, `alertmanager`, `import` …
    pub via: Label,
    /// The person for whom an integration acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Person>,
}

impl Actor {
    /// Through what an import tells things.
    pub const IMPORT: &'static str = "import";

    /// Whether an import tells it: history from elsewhere, by which nobody may do anything here.
    pub fn is_import(&self) -> bool {
        self.via.as_str() == Self::IMPORT
    }

    /// The person who answers for the act, if there is one: a person for themselves, an integration
    /// for whom it acts. A person who claims to act for another still answers in their own name, or
    /// anybody could approve their own run in somebody else's.
    pub fn person(&self) -> Option<&Person> {
        match &self.who {
            Who::Person(person) => Some(person),
            Who::Integration(_) | Who::Scribe => self.on_behalf_of.as_ref(),
        }
    }

    /// Who answers for the act: [`Self::person`], or else the program itself.
    pub fn responsible(&self) -> Who {
        self.person().map_or_else(|| self.who.clone(), |person| Who::Person(person.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_make_another_person() {
        assert_eq!(Person::new("Zac  Bentley ").unwrap(), Person::new("zac bentley").unwrap());
        assert_eq!(Person::new("Zac\u{200b} Bentley").unwrap(), Person::new("Zac Bentley").unwrap());
        assert_eq!(Person::new("Jos\u{e9}").unwrap(), Person::new("Jose\u{301}").unwrap());
        assert_eq!(Person::new("Ｚac\u{3164}").unwrap(), Person::new("zac").unwrap());
        assert_eq!("integration:CI".parse::<Who>(), "integration:ci ".parse());
        assert_ne!(Person::new("Zac Bentley").unwrap(), Person::new("Zac Bentlei").unwrap());
    }

    #[test]
    fn an_actor_is_one_text() {
        for text in ["Zac Bentley", "integration:alertmanager", "scribe:"] {
            assert_eq!(text.parse::<Who>().unwrap().to_string(), text);
        }
        assert_eq!("Slack: U1".parse::<Who>(), Err(BadPerson::Colon));
    }
}

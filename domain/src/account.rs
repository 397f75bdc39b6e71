//! By what another service knows somebody: a chat user, a mail address, a login.
//!
//! Which person an account belongs to is decided by the directory of people, as the record has it; an account by itself
//! is nobody.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::actor::{BadPerson, Person};
use crate::alike;
use crate::text::{Label, TextError};

/// An account at some service, written `SERVICE:ID`: `slack:U0123ABC`, `github:ada`, `mail:ada@example.com`.
///
/// The service is written in small letters, whatever is typed; so is a mail address, since nobody tells two mailboxes
/// apart by their capitals. Everything else of an id is compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(Label);

/// Why a text is no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAccount {
    /// The text itself is not acceptable.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It has no service before a colon, or nothing behind it.
    #[error("is not an account: write SERVICE:ID, such as slack:U0123ABC or mail:ada@example.com")]
    Form,
    /// What stands before the colon is no service's name.
    #[error("names no service: {0:?} is not small letters, digits, `-` and `_`, at most {limit} of them", limit = Account::SERVICE_LIMIT)]
    Service(String),
    /// What stands before the colon means something else here.
    #[error("names no service: `{0}:` means something else here")]
    Reserved(String),
    /// The id has something in it that nobody sees.
    #[error("has white space, or something that nobody sees, in the service's id")]
    Unseen,
    /// A mail address without its two parts.
    #[error("is not a mail address: write mail:NAME@HOST")]
    Mail,
    /// It is longer than identities are.
    #[error("is too long for an account: at most {limit} characters", limit = Account::LIMIT)]
    TooLong,
}

impl Account {
    /// The most characters that an account may have: so that it fits into an identity, beside a token.
    pub const LIMIT: usize = 400;
    /// The most characters of a service's name.
    pub const SERVICE_LIMIT: usize = 40;
    /// Words that stand before a colon and are no service's name.
    const RESERVED: [&str; 6] = ["integration", "scribe", "token", "session", "uid", "signature"];

    /// Checks an account.
    pub fn new(text: &str) -> Result<Self, BadAccount> {
        let (service, id) = text.trim().split_once(':').ok_or(BadAccount::Form)?;
        let service = service.to_ascii_lowercase();
        if service.is_empty() || id.is_empty() {
            return Err(BadAccount::Form);
        }
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if service.chars().count() > Self::SERVICE_LIMIT || !service.chars().all(is_plain) {
            return Err(BadAccount::Service(service.chars().take(Self::SERVICE_LIMIT).collect()));
        }
        if Self::RESERVED.contains(&service.as_str()) {
            return Err(BadAccount::Reserved(service));
        }
        if id.chars().any(alike::is_unseen) {
            return Err(BadAccount::Unseen);
        }
        let id = if service == "mail" { address(id)? } else { id.to_owned() };
        let whole = format!("{service}:{id}");
        if whole.chars().count() > Self::LIMIT {
            return Err(BadAccount::TooLong);
        }
        Ok(Self(Label::new(whole)?))
    }

    /// Whose account it is: `slack`, `mail`.
    pub fn service(&self) -> &str {
        self.0.as_str().split_once(':').map_or("", |(service, _)| service)
    }

    /// By what that service knows them.
    pub fn id(&self) -> &str {
        self.0.as_str().split_once(':').map_or("", |(_, id)| id)
    }

    /// The account as a label.
    pub fn label(&self) -> &Label {
        &self.0
    }

    /// The account as it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A mail address, in small letters.
fn address(id: &str) -> Result<String, BadAccount> {
    match id.rsplit_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => Ok(id.to_lowercase()),
        _ => Err(BadAccount::Mail),
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Account {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Self, BadAccount> {
        Self::new(text)
    }
}

impl Serialize for Account {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Account {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Account".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An account at some service, `SERVICE:ID`.",
            "pattern": "^[a-zA-Z0-9_-]+:.+$",
            "maxLength": Self::LIMIT,
            "examples": ["slack:U0123ABC", "github:ada", "mail:ada@example.com"]
        })
    }
}

/// For whom an integration speaks, as it says: a person by name, or by an account of theirs, which says more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// By name: its word.
    Person(Person),
    /// By the account that another service has verified.
    Account(Account),
}

/// Why a text is neither a person's name nor an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBehalf {
    /// It is no name.
    #[error(transparent)]
    Person(#[from] BadPerson),
    /// It has a colon, as accounts have, and is none.
    #[error(transparent)]
    Account(#[from] BadAccount),
}

impl fmt::Display for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Account(account) => account.fmt(f),
        }
    }
}

impl FromStr for OnBehalfOf {
    type Err = BadBehalf;

    fn from_str(text: &str) -> Result<Self, BadBehalf> {
        // No name has a colon.
        Ok(if text.contains(':') { Self::Account(text.parse()?) } else { Self::Person(text.parse()?) })
    }
}

impl Serialize for OnBehalfOf {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OnBehalfOf {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for OnBehalfOf {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OnBehalfOf".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A person's name, or an account that the directory says whose it is.",
            "minLength": 1,
            "maxLength": Account::LIMIT,
            "examples": ["Zac Bentley", "slack:U0123ABC"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_text_of_a_service_and_an_id() {
        for text in [
            "slack:U0123ABC",
            "pagerduty:PXYZ",
            "github:ada",
            "mail:ada@example.com",
            "oidc:https://idp.example#subject",
            "proxy:ada",
        ] {
            let account: Account = text.parse().unwrap();
            assert_eq!(account.to_string(), text);
            assert_eq!(format!("{}:{}", account.service(), account.id()), text);
            let kept = serde_json::to_string(&account).unwrap();
            assert_eq!(serde_json::from_str::<Account>(&kept).unwrap(), account);
        }
    }

    #[test]
    fn mail_has_no_capitals_and_everything_else_is_exact() {
        let account = |text: &str| text.parse::<Account>().unwrap();
        assert_eq!(account("mail:Ada@Example.COM"), account("mail:ada@example.com"));
        assert_eq!(account("Slack:U0123"), account("slack:U0123"));
        assert_ne!(account("slack:U0123"), account("slack:u0123"));
        assert_ne!(account("slack:U0123"), account("github:U0123"));
    }

    #[test]
    fn whom_somebody_speaks_for_is_a_name_or_an_account() {
        let told = |text: &str| text.parse::<OnBehalfOf>();
        assert_eq!(told("Zac"), Ok(OnBehalfOf::Person("Zac".parse().unwrap())));
        assert_eq!(told("slack:U1"), Ok(OnBehalfOf::Account("slack:U1".parse().unwrap())));
        assert!(matches!(told("integration:ci"), Err(BadBehalf::Account(BadAccount::Reserved(_)))));
        assert!(matches!(told(""), Err(BadBehalf::Person(_))));
        for text in ["Zac Bentley", "slack:U1"] {
            assert_eq!(serde_json::to_string(&told(text).unwrap()).unwrap(), format!("{text:?}"));
        }
    }

    #[test]
    fn what_is_no_account_is_refused_in_words() {
        let long = format!("oidc:{}", "a".repeat(Account::LIMIT));
        for (text, words) in [
            ("ada", "SERVICE:ID"),
            (":ada", "SERVICE:ID"),
            ("slack:", "SERVICE:ID"),
            ("my chat:ada", "names no service"),
            ("integration:ci", "means something else"),
            ("TOKEN:0f3a", "means something else"),
            ("slack:U 1", "white space"),
            ("slack:U\u{200b}1", "nobody sees"),
            ("mail:ada", "NAME@HOST"),
            (&long, "too long"),
        ] {
            let error = text.parse::<Account>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}

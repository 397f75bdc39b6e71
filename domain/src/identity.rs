//! How it is known who speaks, beside the name that they go by.
//!
//! An identity stands in an event's header as its `origin`. What a machine has proven (a token, a session, a
//! signature) counts for more than the account that a program ran as, and that for more than a name alone.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::text::{Label, TextError};

/// How it is known who speaks.
///
/// Written as one text, whose first word says how: `token:0f3a91bc22d4`, `uid:1000@bastion`,
/// `token:0f3a91bc22d4 for slack:U0123ABC`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// They showed the secret of this token. Whose it is stands in the stream `system`.
    Token(Label),
    /// An integration showed its token, and named the account of whom it spoke for, which the directory of people says
    /// whose it is.
    TokenFor(Label, Account),
    /// They signed in to a page, and this is their session: its id, and by what it began.
    Session(Label, Option<Box<Self>>),
    /// A proxy that is trusted named this user.
    Proxy(Label),
    /// An identity provider says that they are this subject: the provider's address, `#`, and the subject.
    Subject(Label),
    /// A tool signed its delivery with the key of this name.
    Signature(Label),
    /// The program ran as this account of an operating system: `1000@bastion`. Accounts may be shared.
    Account(Label),
    /// What a newer program knows.
    Other(Label),
}

/// How well it is known who speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// By their word alone.
    Claimed,
    /// By the account that the program ran as, which several people may use.
    Account,
    /// By something that only they have: a token, a session, a key.
    Proven,
}

impl Identity {
    /// Of whom another service names by this account: a subject of an identity provider, a user of a proxy.
    pub fn of_account(account: &Account) -> Self {
        let id = || Label::new(account.id());
        match (account.service(), id()) {
            ("oidc", Ok(subject)) => Self::Subject(subject),
            ("proxy", Ok(user)) => Self::Proxy(user),
            _ => Self::Other(account.label().clone()),
        }
    }

    /// Of whoever speaks in a session: its id, and by what it began where both fit.
    pub fn of_session(session: &Label, by: &Self) -> Self {
        let fits = Label::new(format!("{session} {by}")).is_ok();
        Self::Session(session.clone(), fits.then(|| Box::new(by.clone())))
    }

    /// By what it was known who they are in the first place: by what the session began, where it is one and says so.
    pub fn basis(&self) -> &Self {
        match self {
            Self::Session(_, Some(by)) => by,
            known => known,
        }
    }

    fn word(&self) -> (&'static str, &Label) {
        match self {
            Self::Token(of) | Self::TokenFor(of, _) => ("token:", of),
            Self::Session(of, _) => ("session:", of),
            Self::Proxy(of) => ("proxy:", of),
            Self::Subject(of) => ("oidc:", of),
            Self::Signature(of) => ("signature:", of),
            Self::Account(of) => ("uid:", of),
            Self::Other(of) => ("", of),
        }
    }

    /// How well it is known who speaks by this.
    pub fn strength(&self) -> Strength {
        match self {
            Self::Token(_)
            | Self::TokenFor(..)
            | Self::Session(..)
            | Self::Proxy(_)
            | Self::Subject(_)
            | Self::Signature(_) => Strength::Proven,
            Self::Account(_) => Strength::Account,
            // What is not understood proves nothing here.
            Self::Other(_) => Strength::Claimed,
        }
    }

    /// Whether both are one, as far as they tell. Two sessions that began by one token or account are one, and one with that.
    /// Two users whom one integration names by their accounts are two; one of whom it names no account may be any of its
    /// users; and one account is the same through whatever it comes.
    pub fn is_one_with(&self, other: &Self) -> bool {
        match (self.basis(), other.basis()) {
            (Self::TokenFor(_, one), Self::TokenFor(_, other)) => one == other,
            (Self::TokenFor(one, _), Self::Token(other)) | (Self::Token(one), Self::TokenFor(other, _)) => {
                one == other
            }
            (Self::TokenFor(_, account), other) | (other, Self::TokenFor(_, account)) => {
                Self::of_account(account) == *other
            }
            (one, other) => one == other,
        }
    }
}

/// Why somebody is no second identity beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSecond {
    /// They are the same.
    Same,
    /// The one proved who they are, and the other did not.
    LessKnown,
}

/// Whether two identities are two pairs of eyes, beside what their names say: nobody is a second one by the same token or
/// account, in whichever session, and beside whoever proved who they are nobody counts who only says so.
pub fn must_be_second(first: Option<&Identity>, second: Option<&Identity>) -> Result<(), NoSecond> {
    if Strength::of(first) < Strength::Proven {
        return Ok(());
    }
    match second {
        Some(second) if first.is_some_and(|first| first.is_one_with(second)) => Err(NoSecond::Same),
        other if Strength::of(other) < Strength::Proven => Err(NoSecond::LessKnown),
        _ => Ok(()),
    }
}

impl Strength {
    /// Every strength, the weakest first.
    pub const ALL: [Self; 3] = [Self::Claimed, Self::Account, Self::Proven];

    /// Of whoever spoke by this identity, or by none.
    pub fn of(identity: Option<&Identity>) -> Self {
        identity.map_or(Self::Claimed, Identity::strength)
    }

    /// As people say it.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Account => "account",
            Self::Proven => "proven",
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.spoken())
    }
}

impl FromStr for Strength {
    type Err = crate::values::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|strength| strength.spoken() == text);
        found.ok_or_else(|| crate::values::UnknownWord::new(text, "strength", &Self::ALL.map(Self::spoken)))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, of) = self.word();
        write!(f, "{word}{of}")?;
        match self {
            Self::TokenFor(_, account) => write!(f, " for {account}"),
            Self::Session(_, Some(by)) => write!(f, " {by}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Identity {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        // As a whole it is a label too, so that it fits where labels do.
        let whole = Label::new(text)?;
        let known = text.split_once(':').and_then(|(word, of)| {
            let of = Label::new(of).ok()?;
            Some(match word {
                "token" => token(&of),
                "session" => session(&of),
                "proxy" => Self::Proxy(of),
                "oidc" => Self::Subject(of),
                "signature" => Self::Signature(of),
                "uid" => Self::Account(of),
                _ => return None,
            })
        });
        Ok(known.unwrap_or(Self::Other(whole)))
    }
}

/// A session, and by what it began if it says so.
fn session(of: &Label) -> Identity {
    let with = of.as_str().split_once(' ').and_then(|(session, by)| {
        Some(Identity::Session(Label::new(session).ok()?, Some(Box::new(by.parse().ok()?))))
    });
    with.unwrap_or_else(|| Identity::Session(of.clone(), None))
}

/// A token, or a token for an account.
fn token(of: &Label) -> Identity {
    let behind = of.as_str().split_once(" for ").and_then(|(token, account)| {
        Some(Identity::TokenFor(Label::new(token).ok()?, account.parse().ok()?))
    });
    behind.unwrap_or_else(|| Identity::Token(of.clone()))
}

impl Serialize for Identity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Identity {
    fn schema_name() -> Cow<'static, str> {
        "Identity".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "How it is known who spoke: `token:ID`, `token:ID for ACCOUNT`, `session:ID`, `proxy:USER`, `signature:KEY` or `uid:NUMBER@MACHINE`.",
            "examples": ["token:0f3a91bc22d4", "uid:1000@bastion"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_one_text_and_says_how_well_it_is_known() {
        for (text, strength) in [
            ("token:0f3a91bc22d4", Strength::Proven),
            ("token:0f3a91bc22d4 for slack:U0123ABC", Strength::Proven),
            ("token:0f3a91bc22d4 for mail:ada@example.com", Strength::Proven),
            ("token:0f3a91bc22d4 for Ada", Strength::Proven),
            ("session:9a https://idp.example#ada", Strength::Proven),
            ("proxy:ada", Strength::Proven),
            ("oidc:https://idp.example#ada", Strength::Proven),
            ("signature:alertmanager", Strength::Proven),
            ("uid:1000@bastion", Strength::Account),
            ("passkey:ada", Strength::Claimed),
            ("token:", Strength::Claimed),
            ("ada", Strength::Claimed),
        ] {
            let identity: Identity = text.parse().unwrap();
            assert_eq!((identity.to_string().as_str(), identity.strength()), (text, strength));
        }
        assert!("".parse::<Identity>().is_err());
        let whole: Identity = "token:0f3a for oidc:https://idp.example for#x".parse().unwrap();
        assert!(matches!(whole, Identity::Token(_)), "{whole:?}");
        let (token, account) = (Label::new("0f3a").unwrap(), "slack:U1".parse().unwrap());
        assert_eq!("token:0f3a for slack:U1".parse(), Ok(Identity::TokenFor(token, account)));
        let longest = format!("token:0f3a91bc22d4 for oidc:{}", "a".repeat(Account::LIMIT - 5));
        assert_eq!(longest.parse::<Identity>().unwrap().to_string(), longest);
        assert_eq!(Strength::of(None), Strength::Claimed);
        assert!(Strength::Claimed < Strength::Account && Strength::Account < Strength::Proven);
    }

    #[test]
    fn two_users_of_one_integration_are_two_only_by_their_accounts() {
        let second = |first: &str, second: &str| {
            let (first, second): (Identity, Identity) = (first.parse().unwrap(), second.parse().unwrap());
            must_be_second(Some(&first), Some(&second))
        };
        for (one, other, expected) in [
            ("token:bot for slack:U1", "token:bot for slack:U2", Ok(())),
            ("token:bot for slack:U1", "token:bot for slack:U1", Err(NoSecond::Same)),
            ("token:bot for slack:U1", "token:other for slack:U1", Err(NoSecond::Same)),
            ("token:bot for slack:U1", "token:bot", Err(NoSecond::Same)),
            ("token:bot", "token:bot for slack:U1", Err(NoSecond::Same)),
            ("token:bot", "token:bot", Err(NoSecond::Same)),
            ("token:bot for slack:U1", "token:zac", Ok(())),
            ("session:a token:ada", "session:b token:ada", Err(NoSecond::Same)),
            ("session:a token:ada", "token:ada", Err(NoSecond::Same)),
            ("session:a token:ada", "session:a token:ada", Err(NoSecond::Same)),
            ("session:a", "session:a", Err(NoSecond::Same)),
            ("session:a", "session:b", Ok(())),
            ("session:a token:ada", "session:b token:zac", Ok(())),
            ("session:a oidc:https://idp#7", "session:b oidc:https://idp#7", Err(NoSecond::Same)),
            ("session:a oidc:https://idp#7", "session:b oidc:https://idp#8", Ok(())),
            ("token:bot for oidc:https://idp#7", "session:b oidc:https://idp#7", Err(NoSecond::Same)),
            ("proxy:ada", "token:bot for proxy:ada", Err(NoSecond::Same)),
            ("proxy:ada", "proxy:zac", Ok(())),
            ("token:bot for slack:U1", "uid:1000@bastion", Err(NoSecond::LessKnown)),
        ] {
            assert_eq!(second(one, other), expected, "{one} then {other}");
        }
        assert_eq!(must_be_second(Some(&"token:a".parse().unwrap()), None), Err(NoSecond::LessKnown));
        assert_eq!(must_be_second(None, None), Ok(()));
    }
}

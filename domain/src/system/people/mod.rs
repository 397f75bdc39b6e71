//! The directory of people: their names, accounts and teams, and since when and until when each was so.
//!
//! Every event tells when it was so in the world (`since`, `until`), and its header when that was recorded: what was
//! believed at a moment, and what was so then, are two questions, and both have an answer. What was told wrongly is put
//! right by telling it again, never by changing what was told.

/// Everybody, as the record has them.
pub mod directory;
/// What may be told of them, and what is refused.
mod decide;
/// One of them, and when what was so.
pub mod entry;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::actor::Person;
use crate::text::{Label, Text};
use crate::when::When;

pub use directory::People;
pub use entry::PersonEntry;

/// Somebody is in the directory from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAdded {
    /// Their name.
    pub person: Person,
    /// Since when they are with the company, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<When>,
    /// The teams that they are in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Label>,
}

/// Somebody goes by another name; the old one is a former name of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRenamed {
    /// By any name that they had.
    pub person: Person,
    /// The new name.
    pub to: Person,
    /// Since when they go by it.
    pub since: When,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// An account is somebody's. Told again of the same time, it puts right since when and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountLinked {
    /// Whose it is.
    pub person: Person,
    /// The account.
    pub account: Account,
    /// Since when; if that is unknown, as long as there is the account.
    pub since: When,
    /// Until when, if it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
}

/// An account is somebody's no longer, or never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountUnlinked {
    /// Whose it was, or was said to be.
    pub person: Person,
    /// The account.
    pub account: Account,
    /// Until when it was theirs; it never was, if that is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Somebody is in these teams, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamsChanged {
    /// Who.
    pub person: Person,
    /// The teams.
    pub teams: Vec<Label>,
    /// Since when.
    pub since: When,
}

/// Since when somebody is with the company, and when they left: all of it, in place of what was told before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmploymentTold {
    /// Who.
    pub person: Person,
    /// Since when, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<When>,
    /// When they left, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<When>,
}

/// A name is one that somebody was misspelt by, or entered by a second time: all that it has is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonMerged {
    /// The wrong name; it need not be in the directory.
    pub person: Person,
    /// Who it is.
    pub into: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A name is somebody else's after all: what it had before it was merged, it has again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeUndone {
    /// The name that was merged into another.
    pub person: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The end of a sentence that says why.
fn because(f: &mut fmt::Formatter<'_>, why: Option<&Text>) -> fmt::Result {
    why.map_or(Ok(()), |why| write!(f, ": {why}"))
}

/// Teams in a row.
fn in_a_row(teams: &[Label]) -> String {
    teams.iter().map(Label::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for PersonAdded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "added {} to the directory", self.person)?;
        if !self.teams.is_empty() {
            write!(f, ", in {}", in_a_row(&self.teams))?;
        }
        self.since.map_or(Ok(()), |since| write!(f, ", with the company since {since}"))
    }
}

impl fmt::Display for PersonRenamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recorded that {} goes by {} since {}", self.person, self.to, self.since)?;
        because(f, self.why.as_ref())
    }
}

impl fmt::Display for AccountLinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linked {} to {}, since {}", self.account, self.person, self.since)?;
        self.until.map_or(Ok(()), |until| write!(f, ", until {until}"))
    }
}

impl fmt::Display for AccountUnlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.until {
            Some(until) => write!(f, "unlinked {} from {}, as of {until}", self.account, self.person)?,
            None => write!(f, "recorded that {} never was {}'s", self.account, self.person)?,
        }
        because(f, self.why.as_ref())
    }
}

impl fmt::Display for TeamsChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.teams.is_empty() {
            return write!(f, "recorded that {} is in no team since {}", self.person, self.since);
        }
        write!(f, "recorded that {} is in {} since {}", self.person, in_a_row(&self.teams), self.since)
    }
}

impl fmt::Display for EmploymentTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recorded that {}", self.person)?;
        match (&self.since, &self.left) {
            (Some(since), Some(left)) => write!(f, " was with the company from {since}, and left {left}"),
            (None, Some(left)) => write!(f, " left the company {left}"),
            (Some(since), None) => write!(f, " is with the company since {since}"),
            (None, None) => write!(f, " is with the company, since when is not known"),
        }
    }
}

impl fmt::Display for PersonMerged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "merged {} into {}", self.person, self.into)?;
        because(f, self.why.as_ref())
    }
}

impl fmt::Display for MergeUndone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "took back that {} is somebody else's name", self.person)?;
        because(f, self.why.as_ref())
    }
}

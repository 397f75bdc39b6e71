//! Roles, pages, who came and went.

use crate::actor::Person;
use crate::ids::EventId;
use crate::text::{Label, Text};
use crate::values::Role;

/// A role that nobody held (or that many may hold) was taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleAssigned {
    /// The role.
    pub role: Role,
    /// Who has it now.
    pub to: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A role went from its holder to another person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleHandedOff {
    /// The role.
    pub role: Role,
    /// Who held it.
    pub from: Person,
    /// Who holds it now.
    pub to: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A role was given up and is vacant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleLeft {
    /// The role.
    pub role: Role,
    /// Who held it.
    pub who: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Somebody was called.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Paged {
    /// The page's number in this incident.
    pub page: u32,
    /// Who was called.
    pub whom: PageTarget,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The call was answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageAcknowledged {
    /// The page's number.
    pub page: u32,
    /// Who answered.
    pub by: Person,
}

/// Somebody joined the response.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Who.
    pub who: Person,
    /// Their job or team, as they say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_what: Option<Label>,
}

/// Somebody left the response.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Who.
    pub who: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Who is called by a page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageTarget {
    /// One person.
    Person(Person),
    /// A team's on-call.
    Team(Label),
    /// Whoever is on call for a role, when nobody told scribe who that is.
    OnCall(Role),
}

impl std::fmt::Display for PageTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Team(team) => team.fmt(f),
            Self::OnCall(role) => write!(f, "the {} on call", role.spoken()),
        }
    }
}

/// Somebody else than was told took a role: the wrong name was recorded. From then on, everything that the wrong holder
/// is said to have done in that role by it is the right one's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleHolderCorrected {
    /// The event that names the wrong holder: an assignment or a handoff.
    pub target: EventId,
    /// The role that it gave.
    pub role: Role,
    /// Whom it named.
    pub from: Person,
    /// Who really took it.
    pub to: Person,
    /// How that was found out.
    pub why: Text,
}

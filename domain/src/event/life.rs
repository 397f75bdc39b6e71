//! Declaring, raising, ending.

use crate::ids::IncidentId;
use crate::milestone::Milestone;
use crate::text::{Label, Text, Title};
use crate::values::{Phase, Relation, Severity, Tier};

/// An incident exists from here on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// What to call it.
    pub title: Title,
    /// Whom it concerns.
    pub tier: Tier,
    /// How bad it looks.
    pub severity: Severity,
    /// What is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// How it was noticed: `monitoring`, `customer report` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_by: Option<Label>,
    /// Whether this is an exercise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

/// The tier was raised.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upgraded {
    /// From.
    pub from: Tier,
    /// To; always higher.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The tier was lowered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Downgraded {
    /// From.
    pub from: Tier,
    /// To; always lower.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The severity changed, either way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityChanged {
    /// From.
    pub from: Severity,
    /// To.
    pub to: Severity,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The response moved to another phase.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseChanged {
    /// From.
    pub from: Phase,
    /// To; never `resolved`, which has an event of its own.
    pub to: Phase,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Users are no longer hit, though the incident may go on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mitigated {
    /// What did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<Text>,
}

/// The incident is over.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
}

/// The incident was not over.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopened {
    /// What showed it.
    pub why: Text,
}

/// The review is done; nothing more is expected.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// A last word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
}

/// There was no incident: it was declared in error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// How that was found out.
    pub why: Text,
}

/// The incident is part of another; go on there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergedInto {
    /// The incident it is part of.
    pub into: IncidentId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A point in the incident's life, at this event's occurred time. A later one of the same kind replaces it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneSet {
    /// Which.
    pub milestone: Milestone,
    /// How it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// What this incident has to do with another. Both sides tell it, each from where it stands; what is told of one is
/// told of the other as well.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// How, as seen from this incident.
    pub how: Relation,
    /// The other one.
    pub to: IncidentId,
    /// How that is known. It stands only where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

impl Relation {
    /// The same, as seen from the other incident.
    #[must_use]
    pub fn other_side(self) -> Self {
        match self {
            Self::DuplicateOf => Self::DuplicatedBy,
            Self::DuplicatedBy => Self::DuplicateOf,
            Self::SameCauseAs => Self::SameCauseAs,
            Self::FollowsFrom => Self::LedTo,
            Self::LedTo => Self::FollowsFrom,
            Self::Rehearses => Self::RehearsedBy,
            Self::RehearsedBy => Self::Rehearses,
        }
    }

    /// As people say it, with the other incident behind it: `is a duplicate of`.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::DuplicateOf => "is a duplicate of",
            Self::DuplicatedBy => "is told once more in",
            Self::SameCauseAs => "has the same cause as",
            Self::FollowsFrom => "follows from",
            Self::LedTo => "led to",
            Self::Rehearses => "rehearses",
            Self::RehearsedBy => "is rehearsed by",
        }
    }
}

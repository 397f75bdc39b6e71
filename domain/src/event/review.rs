//! The retrospective.

use std::fmt;

use chrono::NaiveDate;

use crate::actor::Person;
use crate::ids::{EventId, IncidentId};
use crate::text::Text;
use crate::values::{ReviewSection, Tier};

/// Somebody will write the review.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAssigned {
    /// Who.
    pub owner: Person,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
}

/// A part of the review. A later one for the same section replaces it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewSectionWritten {
    /// Which part.
    pub section: ReviewSection,
    /// The words.
    pub text: Text,
    /// The events that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<EventId>,
    /// Whether the public edition may carry it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
}

/// The review was shown to an audience, as it stood at this point of the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewPublished {
    /// To whom.
    pub audience: Tier,
}

/// A risk that was known before it struck: since this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskNamed {
    /// The risk.
    pub text: Text,
    /// What was, or is, to be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUpOf>,
    /// The events that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<EventId>,
}

/// A follow-up, of this incident or of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpOf {
    /// The incident that it was agreed in, if not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// Its number there.
    pub follow_up: u32,
}

impl fmt::Display for FollowUpOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "follow-up {}", self.follow_up)?;
        self.incident.iter().try_for_each(|incident| write!(f, " of {incident}"))
    }
}

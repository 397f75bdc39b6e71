//! Who was hit, when, and why.

use crate::ids::EventId;
use crate::names::Name;
use crate::text::Text;

/// Users began to be hit, at this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactStarted {
    /// The impact's number in this incident.
    pub impact: u32,
    /// How they were hit.
    pub text: Text,
    /// What was affected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Name>,
    /// Who was hit, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Text>,
}

/// An impact ended, at this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactEnded {
    /// The impact's number.
    pub impact: u32,
    /// What showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// Why it happened, as far as is known. A later one adds to it; a wrong one is retracted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseNamed {
    /// The cause.
    pub text: Text,
    /// The events that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<EventId>,
}

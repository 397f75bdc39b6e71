//! Notes, summaries, decisions, hypotheses and what was told to an audience.

use crate::names::Name;
use crate::text::{Label, Text, Title};
use crate::values::{ComponentState, Phase, Tier, Verdict};

/// An observation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noted {
    /// What was seen or thought.
    pub text: Text,
}

/// Where things stand, for whoever joins now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summarised {
    /// What is going on.
    pub status: Text,
    /// The cause as understood now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Text>,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Text>,
}

/// A decision, and what else was on the table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// What was decided.
    pub choice: Text,
    /// What else was considered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Label>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Who saw it differently, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dissent: Option<Text>,
}

/// A guess at the cause.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HypothesisRaised {
    /// The hypothesis' number in this incident.
    pub hypothesis: u32,
    /// The guess.
    pub text: Text,
}

/// What became of a guess.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HypothesisSettled {
    /// The hypothesis' number.
    pub hypothesis: u32,
    /// How it ended.
    pub verdict: Verdict,
    /// What showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Text>,
}

/// What an audience was told, word for word.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusUpdated {
    /// Whose status page it stands on.
    pub audience: Tier,
    /// The status it was told under.
    pub status: Phase,
    /// What the incident is called there, from here on; given with the first update, and again when it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The words.
    pub text: Text,
    /// How each named component fares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentStatus>,
}

/// How one component of the product fares.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentStatus {
    /// Its name.
    pub component: Name,
    /// How it fares.
    pub state: ComponentState,
}

/// A component is called otherwise on an audience's page. What was told of it counts for its new name; where that is
/// another component's, the two are one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentRenamed {
    /// Whose status page it stands on.
    pub audience: Tier,
    /// What it was called.
    pub from: Name,
    /// What it is called.
    pub to: Name,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The team came back together to compare notes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regrouped {
    /// What everybody brought.
    pub findings: Text,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Text>,
}

/// What an audience's page says of the incident apart from its updates; what is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageDescribed {
    /// Whose status page.
    pub audience: Tier,
    /// What the incident is called there from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// What it is about, for whoever reads nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// How components fare from here on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentStatus>,
}

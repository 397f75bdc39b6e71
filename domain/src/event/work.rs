//! Actions, follow-ups and deploy holds.

use chrono::NaiveDate;

use crate::actor::{Person, Who};
use crate::names::Name;
use crate::text::{Label, Text};
use crate::values::ActionKind;
use crate::when::When;

/// Somebody was given something to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionAssigned {
    /// The action's number in this incident.
    pub action: u32,
    /// What for.
    pub kind: ActionKind,
    /// What to do.
    pub text: Text,
    /// Who: a person or a team.
    pub to: Label,
    /// When somebody should ask how it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_back: Option<When>,
}

/// How an action is going.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionCheckedIn {
    /// The action's number.
    pub action: u32,
    /// How it goes.
    pub text: Text,
    /// When to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_back: Option<When>,
}

/// An action is done.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionFinished {
    /// The action's number.
    pub action: u32,
    /// What came of it.
    pub outcome: Text,
}

/// Something to do after the incident.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpAgreed {
    /// The follow-up's number in this incident.
    pub follow_up: u32,
    /// What to do.
    pub text: Text,
    /// Who: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Label>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// Who promised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_by: Option<Person>,
}

/// A follow-up was done.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpFinished {
    /// The follow-up's number.
    pub follow_up: u32,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Text>,
}

/// Deploys were stopped: somebody took "the hat".
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployHoldTaken {
    /// What is held: a service, a pipeline, or `all`.
    pub scope: Name,
    /// Who holds it.
    pub by: Who,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Deploys may go on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployHoldReleased {
    /// What was held.
    pub scope: Name,
    /// Who released it.
    pub by: Who,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Something was changed that helps for now, and that must not stay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkaroundApplied {
    /// The workaround's number in this incident.
    pub workaround: u32,
    /// What was changed.
    pub text: Text,
    /// Who reverts it: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Label>,
    /// When somebody should ask whether it can be reverted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_back: Option<When>,
}

/// A workaround is gone: things are as they should be without it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkaroundReverted {
    /// The workaround's number.
    pub workaround: u32,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Text>,
}

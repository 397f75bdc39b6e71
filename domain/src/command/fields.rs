//! What the commands carry that have no event's own payload.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::actor::{Person, Who};
use crate::event::people::PageTarget;
use crate::event::runs::Exit;
use crate::ids::EventId;
use crate::text::{Label, ShellLine, Text, Title};
use crate::values::{ActionKind, Digest, Phase, Severity, Tier};
use crate::when::When;

/// An incident to declare.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declare {
    /// What to call it.
    pub title: Title,
    /// Whom it concerns; `engineering` unless told.
    #[serde(default = "Declare::default_tier")]
    pub tier: Tier,
    /// How bad it looks; `sev3` unless told.
    #[serde(default = "Declare::default_severity")]
    pub severity: Severity,
    /// What is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// How it was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_by: Option<Label>,
    /// Whether this is an exercise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

impl Declare {
    fn default_tier() -> Tier {
        Tier::Engineering
    }
    fn default_severity() -> Severity {
        Severity::Sev3
    }
}

/// A tier to rise to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// The higher tier.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Who commands when on call, looked up by the caller; gets the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commander_on_call: Option<Person>,
}

/// A tier to fall to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Downgrade {
    /// The lower tier.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A new severity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSeverity {
    /// The severity.
    pub to: Severity,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A new phase.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePhase {
    /// The phase; to resolve, use `resolve`.
    pub to: Phase,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Who.
    pub whom: PageTarget,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A page to answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgePage {
    /// The page's number.
    pub page: u32,
    /// Who answers; whoever asks unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

/// A line that somebody wants to run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeRun {
    /// The exact line.
    pub line: ShellLine,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A line to approve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRun {
    /// The run's number.
    pub run: u32,
    /// Of the line that the approver read.
    pub digest: Digest,
    /// Under what conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// A line to decline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRun {
    /// The run's number.
    pub run: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// One's own proposal to withdraw.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRun {
    /// The run's number.
    pub run: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A line that begins to run now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// The proposal's number; without one, it must be an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// The exact line.
    pub line: ShellLine,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// Why it cannot wait for an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Text>,
}

/// How a started run ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRun {
    /// The run's number.
    pub run: u32,
    /// When it began.
    pub started: When,
    /// When it ended.
    pub ended: When,
    /// How it ended, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Of everything it printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_digest: Option<Digest>,
    /// The end of what it printed, secrets masked by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Text>,
}

/// A run made elsewhere, told afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRun {
    /// The proposal's number, if it was proposed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// The exact line.
    pub line: ShellLine,
    /// Who ran it; whoever asks unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// When it began.
    pub started: When,
    /// When it ended.
    pub ended: When,
    /// How it ended, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Of everything it printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_digest: Option<Digest>,
    /// The end of what it printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Text>,
    /// Why it could not wait for an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Text>,
    /// Why nobody was asked, when it was no emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unapproved: Option<Text>,
}

/// A guess at the cause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseHypothesis {
    /// The guess.
    pub text: Text,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignAction {
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

/// Something to do after the incident.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreeFollowUp {
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

/// Deploys to stop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeHold {
    /// What is held; `all` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Label>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Deploys to let go on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// What was held; `all` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Label>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Users began to be hit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImpact {
    /// How.
    pub text: Text,
    /// What was affected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Label>,
    /// Who was hit, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Text>,
}

/// An event whose words are to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redact {
    /// The event.
    pub target: EventId,
    /// Why. Stays in the record for ever: say what kind of thing it was, not the thing itself.
    pub why: Text,
}

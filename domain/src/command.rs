//! What may be asked of scribe.
//!
//! A command is a request and may be refused; a shell line that somebody runs in production is a *run*,
//! never a command. Where a command tells a fact that needs no decision beyond "may this be told?", it
//! carries the event's own payload. Numbers, defaults and derived fields are left to `decide`.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::actor::{Person, Who};
use crate::event::people::PageTarget;
use crate::event::runs::Exit;
use crate::event::{evidence, impact, life, people, record, review, words, work};
use crate::ids::IncidentId;
use crate::recorded::Cause;
use crate::text::{Label, ShellLine, Text, Title};
use crate::values::{ActionKind, Digest, Phase, Severity, Tier};
use crate::when::When;

/// A command with what came with it, addressed to an incident.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whom it is for.
    pub target: Target,
    /// What is asked.
    pub command: Command,
    /// Who asks, when it happened, and which request this is.
    pub cause: Cause,
}

/// Whom a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An incident that exists.
    Incident(IncidentId),
    /// A new incident, to be named after this date and its title.
    New {
        /// The day it is declared, where the team is.
        date: NaiveDate,
    },
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $variant:ident($payload:ty) = $name:literal),+ $(,)?) => {
        /// Something asked of scribe about one incident.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command {
            $($(#[doc = $doc])+ $variant($payload)),+
        }

        impl Command {
            /// Every command's name, in catalogue order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name, as it stands in addresses: `hand-off`.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }

            /// Reads a command by its name from any deserialiser, so that the caller can keep track of
            /// paths; an unknown name is `None`.
            pub fn read<'de, D: serde::Deserializer<'de>>(name: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match name {
                    $($name => Some(<$payload>::deserialize(fields).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// Each command's name, meaning and JSON Schema.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, &'static str, schemars::Schema)> {
                vec![$(($name, concat!($($doc),+).trim_ascii_start(), generator.subschema_for::<$payload>())),+]
            }
        }

        $(impl From<$payload> for Command {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+
    };
}

commands! {
    /// Declare an incident.
    Declare(Declare) = "declare",
    /// Raise the tier; leaves a page for the commander on call.
    Upgrade(Upgrade) = "upgrade",
    /// Lower the tier.
    Downgrade(Downgrade) = "downgrade",
    /// Change the severity, either way.
    ChangeSeverity(ChangeSeverity) = "severity",
    /// Move the response to another phase.
    ChangePhase(ChangePhase) = "phase",
    /// Say that users are no longer hit.
    Mitigate(life::Mitigated) = "mitigate",
    /// Say that it is over.
    Resolve(life::Resolved) = "resolve",
    /// Say that it was not over.
    Reopen(life::Reopened) = "reopen",
    /// Say that the review is done.
    Close(life::Closed) = "close",
    /// Say that it was declared in error.
    Cancel(life::Cancelled) = "cancel",
    /// Say that it is part of another incident.
    Merge(life::MergedInto) = "merge",
    /// Set a point that metrics are computed from, at the occurred time.
    SetMilestone(life::MilestoneSet) = "milestone",

    /// Give a vacant role to somebody.
    AssignRole(people::RoleAssigned) = "assign-role",
    /// Hand a role from its holder to somebody else.
    HandOff(people::RoleHandedOff) = "hand-off",
    /// Give up a role.
    LeaveRole(people::RoleLeft) = "leave-role",
    /// Record that somebody was called.
    Page(Page) = "page",
    /// Answer a page.
    AcknowledgePage(AcknowledgePage) = "acknowledge-page",
    /// Join the response.
    Join(people::Joined) = "join",
    /// Leave the response.
    Leave(people::Left) = "leave",

    /// Propose to run a line.
    ProposeRun(ProposeRun) = "propose-run",
    /// Approve a proposed line, by its digest.
    ApproveRun(ApproveRun) = "approve-run",
    /// Decline a proposed line.
    DeclineRun(DeclineRun) = "decline-run",
    /// Withdraw one's own proposal.
    WithdrawRun(WithdrawRun) = "withdraw-run",
    /// Say that an approved line, or an emergency, begins to run now.
    StartRun(StartRun) = "start-run",
    /// Say how a started run ended.
    FinishRun(FinishRun) = "finish-run",
    /// Record a run made elsewhere.
    RecordRun(RecordRun) = "record-run",

    /// Note an observation.
    Note(words::Noted) = "note",
    /// Summarise where things stand.
    Summarise(words::Summarised) = "summarise",
    /// Record a decision.
    Decide(words::Decided) = "decide",
    /// Raise a hypothesis.
    RaiseHypothesis(RaiseHypothesis) = "raise-hypothesis",
    /// Settle a hypothesis.
    SettleHypothesis(words::HypothesisSettled) = "settle-hypothesis",
    /// Tell an audience.
    UpdateStatus(words::StatusUpdated) = "update-status",
    /// Record that the team came back together.
    Regroup(words::Regrouped) = "regroup",

    /// Link something useful.
    Link(evidence::Linked) = "link",
    /// Record that an alert fired.
    FireAlert(evidence::AlertFired) = "fire-alert",
    /// Record that an alert stopped firing.
    ResolveAlert(evidence::AlertResolved) = "resolve-alert",
    /// Link a change in production.
    LinkChange(evidence::ChangeLinked) = "link-change",
    /// Attach evidence by its digest.
    AttachEvidence(evidence::EvidenceAttached) = "attach-evidence",

    /// Give somebody something to do.
    AssignAction(AssignAction) = "assign-action",
    /// Say how an action is going.
    CheckInAction(work::ActionCheckedIn) = "check-in-action",
    /// Say that an action is done.
    FinishAction(work::ActionFinished) = "finish-action",
    /// Agree on something to do after the incident.
    AgreeFollowUp(AgreeFollowUp) = "agree-follow-up",
    /// Say that a follow-up is done.
    FinishFollowUp(work::FollowUpFinished) = "finish-follow-up",
    /// Stop deploys: take the hat.
    TakeHold(TakeHold) = "take-hold",
    /// Let deploys go on: give the hat back.
    ReleaseHold(ReleaseHold) = "release-hold",

    /// Record that users began to be hit.
    StartImpact(StartImpact) = "start-impact",
    /// Record that an impact ended.
    EndImpact(impact::ImpactEnded) = "end-impact",
    /// Name the cause.
    NameCause(impact::CauseNamed) = "name-cause",

    /// Say who will write the review.
    AssignReview(review::ReviewAssigned) = "assign-review",
    /// Write a section of the review.
    WriteReviewSection(review::ReviewSectionWritten) = "write-review-section",
    /// Show the review to an audience.
    PublishReview(review::ReviewPublished) = "publish-review",

    /// Correct something told before.
    Correct(record::Corrected) = "correct",
    /// Retract something told before.
    Retract(record::Retracted) = "retract",
    /// Record that somebody was reminded.
    Nudge(record::Nudged) = "nudge",
}

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

//! What may be asked of scribe.
//!
//! A command is a request and may be refused; a shell line that somebody runs in production is a *run*,
//! never a command. Where a command tells a fact that needs no decision beyond "may this be told?", it
//! carries the event's own payload. Numbers, defaults and derived fields are left to `decide`.

mod fields;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::event::{evidence, impact, life, people, record, review, words, work};
use crate::ids::IncidentId;
use crate::recorded::Cause;

pub use fields::{
    AcknowledgePage, AgreeFollowUp, ApproveRun, AssignAction, ChangePhase, ChangeSeverity, Declare,
    DeclineRun, Downgrade, FinishRun, Page, ProposeRun, RaiseHypothesis, RecordRun, Redact, ReleaseHold,
    StartImpact, StartRun, TakeHold, Upgrade, WithdrawRun,
};

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
    /// Erase the words of something told before, for good; its place and its proof stand.
    Redact(Redact) = "redact",
    /// Record that somebody was reminded.
    Nudge(record::Nudged) = "nudge",
}

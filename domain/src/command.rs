//! What may be asked of scribe.
//!
//! A command is a request and may be refused; a shell line that somebody runs in production is a *run*,
//! never a command. Where a command tells a fact that needs no decision beyond "may this be told?", it
//! carries the event's own payload. Numbers, defaults and derived fields are left to `decide`.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::account::Account;
use crate::event::catalogue::Fact;
use crate::event::{IncidentEvent, evidence, impact, life, people, record, review, words, work};
use crate::event_store::Wiping;
use crate::fingerprint::Fingerprint;
use crate::ids::IncidentId;
use crate::incident::Incident;
use crate::incident::decide::{self as rule, Decision, Situation};
use crate::recorded::Cause;
use crate::scope::Scope;

pub use rule::evidence::StartGap;
pub use rule::life::{ChangePhase, ChangeSeverity, Declare, Downgrade, Upgrade};
pub use rule::people::{AcknowledgePage, CorrectHolder, Page};
pub use rule::record::Redact;
pub use rule::runs::{ApproveRun, DeclineRun, FinishRun, ProposeRun, RecordRun, StartRun, WithdrawRun};
pub use rule::words::RaiseHypothesis;
pub use rule::work::{AgreeFollowUp, ApplyWorkaround, AssignAction, ReleaseHold, StartImpact, TakeHold};

/// What follows from a command in this situation: events, or a refusal. A command that is already satisfied
/// yields no events.
pub fn decide(incident: &Incident, id: &IncidentId, command: &Command, cause: &Cause) -> Decision {
    command.decide(incident, id, cause)
}

/// A command with what came with it, addressed to an incident.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whom it is for.
    pub target: Target,
    /// What is asked.
    pub command: Command,
    /// Who asks, when it happened, and which request this is.
    pub cause: Cause,
    /// What is asked, as it was sent. A program that sends a thing again with other words leaves it out.
    pub fingerprint: Option<Fingerprint>,
    /// When copies of what it erases are wiped, if it erases something.
    pub wiping: Wiping,
}

impl Request {
    /// A request whose key may be used for nothing else.
    pub fn new(target: Target, command: Command, cause: Cause) -> Self {
        let incident = match &target {
            Target::Incident(incident) => incident.as_str(),
            // The day is that of each attempt.
            Target::New { .. } => "",
        };
        let asked = serde_json::to_vec(&(incident, command.name(), &command, &cause.actor));
        let fingerprint = asked.ok().map(|asked| Fingerprint::of(&asked));
        Self { target, command, cause, fingerprint, wiping: Wiping::AtOnce }
    }

    /// The same, one of several that erase something: whoever asks scrubs the store after the last.
    #[must_use]
    pub fn wiped_by_scrub(self) -> Self {
        Self { wiping: Wiping::ByScrub, ..self }
    }

    /// The same, told for whoever this account belongs to: it is part of what is asked.
    #[must_use]
    pub fn on_behalf_of(self, account: &Account) -> Self {
        let asked = serde_json::to_vec(&(self.fingerprint, account));
        Self { fingerprint: asked.ok().map(|asked| Fingerprint::of(&asked)), ..self }
    }
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

/// The scope that a row names, for these fields.
macro_rules! one_scope {
    (Communicate $payload:ident) => {
        Scope::Communicate($payload.audience)
    };
    ($scope:ident $payload:ident) => {{
        let _ = $payload;
        Scope::$scope
    }};
}

/// The scopes of which a row takes one.
macro_rules! any_scope {
    (Communicate) => {
        Scope::COMMUNICATE
    };
    ($scope:ident) => {
        &[Scope::$scope]
    };
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $variant:ident($payload:ty) = $name:literal for $scope:ident by $rule:path),+ $(,)?) => {
        /// Something asked of scribe about one incident.
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        pub enum Command {
            /// Declare an incident.
            Declare(Declare),
            $($(#[doc = $doc])+ $variant($payload),)+
            /// Tell a fact, which is kept whatever the situation. The catalogue of kinds says which are told so,
            /// and by which command's name.
            Tell(Fact),
        }

        /// The commands that have a rule of their own.
        const RULED: &[&str] = &["declare", $($name),+];

        impl Command {
            /// The name, as it stands in addresses: `hand-off`.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::Declare(_) => "declare",
                    $(Self::$variant(_) => $name,)+
                    Self::Tell(fact) => fact.command(),
                }
            }

            /// What it takes to be allowed it.
            pub fn scope(&self) -> Scope {
                match self {
                    Self::Declare(_) => Scope::Respond,
                    $(Self::$variant(payload) => one_scope!($scope payload),)+
                    Self::Tell(fact) => fact.scope(),
                }
            }

            /// With which scopes the command of this name is asked at all, whatever its fields say: with any of
            /// them. None if there is no such command.
            pub fn scopes(name: &str) -> Option<&'static [Scope]> {
                match name {
                    "declare" => Some(&[Scope::Respond]),
                    $($name => Some(any_scope!($scope)),)+
                    _ => Fact::scopes(name),
                }
            }

            /// Reads a command by its name from any deserialiser, so that the caller can keep track of
            /// paths; an unknown name is `None`.
            pub fn read<'de, D: serde::Deserializer<'de>>(name: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match name {
                    "declare" => Some(Declare::deserialize(fields).map(Self::Declare)),
                    $($name => Some(<$payload>::deserialize(fields).map(Self::$variant)),)+
                    _ => Fact::read(name, fields).map(|read| read.map(Self::Tell)),
                }
            }

            /// Each command's name, meaning and JSON Schema.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, &'static str, schemars::Schema)> {
                let mut all = vec![
                    ("declare", "Declare an incident.", generator.subschema_for::<Declare>()),
                    $(($name, concat!($($doc),+).trim_ascii_start(), generator.subschema_for::<$payload>())),+
                ];
                all.extend(Fact::schemas(generator));
                all
            }

            fn decide(&self, incident: &Incident, id: &IncidentId, cause: &Cause) -> Decision {
                let situation = || Situation::of(incident, id, cause);
                match self {
                    // The only one that needs nothing declared before.
                    Self::Declare(command) => rule::life::declare(incident, id, command),
                    $(Self::$variant(command) => $rule(&situation()?, command),)+
                    Self::Tell(fact) => situation().map(|_| vec![IncidentEvent::from(fact.clone())]),
                }
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
    /// Raise the tier; leaves a page for the commander on call.
    Upgrade(Upgrade) = "upgrade" for Respond by rule::life::upgrade,
    /// Lower the tier.
    Downgrade(Downgrade) = "downgrade" for Respond by rule::life::downgrade,
    /// Change the severity, either way.
    ChangeSeverity(ChangeSeverity) = "severity" for Respond by rule::life::change_severity,
    /// Move the response to another phase.
    ChangePhase(ChangePhase) = "phase" for Respond by rule::life::change_phase,
    /// Say that users are no longer hit.
    Mitigate(life::Mitigated) = "mitigate" for Respond by rule::life::mitigate,
    /// Say that it is over.
    Resolve(life::Resolved) = "resolve" for Respond by rule::life::resolve,
    /// Say that it was not over.
    Reopen(life::Reopened) = "reopen" for Respond by rule::life::reopen,
    /// Say that the review is done.
    Close(life::Closed) = "close" for Review by rule::life::close,
    /// Say that it was declared in error.
    Cancel(life::Cancelled) = "cancel" for Respond by rule::life::cancel,
    /// Say that it is part of another incident.
    Merge(life::MergedInto) = "merge" for Respond by rule::life::merge,
    /// Say what it has to do with another incident; both tell it from then on.
    Relate(life::Related) = "relate" for Respond by rule::life::relate,

    /// Give a vacant role to somebody.
    AssignRole(people::RoleAssigned) = "assign-role" for Respond by rule::people::assign_role,
    /// Hand a role from its holder to somebody else.
    HandOff(people::RoleHandedOff) = "hand-off" for Respond by rule::people::hand_off,
    /// Give up a role.
    LeaveRole(people::RoleLeft) = "leave-role" for Respond by rule::people::leave_role,
    /// Say that somebody else took a role than an assignment or handoff tells.
    CorrectHolder(CorrectHolder) = "correct-holder" for Respond by rule::people::correct_holder,
    /// Record that somebody was called.
    Page(Page) = "page" for Append by rule::people::page,
    /// Answer a page.
    AcknowledgePage(AcknowledgePage) = "acknowledge-page" for Respond by rule::people::acknowledge_page,
    /// Join the response.
    Join(people::Joined) = "join" for Respond by rule::people::join,
    /// Leave the response.
    Leave(people::Left) = "leave" for Respond by rule::people::leave,

    /// Propose to run a line.
    ProposeRun(ProposeRun) = "propose-run" for Respond by rule::runs::propose,
    /// Approve a proposed line, by its digest.
    ApproveRun(ApproveRun) = "approve-run" for Approve by rule::runs::approve,
    /// Decline a proposed line.
    DeclineRun(DeclineRun) = "decline-run" for Approve by rule::runs::decline,
    /// Withdraw one's own proposal.
    WithdrawRun(WithdrawRun) = "withdraw-run" for Respond by rule::runs::withdraw,
    /// Say that an approved line, or an emergency, begins to run now.
    StartRun(StartRun) = "start-run" for Respond by rule::runs::start,
    /// Say how a started run ended.
    FinishRun(FinishRun) = "finish-run" for Respond by rule::runs::finish,
    /// Record a run made elsewhere.
    RecordRun(RecordRun) = "record-run" for Respond by rule::runs::record,

    /// Raise a hypothesis.
    RaiseHypothesis(RaiseHypothesis) = "raise-hypothesis" for Respond by rule::words::raise_hypothesis,
    /// Settle a hypothesis.
    SettleHypothesis(words::HypothesisSettled) = "settle-hypothesis" for Respond by rule::words::settle_hypothesis,
    /// Tell an audience.
    UpdateStatus(words::StatusUpdated) = "update-status" for Communicate by rule::words::update_status,

    /// Say what a page tells of the incident apart from its updates: title, summary, components.
    DescribePage(words::PageDescribed) = "describe-page" for Communicate by rule::words::describe_page,
    /// Call a component otherwise on a page; two of one name are one.
    RenameComponent(words::ComponentRenamed) = "rename-component" for Communicate by rule::words::rename_component,

    /// Give somebody something to do.
    AssignAction(AssignAction) = "assign-action" for Respond by rule::work::assign_action,
    /// Say how an action is going.
    CheckInAction(work::ActionCheckedIn) = "check-in-action" for Respond by rule::work::check_in_action,
    /// Say that an action is done.
    FinishAction(work::ActionFinished) = "finish-action" for Respond by rule::work::finish_action,
    /// Agree on something to do after the incident.
    AgreeFollowUp(AgreeFollowUp) = "agree-follow-up" for Review by rule::work::agree_follow_up,
    /// Say that a follow-up is done.
    FinishFollowUp(work::FollowUpFinished) = "finish-follow-up" for Review by rule::work::finish_follow_up,
    /// Record that something helps for now, and must not stay.
    ApplyWorkaround(ApplyWorkaround) = "apply-workaround" for Respond by rule::work::apply_workaround,
    /// Record that a workaround is gone.
    RevertWorkaround(work::WorkaroundReverted) = "revert-workaround" for Respond by rule::work::revert_workaround,
    /// Stop deploys: take the hat.
    TakeHold(TakeHold) = "take-hold" for Respond by rule::work::take_hold,
    /// Let deploys go on: give the hat back.
    ReleaseHold(ReleaseHold) = "release-hold" for Respond by rule::work::release_hold,

    /// Record that evidence is missing from a moment on.
    StartGap(StartGap) = "start-gap" for Respond by rule::evidence::start_gap,
    /// Record that missing evidence is there again.
    EndGap(evidence::EvidenceGapEnded) = "end-gap" for Respond by rule::evidence::end_gap,

    /// Record that users began to be hit.
    StartImpact(StartImpact) = "start-impact" for Respond by rule::work::start_impact,
    /// Record that an impact ended.
    EndImpact(impact::ImpactEnded) = "end-impact" for Respond by rule::work::end_impact,
    /// Name the cause.
    NameCause(impact::CauseNamed) = "name-cause" for Respond by rule::words::name_cause,

    /// Write a section of the review.
    WriteReviewSection(review::ReviewSectionWritten) = "write-review-section" for Review by rule::words::write_review_section,
    /// Name a risk that was known before it struck.
    NameRisk(review::RiskNamed) = "name-risk" for Review by rule::words::name_risk,
    /// Show the review to an audience.
    PublishReview(review::ReviewPublished) = "publish-review" for Review by rule::words::publish_review,

    /// Correct something told before.
    Correct(record::Corrected) = "correct" for Respond by rule::record::correct,
    /// Retract something told before.
    Retract(record::Retracted) = "retract" for Respond by rule::record::retract,
    /// Erase the words of something told before, for good; its place and its proof stand.
    Redact(Redact) = "redact" for Redact by rule::record::redact,
}

impl Command {
    /// Every command's name: those with a rule of their own, and then those that tell a fact.
    pub const NAMES: &'static [&'static str] = &{
        let mut all = [""; RULED.len() + Fact::COMMANDS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = if at < RULED.len() { RULED[at] } else { Fact::COMMANDS[at - RULED.len()] };
            at += 1;
        }
        all
    };
}

impl From<Declare> for Command {
    fn from(declare: Declare) -> Self {
        Self::Declare(declare)
    }
}

impl<F: Into<Fact>> From<F> for Command {
    fn from(fact: F) -> Self {
        Self::Tell(fact.into())
    }
}

//! The domain says no.

use std::fmt;

use crate::remedy::Remedy;

macro_rules! reasons {
    ($(#[doc = $doc:literal] $variant:ident = $code:literal),+ $(,)?) => {
        /// Why a command was refused. The codes are stable: integrations may branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $(#[doc = $doc] $variant),+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What it means, in a sentence.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }.trim()
            }
        }
    };
}

reasons! {
    /// No incident has this id.
    UnknownIncident = "unknown_incident",
    /// The incident exists already.
    AlreadyDeclared = "already_declared",
    /// The incident is resolved, closed, cancelled or merged, and this needs it open.
    NotOpen = "not_open",
    /// This needs the incident to be resolved.
    NotResolved = "not_resolved",
    /// An upgrade must go up.
    NotAnUpgrade = "not_an_upgrade",
    /// A downgrade must go down.
    NotADowngrade = "not_a_downgrade",
    /// This has a command of its own.
    WrongCommand = "wrong_command",
    /// Nothing and nobody can be merged into itself.
    MergeIntoSelf = "merge_into_self",
    /// An incident has nothing to do with itself.
    RelatedToItself = "related_to_itself",
    /// The two incidents cannot be related so.
    RelationContradicts = "relation_contradicts",
    /// Somebody holds the role; it must be handed off.
    RoleHeld = "role_held",
    /// The person named does not hold the role.
    NotTheHolder = "not_the_holder",
    /// The event gave nobody a role.
    NoRoleGiven = "no_role_given",
    /// Only a commander or communications lead may do this.
    NotACommunicator = "not_a_communicator",
    /// The audience is above the incident's tier.
    AudienceAboveTier = "audience_above_tier",
    /// The audience was told nothing of the incident yet.
    NothingPosted = "nothing_posted",
    /// Nothing is told.
    NothingTold = "nothing_told",
    /// Nothing in this incident has that number.
    UnknownNumber = "unknown_number",
    /// Nothing in this incident has that event id.
    UnknownEvent = "unknown_event",
    /// It is over already.
    AlreadyOver = "already_over",
    /// Nobody approves their own run.
    SelfApproval = "self_approval",
    /// Only people approve, decline or erase.
    NotAPerson = "not_a_person",
    /// The line is not the one that was approved or proposed.
    LineChanged = "line_changed",
    /// The run has no approval.
    NotApproved = "not_approved",
    /// The run was declined or withdrawn.
    RunRefused = "run_refused",
    /// The run has begun already.
    RunStarted = "run_started",
    /// The run has not begun.
    RunNotStarted = "run_not_started",
    /// Only the proposer may do this.
    NotTheProposer = "not_the_proposer",
    /// The deploy hold is taken by somebody else.
    HoldTaken = "hold_taken",
    /// The deploy hold is not taken.
    HoldNotTaken = "hold_not_taken",
    /// This kind of event cannot be corrected or retracted.
    NotCorrectable = "not_correctable",
    /// The correction does not fit the event it corrects.
    BadCorrection = "bad_correction",
    /// Retracted already.
    AlreadyRetracted = "already_retracted",
    /// Its words are erased.
    AlreadyErased = "already_erased",
    /// What says that something was erased stays.
    NotErasable = "not_erasable",
    /// Whoever approves it is not proven, and whoever proposed it is, or a program passes it on.
    ApproverNotProven = "approver_not_proven",
    /// Nothing is given by it.
    NothingGiven = "nothing_given",
    /// No token has this id.
    UnknownToken = "unknown_token",
    /// Nobody in the directory goes by this name.
    UnknownPerson = "unknown_person",
    /// This account is nobody's, as far as the directory says.
    UnknownAccount = "unknown_account",
    /// Somebody in the directory goes by this name already.
    NameTaken = "name_taken",
    /// The account is somebody else's.
    AccountTaken = "account_taken",
    /// The name was not merged into another.
    NotMerged = "not_merged",
    /// The occurred times contradict each other.
    TimesContradict = "times_contradict",
    /// The record has no such position, or nothing of the kind stands there.
    UnknownPosition = "unknown_position",
    /// It was settled already whose clock was wrong there.
    AlreadySettled = "already_settled",
    /// Nothing speaks against the times there.
    NotDisputed = "not_disputed",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The domain says no: why, and what to do instead. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The stable reason.
    pub reason: Reason,
    /// What is wrong, naming what was asked for.
    pub message: String,
    /// What to do instead.
    pub remedy: Remedy,
}

impl Refusal {
    /// A refusal.
    pub fn new(reason: Reason, message: impl Into<String>, remedy: impl Into<Remedy>) -> Self {
        Self { reason, message: message.into(), remedy: remedy.into() }
    }
}

//! What somebody may do: seven rights, of which none includes another.

use std::fmt;

use scribe_domain::command::Command;

/// What it takes to be allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Nothing: anybody may know whether the server lives.
    Anybody,
    /// Looking at incidents, views and their proofs.
    Read,
    /// Adding facts that decide nothing: what tools send, notes, links.
    Append,
    /// Leading and working an incident: its life, roles, runs, actions and holds.
    Respond,
    /// Telling audiences something.
    Communicate,
    /// Reviewing what happened, and what follows from it.
    Review,
    /// Reading the record as it is kept, and checking it.
    Audit,
    /// What concerns the record itself: imports, restores, erasures, keys.
    Admin,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Anybody,
        Self::Read,
        Self::Append,
        Self::Respond,
        Self::Communicate,
        Self::Review,
        Self::Audit,
        Self::Admin,
    ];

    /// Its name, as tokens will have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Read => "read",
            Self::Append => "append",
            Self::Respond => "respond",
            Self::Communicate => "communicate",
            Self::Review => "review",
            Self::Audit => "audit",
            Self::Admin => "admin",
        }
    }

    /// What a command takes. A new command does not compile before somebody decided.
    pub fn of(command: &Command) -> Self {
        use Command as C;
        match command {
            C::Note(_)
            | C::Link(_)
            | C::FireAlert(_)
            | C::ResolveAlert(_)
            | C::LinkChange(_)
            | C::AttachEvidence(_)
            | C::Page(_)
            | C::Nudge(_) => Self::Append,
            C::Declare(_)
            | C::Upgrade(_)
            | C::Downgrade(_)
            | C::ChangeSeverity(_)
            | C::ChangePhase(_)
            | C::Mitigate(_)
            | C::Resolve(_)
            | C::Reopen(_)
            | C::Cancel(_)
            | C::Merge(_)
            | C::SetMilestone(_)
            | C::AssignRole(_)
            | C::HandOff(_)
            | C::LeaveRole(_)
            | C::AcknowledgePage(_)
            | C::Join(_)
            | C::Leave(_)
            | C::ProposeRun(_)
            | C::ApproveRun(_)
            | C::DeclineRun(_)
            | C::WithdrawRun(_)
            | C::StartRun(_)
            | C::FinishRun(_)
            | C::RecordRun(_)
            | C::Summarise(_)
            | C::Decide(_)
            | C::RaiseHypothesis(_)
            | C::SettleHypothesis(_)
            | C::Regroup(_)
            | C::AssignAction(_)
            | C::CheckInAction(_)
            | C::FinishAction(_)
            | C::TakeHold(_)
            | C::ReleaseHold(_)
            | C::StartImpact(_)
            | C::EndImpact(_)
            | C::NameCause(_)
            | C::Correct(_)
            | C::Retract(_) => Self::Respond,
            C::UpdateStatus(_) => Self::Communicate,
            C::Close(_)
            | C::AgreeFollowUp(_)
            | C::FinishFollowUp(_)
            | C::AssignReview(_)
            | C::WriteReviewSection(_)
            | C::PublishReview(_) => Self::Review,
            C::Redact(_) => Self::Admin,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

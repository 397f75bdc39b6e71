//! What an auditor should look at.

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::runs::{Exit, Standing};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::{Approval, Run};

/// Something about a run that an auditor should look at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RunFlag {
    /// It began without an approval, emergency or not.
    Unapproved,
    /// It was said that it could not wait for an approval.
    Emergency,
    /// What ran is another line, or ran on another host, than was proposed or approved.
    LineDiffers,
    /// It was approved only after it had begun, by either clock.
    ApprovedAfter,
    /// It is said to have been approved, but the record holds no approval of that line by that person.
    ApprovalMissing,
    /// Whoever approved it also proposed or ran it, by any name that the directory of people has for them.
    SelfApproved,
    /// Whoever approved it used the same account of the same machine as whoever proposed or started it.
    SameAccount,
    /// It began, and nobody has said how it ended.
    NotFinished,
    /// It ended with another status than 0, or was killed.
    Failed,
}

impl RunFlag {
    /// Every flag, in order.
    pub const ALL: &'static [Self] = &[
        Self::Unapproved,
        Self::Emergency,
        Self::LineDiffers,
        Self::ApprovedAfter,
        Self::ApprovalMissing,
        Self::SelfApproved,
        Self::SameAccount,
        Self::NotFinished,
        Self::Failed,
    ];

    /// As people say it.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Unapproved => "unapproved",
            Self::Emergency => "emergency",
            Self::LineDiffers => "line differs",
            Self::ApprovedAfter => "approved after",
            Self::ApprovalMissing => "approval missing",
            Self::SelfApproved => "self-approved",
            Self::SameAccount => "same account",
            Self::NotFinished => "not finished",
            Self::Failed => "failed",
        }
    }

    fn applies(self, run: &Run, names: &Namesakes) -> bool {
        match self {
            Self::Unapproved => {
                matches!(run.standing(), Some(Standing::Unapproved { .. } | Standing::Emergency { .. }))
            }
            Self::Emergency => matches!(run.standing(), Some(Standing::Emergency { .. })),
            Self::LineDiffers => line_differs(run),
            Self::ApprovedAfter => approved_after(run),
            Self::ApprovalMissing => approval_missing(run, names),
            Self::SelfApproved => self_approved(run, names),
            Self::SameAccount => same_account(run),
            Self::NotFinished => run.started.is_some() && run.finished.is_none(),
            Self::Failed => run
                .finished
                .as_ref()
                .and_then(|finished| finished.exit)
                .is_some_and(|exit| exit != Exit::Code(0)),
        }
    }
}

/// The flags that a run carries where these names are one person's, in order.
pub(super) fn of(run: &Run, names: &Namesakes) -> Vec<RunFlag> {
    RunFlag::ALL.iter().copied().filter(|flag| flag.applies(run, names)).collect()
}

/// Whether no two people had seen the line before it ran, of whom one approved it: by the record, and not by what
/// the run itself claims. Whoever proposed it has seen it, unless that is a program; then whoever ran it has.
pub(super) fn is_unseconded(run: &Run, names: &Namesakes) -> bool {
    if run.started.is_none() && run.finished.is_none() {
        return false;
    }
    let ran = ran(run);
    let in_time = |approval: &&Approval| {
        Some(approval.digest) == ran
            && !approval.overruled
            && !is_after(run, approval.told.occurred.at(), approval.told.recorded_at)
    };
    let people: Vec<&Person> = run.approvals.iter().filter(in_time).map(|e| &e.by).collect();
    if people.is_empty() {
        return true;
    }
    let seen = match run.proposed.as_ref().map(|e| &e.by) {
        Some(Who::Person(proposer)) => Some(proposer),
        _ => match run.by() {
            Some(Who::Person(runner)) => Some(runner),
            _ => None,
        },
    };
    !names.are_two(people.into_iter().chain(seen))
}

/// The digest of the line that ran.
fn ran(run: &Run) -> Option<Digest> {
    run.started.as_ref().map(|e| e.digest).or(run.finished.as_ref().map(|e| e.digest))
}

/// Whether an approval came only once it had begun, by either clock.
fn is_after(run: &Run, occurred: Option<DateTime<Utc>>, recorded_at: DateTime<Utc>) -> bool {
    let began = run.began().and_then(|when| when.at());
    let by_the_world = began.zip(occurred).is_some_and(|(began, approved)| approved > began);
    // A run made elsewhere is always recorded after it began, so only a recorded start can be compared.
    let by_the_record = run.started.as_ref().is_some_and(|started| recorded_at > started.told.recorded_at);
    by_the_world || by_the_record
}

fn same_account(run: &Run) -> bool {
    let others = run.proposed.iter().map(|e| &e.told).chain(run.started.iter().map(|e| &e.told));
    let origins: Vec<_> = others.filter_map(|told| told.origin.as_ref()).collect();
    run.approvals
        .iter()
        .filter_map(|approval| approval.told.origin.as_ref())
        .any(|origin| origins.iter().any(|other| other.is_one_with(origin)))
}

fn line_differs(run: &Run) -> bool {
    let ran: Vec<_> = (run.started.iter().map(|e| (e.digest, &e.host, &e.line)))
        .chain(run.finished.iter().map(|e| (e.digest, &e.host, &e.line)))
        .collect();
    ran.iter().any(|(digest, host, line)| {
        // An imported event may name another digest than its line has.
        let lies = line.as_ref().is_some_and(|line| Digest::of_line(line) != *digest);
        let other = run.proposed.as_ref().is_some_and(|e| e.digest != *digest || e.host != **host);
        let unseen = !run.approvals.is_empty() && run.approvals.iter().all(|e| e.digest != *digest);
        lies || other || unseen
    }) || ran.first().map(|ran| ran.0) != ran.last().map(|ran| ran.0)
}

fn approved_after(run: &Run) -> bool {
    let Some(first) = run.approvals.first() else {
        return false;
    };
    let earliest = run.approvals.iter().filter_map(|approval| approval.told.occurred.at()).min();
    is_after(run, earliest, first.told.recorded_at)
}

fn approval_missing(run: &Run, names: &Namesakes) -> bool {
    let Some(Standing::Approved { by }) = run.standing() else {
        return false;
    };
    let ran = ran(run);
    !run.approvals.iter().any(|e| names.are_one(&e.by, by) && Some(e.digest) == ran && !e.overruled)
}

fn self_approved(run: &Run, names: &Namesakes) -> bool {
    let concerned = |person: &Person| {
        run.proposed.as_ref().is_some_and(|e| names.who_may_be(&e.by, person))
            || run.started.as_ref().is_some_and(|e| names.who_may_be(&e.by, person))
            || run.finished.as_ref().is_some_and(|e| names.who_may_be(&e.by, person))
    };
    let claimed = match run.standing() {
        Some(Standing::Approved { by }) => Some(by),
        _ => None,
    };
    run.approvals.iter().map(|e| &e.by).chain(claimed).any(concerned)
}

//! Two pairs of eyes on what runs in production.

use super::{Decision, Situation, already_so, happened, next};
use crate::actor::{Person, Who};
use crate::command::{ApproveRun, DeclineRun, FinishRun, ProposeRun, RecordRun, StartRun, WithdrawRun};
use crate::event::runs::{
    RunApproved, RunDeclined, RunFinished, RunProposed, RunStarted, RunWithdrawn, Standing,
};
use crate::incident::{Run, Stage};
use crate::refusal::{Reason, Refusal};
use crate::values::Digest;
use crate::when::When;

pub(super) fn propose(s: &Situation<'_>, command: &ProposeRun) -> Decision {
    s.must_be_open()?;
    happened(RunProposed {
        run: next(&s.case.runs),
        line: command.line.clone(),
        digest: Digest::of_line(&command.line),
        by: s.cause.actor.responsible(),
        host: command.host.clone(),
        why: command.why.clone(),
    })
}

/// Also once it has run: a late second pair of eyes is better than none, and shows as late.
pub(super) fn approve(s: &Situation<'_>, command: &ApproveRun) -> Decision {
    let run = known(s, command.run)?;
    let by = second_person(s, run, command.run, "approve")?;
    if run.approved_by.as_ref() == Some(&by) && run.digest == command.digest {
        return already_so();
    }
    if run.ran_by == Some(Who::Person(by.clone())) {
        return Err(Refusal::new(
            Reason::SelfApproval,
            format!("{by} ran run {} and cannot approve it", command.run),
            "ask somebody else to read the line and approve it",
        ));
    }
    if run.stage == Stage::Refused {
        return Err(Refusal::new(
            Reason::RunRefused,
            format!("run {} was declined or withdrawn", command.run),
            "propose it again",
        ));
    }
    same_line(run, command.run, command.digest)?;
    happened(RunApproved { run: command.run, digest: command.digest, by, note: command.note.clone() })
}

pub(super) fn decline(s: &Situation<'_>, command: &DeclineRun) -> Decision {
    let run = known(s, command.run)?;
    let by = second_person(s, run, command.run, "decline")?;
    if run.stage == Stage::Refused {
        return already_so();
    }
    must_not_have_begun(run, command.run)?;
    happened(RunDeclined { run: command.run, by, why: command.why.clone() })
}

pub(super) fn withdraw(s: &Situation<'_>, command: &WithdrawRun) -> Decision {
    let run = known(s, command.run)?;
    if run.by != s.cause.actor.responsible() {
        return Err(Refusal::new(
            Reason::NotTheProposer,
            format!("run {} was proposed by {}", command.run, run.by),
            format!("to stop it: scribe decline {} {}", s.id, command.run),
        ));
    }
    if run.stage == Stage::Refused {
        return already_so();
    }
    must_not_have_begun(run, command.run)?;
    happened(RunWithdrawn { run: command.run, why: command.why.clone() })
}

pub(super) fn start(s: &Situation<'_>, command: &StartRun) -> Decision {
    let emergency = command.emergency.clone().map(|reason| Standing::Emergency { reason });
    let digest = Digest::of_line(&command.line);
    let (number, host, standing) = match command.run {
        Some(number) => {
            let run = known(s, number)?;
            must_not_have_begun(run, number)?;
            same_line(run, number, digest)?;
            if run.host != command.host {
                return Err(line_changed(number, "another host than was proposed"));
            }
            let approved = run.approved_by.clone().map(|by| Standing::Approved { by });
            if run.stage == Stage::Refused && emergency.is_none() {
                return Err(Refusal::new(
                    Reason::RunRefused,
                    format!("run {number} was declined or withdrawn"),
                    "propose it again",
                ));
            }
            (number, run.host.clone(), approved.or(emergency))
        }
        None => (next(&s.case.runs), command.host.clone(), emergency),
    };
    let Some(standing) = standing else {
        return Err(not_approved(s, command.run));
    };
    if matches!(standing, Standing::Approved { .. }) {
        s.must_be_open()?;
    }
    happened(RunStarted {
        run: number,
        line: command.line.clone(),
        digest,
        by: s.cause.actor.responsible(),
        host,
        standing,
    })
}

pub(super) fn finish(s: &Situation<'_>, command: &FinishRun) -> Decision {
    let run = known(s, command.run)?;
    let standing = match &run.stage {
        Stage::Started(standing) => standing.clone(),
        Stage::Finished => return Err(already_over(command.run)),
        Stage::Proposed | Stage::Refused => {
            return Err(Refusal::new(
                Reason::RunNotStarted,
                format!("run {} has not begun", command.run),
                "a run made elsewhere is recorded with record-run (`scribe ran`)",
            ));
        }
    };
    in_order(command.started, command.ended)?;
    happened(RunFinished {
        run: command.run,
        line: run.line.clone(),
        digest: run.digest,
        by: run.ran_by.clone().unwrap_or_else(|| run.by.clone()),
        host: run.host.clone(),
        standing,
        started: command.started,
        ended: command.ended,
        exit: command.exit,
        output_digest: command.output_digest,
        excerpt: command.excerpt.clone(),
    })
}

/// What ran has run; it is recorded even where the rule was broken, but then only with a reason, and
/// the mark stays.
pub(super) fn record(s: &Situation<'_>, command: &RecordRun) -> Decision {
    in_order(command.started, command.ended)?;
    let digest = Digest::of_line(&command.line);
    let told = (command.emergency.clone().map(|reason| Standing::Emergency { reason }))
        .or(command.unapproved.clone().map(|reason| Standing::Unapproved { reason }));
    let (number, standing) = match command.run {
        Some(number) => {
            let run = known(s, number)?;
            if run.stage == Stage::Finished {
                return Err(already_over(number));
            }
            let is_the_same = run.digest == digest && run.host == command.host;
            // By what right it began stands in the record; a later approval does not change that.
            let right = match &run.stage {
                Stage::Started(standing) => Some(standing.clone()),
                _ => run.approved_by.clone().map(|by| Standing::Approved { by }),
            };
            let right = right.filter(|_| is_the_same);
            if right.is_none() && told.is_none() {
                same_line(run, number, digest)?;
            }
            (number, right.or(told))
        }
        None => (next(&s.case.runs), told),
    };
    let Some(standing) = standing else {
        return Err(not_approved(s, command.run));
    };
    happened(RunFinished {
        run: number,
        line: command.line.clone(),
        digest,
        by: command.by.clone().unwrap_or_else(|| s.cause.actor.responsible()),
        host: command.host.clone(),
        standing,
        started: command.started,
        ended: command.ended,
        exit: command.exit,
        output_digest: command.output_digest,
        excerpt: command.excerpt.clone(),
    })
}

fn known<'a>(s: &'a Situation<'_>, number: u32) -> Result<&'a Run, Refusal> {
    s.case.runs.get(&number).ok_or_else(|| s.no_such("run", number, &s.case.runs))
}

/// The rule itself: an approver is a person, and not the proposer.
fn second_person(s: &Situation<'_>, run: &Run, number: u32, what: &str) -> Result<Person, Refusal> {
    let Some(person) = s.cause.actor.person() else {
        return Err(Refusal::new(
            Reason::NotAPerson,
            format!("{} is not a person and cannot {what} a run", s.cause.actor.who),
            "an integration acts for a person: say which in `on_behalf_of`",
        ));
    };
    if run.by == Who::Person(person.clone()) {
        return Err(Refusal::new(
            Reason::SelfApproval,
            format!("{person} proposed run {number} and cannot {what} it"),
            if what == "approve" {
                "ask somebody else to read the line and approve it".to_owned()
            } else {
                format!("to take it back: scribe withdraw {} {number}", s.id)
            },
        ));
    }
    Ok(person.clone())
}

fn same_line(run: &Run, number: u32, digest: Digest) -> Result<(), Refusal> {
    if run.digest == digest { Ok(()) } else { Err(line_changed(number, "another line than was proposed")) }
}

fn line_changed(number: u32, what: &str) -> Refusal {
    Refusal::new(
        Reason::LineChanged,
        format!("this is {what} as run {number}"),
        "propose this line as a run of its own and have it approved",
    )
}

fn must_not_have_begun(run: &Run, number: u32) -> Result<(), Refusal> {
    match run.stage {
        Stage::Proposed | Stage::Refused => Ok(()),
        Stage::Started(_) => Err(Refusal::new(
            Reason::RunStarted,
            format!("run {number} has begun already"),
            "to run the line again, propose it again",
        )),
        Stage::Finished => Err(already_over(number)),
    }
}

fn already_over(number: u32) -> Refusal {
    Refusal::new(
        Reason::AlreadyOver,
        format!("run {number} is over already"),
        "to run the line again, propose it again",
    )
}

fn not_approved(s: &Situation<'_>, number: Option<u32>) -> Refusal {
    match number {
        Some(number) => Refusal::new(
            Reason::NotApproved,
            format!("nobody has approved run {number}"),
            format!(
                "somebody else: scribe approve {} {number}; or say why it cannot wait: --emergency \"…\"",
                s.id
            ),
        ),
        None => Refusal::new(
            Reason::NotApproved,
            "a run that was never proposed needs a reason",
            "propose it and have it approved, or say why not: `emergency` or, for one made elsewhere, `unapproved`",
        ),
    }
}

fn in_order(started: When, ended: When) -> Result<(), Refusal> {
    match (started.at(), ended.at()) {
        (Some(start), Some(end)) if end < start => Err(Refusal::new(
            Reason::TimesContradict,
            format!("the run would have ended ({ended}) before it began ({started})"),
            "check both times and their zones",
        )),
        _ => Ok(()),
    }
}

//! Two pairs of eyes on what runs in production.

use super::{Decision, Situation, already_so, happened};
use crate::actor::{Person, Who};
use serde::Deserialize;

use crate::event::numbered::Numbered;
use crate::event::runs::{
    Exit, RunApproved, RunDeclined, RunFinished, RunProposed, RunStarted, RunWithdrawn, Standing,
};
use crate::identity::{NoSecond, Strength, must_be_second};
use crate::incident::{Run, Stage};
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::text::{Label, ShellLine, Text};
use crate::values::Digest;
use crate::when::When;

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

pub(crate) fn propose(s: &Situation<'_>, command: &ProposeRun) -> Decision {
    s.must_be_open()?;
    happened(RunProposed {
        run: s.next(Numbered::Run),
        line: command.line.clone(),
        digest: Digest::of_line(&command.line),
        by: s.cause.actor.responsible(),
        host: command.host.clone(),
        why: command.why.clone(),
    })
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

/// Also once it has run: a late second pair of eyes is better than none, and shows as late.
pub(crate) fn approve(s: &Situation<'_>, command: &ApproveRun) -> Decision {
    let run = known(s, command.run)?;
    let by = second_person(s, run, command.run, "approve")?;
    must_be_known_as_well(s, run, command.run)?;
    let names = &s.cause.namesakes;
    if run.approved_by.iter().any(|before| names.are_one(before, &by)) && run.digest == command.digest {
        return already_so();
    }
    if run.ran_by.as_ref().is_some_and(|ran| names.who_may_be(ran, &by)) {
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

pub(crate) fn decline(s: &Situation<'_>, command: &DeclineRun) -> Decision {
    let run = known(s, command.run)?;
    let by = second_person(s, run, command.run, "decline")?;
    if run.stage == Stage::Refused {
        return already_so();
    }
    must_not_have_begun(run, command.run)?;
    happened(RunDeclined { run: command.run, by, why: command.why.clone() })
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

pub(crate) fn withdraw(s: &Situation<'_>, command: &WithdrawRun) -> Decision {
    let run = known(s, command.run)?;
    if !s.cause.namesakes.are_the_same(&run.by, &s.cause.actor.responsible()) {
        return Err(Refusal::new(
            Reason::NotTheProposer,
            format!("run {} was proposed by {}", command.run, run.by),
            Remedy::step("to stop it", Step::DeclineRun { incident: s.id.clone(), run: command.run }),
        ));
    }
    if run.stage == Stage::Refused {
        return already_so();
    }
    must_not_have_begun(run, command.run)?;
    happened(RunWithdrawn { run: command.run, why: command.why.clone() })
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

pub(crate) fn start(s: &Situation<'_>, command: &StartRun) -> Decision {
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
            let approved = seconded(s, run, &s.cause.actor.responsible());
            if run.stage == Stage::Refused && emergency.is_none() {
                return Err(Refusal::new(
                    Reason::RunRefused,
                    format!("run {number} was declined or withdrawn"),
                    "propose it again",
                ));
            }
            (number, run.host.clone(), approved.or(emergency))
        }
        None => (s.next(Numbered::Run), command.host.clone(), emergency),
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

pub(crate) fn finish(s: &Situation<'_>, command: &FinishRun) -> Decision {
    let run = known(s, command.run)?;
    let standing = match &run.stage {
        Stage::Started(standing) => standing.clone(),
        Stage::Finished => return Err(already_over(command.run)),
        Stage::Proposed | Stage::Refused => {
            return Err(Refusal::new(
                Reason::RunNotStarted,
                format!("run {} has not begun", command.run),
                Remedy::step("to record one made elsewhere", Step::RecordRun { incident: s.id.clone() }),
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

/// What ran has run; it is recorded even where the rule was broken, but then only with a reason, and
/// the mark stays.
pub(crate) fn record(s: &Situation<'_>, command: &RecordRun) -> Decision {
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
                _ => seconded(s, run, command.by.as_ref().unwrap_or(&s.cause.actor.responsible())),
            };
            let right = right.filter(|_| is_the_same);
            if right.is_none() && told.is_none() {
                same_line(run, number, digest)?;
            }
            (number, right.or(told))
        }
        None => (s.next(Numbered::Run), told),
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
    s.case.runs.get(&number).ok_or_else(|| s.no_such(Numbered::Run, number))
}

/// By what right it may be run by them: somebody approved it, and two people have seen the line. Whoever proposed
/// it is one of them; a program is nobody, so what a program proposed takes two approvers, or an approver and
/// somebody else who starts it.
fn seconded(s: &Situation<'_>, run: &Run, runner: &Who) -> Option<Standing> {
    let by = run.approved_by.last()?.clone();
    let besides = match (&run.by, runner) {
        (Who::Person(proposer), _) => Some(proposer),
        (_, Who::Person(starter)) => Some(starter),
        _ => None,
    };
    s.cause.namesakes.are_two(run.approved_by.iter().chain(besides)).then_some(Standing::Approved { by })
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
    let names = &s.cause.namesakes;
    let is_the_same = || names.are_the_same(&run.by, &Who::Person(person.clone()));
    if names.who_may_be(&run.by, person) && (what == "approve" || is_the_same()) {
        return Err(Refusal::new(
            Reason::SelfApproval,
            match &run.by {
                Who::Person(proposer) if proposer != person && is_the_same() => {
                    format!("{person} is {proposer}, who proposed run {number}, and cannot {what} it")
                }
                Who::Person(proposer) if proposer != person => {
                    format!("{person} may be {proposer}, who proposed run {number}, and cannot {what} it")
                }
                _ => format!("{person} proposed run {number} and cannot {what} it"),
            },
            if what == "approve" {
                "ask somebody else to read the line and approve it".into()
            } else {
                Remedy::step("to take it back", Step::WithdrawRun { incident: s.id.clone(), run: number })
            },
        ));
    }
    Ok(person.clone())
}

/// Two pairs of eyes are two identities, and not two names.
fn must_be_known_as_well(s: &Situation<'_>, run: &Run, number: u32) -> Result<(), Refusal> {
    must_be_second(run.origin.as_ref(), s.cause.origin.as_ref()).map_err(|why| match why {
        NoSecond::Same => Refusal::new(
            Reason::SelfApproval,
            format!("run {number} was proposed by the same identity"),
            "ask somebody else to read the line and approve it",
        ),
        NoSecond::LessKnown => Refusal::new(
            Reason::ApproverNotProven,
            format!(
                "{} proved who they are when they proposed run {number}; whoever approves it must too",
                run.by
            ),
            "approve it through the server, with a token of your own",
        ),
    })?;
    if s.cause.is_on_word() && Strength::of(s.cause.origin.as_ref()) == Strength::Proven {
        return Err(Refusal::new(
            Reason::ApproverNotProven,
            format!(
                "{} says that {} approves run {number}, and names no account of theirs",
                s.cause.actor.who,
                s.cause.actor.responsible()
            ),
            "an integration passes an approval on by the account that gave it, which the directory of people says whose it is: say it in `on_behalf_of`",
        ));
    }
    Ok(())
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
    let Some(number) = number else {
        return Refusal::new(
            Reason::NotApproved,
            "a run that was never proposed needs a reason",
            "propose it and have it approved, or say why not: `emergency` or, for one made elsewhere, `unapproved`",
        );
    };
    let approve = Step::ApproveRun { incident: s.id.clone(), run: number };
    let approvers = s.case.runs.get(&number).map(|run| (&run.by, run.approved_by.as_slice()));
    let is_one = |by: &Who, approver: &Person| s.cause.namesakes.who_may_be(by, approver);
    match approvers {
        // The two turned out to be one only after it was approved.
        Some((by, [first, ..])) if is_one(by, first) => Refusal::new(
            Reason::NotApproved,
            format!("{first}, who approved run {number}, is {by}, who proposed it"),
            Remedy::step("say why it cannot wait (`emergency`), or let somebody else approve it", approve),
        ),
        Some((program, [only])) => Refusal::new(
            Reason::NotApproved,
            format!("only {only} has seen run {number}: {program}, who proposed it, is a program"),
            Remedy::step("let somebody else start it, or approve it as well", approve),
        ),
        _ => Refusal::new(
            Reason::NotApproved,
            format!("nobody has approved run {number}"),
            Remedy::step("say why it cannot wait (`emergency`), or let somebody else approve it", approve),
        ),
    }
}

pub(super) fn in_order(started: When, ended: When) -> Result<(), Refusal> {
    match (started.at(), ended.at()) {
        (Some(start), Some(end)) if end < start => Err(Refusal::new(
            Reason::TimesContradict,
            format!("the run would have ended ({ended}) before it began ({started})"),
            "check both times and their zones",
        )),
        _ => Ok(()),
    }
}

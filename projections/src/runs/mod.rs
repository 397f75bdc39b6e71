//! Who proposed, approved and ran what, where, when, with what result.

/// Which runs are asked for, and the answer.
pub mod audit;
/// Runs as an auditor reads them.
mod document;
/// What an auditor should look at.
pub mod flags;
/// Every run of the record, and who is who in it.
mod record;
/// How far runs have come.
pub mod stages;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::runs::{Exit, Standing};
use scribe_domain::text::{Label, ShellLine, Text};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::IncidentFold;
use crate::runner::spoken::REDACTED;

pub use record::Runs;

/// One incident's runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaseRuns {
    /// By number. Boxed, here and in other views: a map makes room for eleven at once.
    pub runs: BTreeMap<u32, Box<Run>>,
}

/// A run, and everything that the record says about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Run {
    /// The proposal; absent for an emergency or a run made elsewhere.
    pub proposed: Option<Proposal>,
    /// The approvals, in the record's order.
    pub approvals: Vec<Approval>,
    /// Who said no, before it began.
    pub declined: Option<Refused>,
    /// That the proposer took it back, before it began.
    pub withdrawn: Option<Refused>,
    /// That it began.
    pub started: Option<Start>,
    /// How it ended.
    pub finished: Option<Finish>,
}

/// A line that somebody wanted to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Proposal {
    /// The line; absent when it was redacted.
    pub line: Option<ShellLine>,
    /// Of the line.
    pub digest: Digest,
    /// Who wanted to run it.
    pub by: Who,
    /// Where.
    pub host: Option<Label>,
    /// What for.
    pub why: Option<Text>,
    /// When, and which event says so.
    pub told: Attribution,
}

/// A second pair of eyes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Approval {
    /// Who.
    pub by: Person,
    /// Of the line that they approved.
    pub digest: Digest,
    /// Under what conditions.
    pub note: Option<Text>,
    /// Whether a later decline or withdrawal made it void.
    pub overruled: bool,
    /// Whether only an import tells of it: then it lets nothing run here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_elsewhere: bool,
    /// When, and which event says so.
    pub told: Attribution,
}

/// A proposal that was declined or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Refused {
    /// Who.
    pub by: Who,
    /// Why.
    pub why: Option<Text>,
    /// When, and which event says so.
    pub told: Attribution,
}

/// A line that began to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Start {
    /// The line; absent when it was redacted.
    pub line: Option<ShellLine>,
    /// Of the line.
    pub digest: Digest,
    /// Who ran it.
    pub by: Who,
    /// Where.
    pub host: Option<Label>,
    /// By what right.
    pub standing: Standing,
    /// When, and which event says so.
    pub told: Attribution,
}

/// A run that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finish {
    /// The line; absent when it was redacted.
    pub line: Option<ShellLine>,
    /// Of the line.
    pub digest: Digest,
    /// Who ran it.
    pub by: Who,
    /// Where.
    pub host: Option<Label>,
    /// By what right.
    pub standing: Standing,
    /// When it began.
    pub started: When,
    /// When it ended.
    pub ended: When,
    /// How it ended, if known.
    pub exit: Option<Exit>,
    /// Of everything it printed, before masking.
    pub output_digest: Option<Digest>,
    /// The end of what it printed, secrets masked.
    pub excerpt: Option<Text>,
    /// When that was told, and which event says so.
    pub told: Attribution,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStage {
    /// Waits for a second pair of eyes.
    Proposed,
    /// May run.
    Approved,
    /// Somebody said no.
    Declined,
    /// Taken back.
    Withdrawn,
    /// Running, or died half-way: nobody has said how it ended.
    Started,
    /// Over.
    Finished,
}

impl IncidentFold for CaseRuns {
    const NAME: &'static str = "runs";
    const VERSION: u32 = 5;

    fn wants(event: &E) -> bool {
        matches!(
            event,
            E::RunProposed(_)
                | E::RunApproved(_)
                | E::RunDeclined(_)
                | E::RunWithdrawn(_)
                | E::RunStarted(_)
                | E::RunFinished(_)
        )
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        if entry.is_retracted() {
            return;
        }
        let told = Attribution::of(entry);
        // What was erased must not be shown, but that something ran must not vanish either.
        let shown = !entry.is_redacted();
        let line = |line: &ShellLine| shown.then(|| line.clone());
        let text = |text: &Option<Text>| text.clone().filter(|_| shown);
        let standing = |standing: &Standing| if shown { standing.clone() } else { without_words(standing) };
        match &*entry.event {
            E::RunProposed(e) => {
                self.run(e.run).proposed = Some(Proposal {
                    line: line(&e.line),
                    digest: e.digest,
                    by: e.by.clone(),
                    host: e.host.clone(),
                    why: text(&e.why),
                    told,
                });
            }
            E::RunApproved(e) => self.run(e.run).approvals.push(Approval {
                by: e.by.clone(),
                digest: e.digest,
                note: text(&e.note),
                overruled: false,
                told_elsewhere: entry.recorded.cause.actor.is_import(),
                told,
            }),
            E::RunDeclined(e) => {
                let refused = Refused { by: Who::Person(e.by.clone()), why: text(&e.why), told };
                self.run(e.run).refuse(|run| run.declined = Some(refused));
            }
            E::RunWithdrawn(e) => {
                let refused = Refused { by: told.by.clone(), why: text(&e.why), told };
                self.run(e.run).refuse(|run| run.withdrawn = Some(refused));
            }
            E::RunStarted(e) => {
                self.run(e.run).started = Some(Start {
                    line: line(&e.line),
                    digest: e.digest,
                    by: e.by.clone(),
                    host: e.host.clone(),
                    standing: standing(&e.standing),
                    told,
                });
            }
            E::RunFinished(e) => {
                self.run(e.run).finished = Some(Finish {
                    line: line(&e.line),
                    digest: e.digest,
                    by: e.by.clone(),
                    host: e.host.clone(),
                    standing: standing(&e.standing),
                    started: e.started,
                    ended: e.ended,
                    exit: e.exit,
                    output_digest: e.output_digest,
                    excerpt: text(&e.excerpt),
                    told,
                });
            }
            _ => {}
        }
    }
}

/// By what right, without the words that were erased.
fn without_words(standing: &Standing) -> Standing {
    let reason = || Text::new(REDACTED).expect("a word in brackets is a text");
    match standing {
        Standing::Approved { by } => Standing::Approved { by: by.clone() },
        Standing::Emergency { .. } => Standing::Emergency { reason: reason() },
        Standing::Unapproved { .. } => Standing::Unapproved { reason: reason() },
    }
}

impl CaseRuns {
    fn run(&mut self, number: u32) -> &mut Run {
        self.runs.entry(number).or_default()
    }
}

impl Run {
    /// How far it has come.
    pub fn stage(&self) -> RunStage {
        if self.finished.is_some() {
            RunStage::Finished
        } else if self.started.is_some() {
            RunStage::Started
        } else if self.withdrawn.is_some() {
            RunStage::Withdrawn
        } else if self.declined.is_some() {
            RunStage::Declined
        } else if self.may_run() {
            RunStage::Approved
        } else {
            RunStage::Proposed
        }
    }

    /// Whether somebody else than who proposed it approved it here.
    fn may_run(&self) -> bool {
        let proposer = self.proposed.as_ref().map(|proposed| &proposed.by);
        let by_another = |approval: &Approval| proposer != Some(&Who::Person(approval.by.clone()));
        self.valid_approvals().any(|approval| !approval.told_elsewhere && by_another(approval))
    }

    /// Who approved exactly this line and has not been overruled.
    pub fn approved_by(&self) -> Option<&Person> {
        self.valid_approvals().last().map(|approval| &approval.by)
    }

    /// The line that ran or, before it has, the one that was proposed; absent when redacted.
    pub fn line(&self) -> Option<&ShellLine> {
        let ran = self.finished.as_ref().map(|e| &e.line).or(self.started.as_ref().map(|e| &e.line));
        ran.or(self.proposed.as_ref().map(|e| &e.line)).and_then(Option::as_ref)
    }

    /// Of that line.
    pub fn digest(&self) -> Option<Digest> {
        self.ran_digest().or(self.proposed.as_ref().map(|e| e.digest))
    }

    /// Who ran it or, before it has run, wants to.
    pub fn by(&self) -> Option<&Who> {
        let ran = self.finished.as_ref().map(|e| &e.by).or(self.started.as_ref().map(|e| &e.by));
        ran.or(self.proposed.as_ref().map(|e| &e.by))
    }

    /// Where it ran or is to run.
    pub fn host(&self) -> Option<&Label> {
        let ran = self.finished.as_ref().map(|e| &e.host).or(self.started.as_ref().map(|e| &e.host));
        ran.or(self.proposed.as_ref().map(|e| &e.host)).and_then(Option::as_ref)
    }

    /// By what right it ran, if it has begun.
    pub fn standing(&self) -> Option<&Standing> {
        // What was said when it began weighs more than what was said afterwards.
        self.started.as_ref().map(|e| &e.standing).or(self.finished.as_ref().map(|e| &e.standing))
    }

    /// When it began, if it has.
    pub fn began(&self) -> Option<When> {
        self.started.as_ref().map(|e| e.told.occurred).or(self.finished.as_ref().map(|e| e.started))
    }

    /// The telling that places it in time: of its beginning, or else of its first mention.
    pub fn told(&self) -> Option<&Attribution> {
        (self.started.as_ref().map(|e| &e.told))
            .or(self.finished.as_ref().map(|e| &e.told))
            .or(self.proposed.as_ref().map(|e| &e.told))
            .or(self.approvals.first().map(|e| &e.told))
            .or(self.declined.as_ref().map(|e| &e.told))
            .or(self.withdrawn.as_ref().map(|e| &e.told))
    }

    fn ran_digest(&self) -> Option<Digest> {
        self.finished.as_ref().map(|e| e.digest).or(self.started.as_ref().map(|e| e.digest))
    }

    /// The approvals of exactly the proposed line (or, for one that nobody proposed, of what ran).
    fn valid_approvals(&self) -> impl Iterator<Item = &Approval> {
        let digest = self.proposed.as_ref().map(|e| e.digest).or_else(|| self.ran_digest());
        self.approvals.iter().filter(move |approval| !approval.overruled && Some(approval.digest) == digest)
    }

    /// Once it has begun, nobody can stop it by saying no.
    fn refuse(&mut self, mark: impl FnOnce(&mut Self)) {
        if self.started.is_none() && self.finished.is_none() {
            self.approvals.iter_mut().for_each(|approval| approval.overruled = true);
            mark(self);
        }
    }
}

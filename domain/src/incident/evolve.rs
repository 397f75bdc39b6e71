//! The situation after one more event.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use super::correction::corrected;
use super::life::{Life, Situation};
use super::roles::{Holders, RoleTurns};
use super::{Case, Incident, Run, Stage};
use crate::actor::Who;
use crate::event::IncidentEvent as E;
use crate::event::kind::Numbering;
use crate::event::life::Declared;
use crate::event::numbered::Numbered;
use crate::event::record::Corrected;
use crate::event::runs::RunApproved;
use crate::identity::{Identity, Strength, must_be_second};
use crate::ids::EventId;
use crate::recorded::{Cause, Recorded};
use crate::text::{Label, ShellLine};
use crate::values::Digest;

/// The situation after one more event. Total: any event in any situation has a meaning, if only to be
/// remembered.
pub fn evolve(incident: Incident, recorded: &Recorded) -> Incident {
    let event = &recorded.event;
    let mut incident = match (incident, event) {
        (Incident::Undeclared, E::Declared(declared)) => Incident::Open(Box::new(Case::declared(declared))),
        (incident, _) => incident,
    };
    // Where nothing was declared, there is nothing that this could belong to; decide and import both
    // see to it that a stream begins with a declaration.
    let Some(case) = incident.case_mut() else {
        return incident;
    };
    case.apply(recorded);
    match case.life.situation.clone() {
        Situation::Open => incident.becomes(Incident::Open),
        Situation::Resolved => incident.becomes(Incident::Resolved),
        Situation::Closed => incident.becomes(Incident::Closed),
        Situation::Cancelled => incident.becomes(Incident::Cancelled),
        Situation::MergedInto(into) => incident.becomes(|case| Incident::MergedInto(into, case)),
    }
}

impl Incident {
    fn case_mut(&mut self) -> Option<&mut Case> {
        match self {
            Self::Undeclared => None,
            Self::Open(case)
            | Self::Resolved(case)
            | Self::Closed(case)
            | Self::Cancelled(case)
            | Self::MergedInto(_, case) => Some(case),
        }
    }

    fn becomes(self, situation: impl FnOnce(Box<Case>) -> Self) -> Self {
        match self {
            Self::Undeclared => Self::Undeclared,
            Self::Open(case)
            | Self::Resolved(case)
            | Self::Closed(case)
            | Self::Cancelled(case)
            | Self::MergedInto(_, case) => situation(case),
        }
    }
}

impl Run {
    fn new(
        line: &ShellLine,
        digest: Digest,
        host: Option<&Label>,
        by: &Who,
        origin: Option<&Identity>,
    ) -> Self {
        Self {
            line: line.clone(),
            digest,
            host: host.cloned(),
            by: by.clone(),
            origin: origin.cloned(),
            approved_by: Vec::new(),
            ran_by: None,
            stage: Stage::Proposed,
        }
    }

    /// Whether this is an approval of this very line, by somebody else, who is known as well as who proposed it.
    /// A program that proves itself and only says who approves proves nothing of them.
    fn may_approve(&self, approval: &RunApproved, cause: &Cause) -> bool {
        let origin = cause.origin.as_ref();
        self.digest == approval.digest
            && !self.by.may_be(&approval.by)
            && must_be_second(self.origin.as_ref(), origin).is_ok()
            && !(cause.is_on_word() && Strength::of(origin) == Strength::Proven)
    }
}

impl Case {
    fn declared(declared: &Declared) -> Self {
        Self {
            life: Life::declared(declared),
            drill: declared.drill,
            roles: Holders::default(),
            turns: RoleTurns::default(),
            present: BTreeSet::new(),
            runs: BTreeMap::new(),
            numbered: BTreeMap::new(),
            began: BTreeMap::new(),
            holds: BTreeMap::new(),
            events: BTreeMap::new(),
            retracted: BTreeSet::new(),
            redacted: BTreeSet::new(),
        }
    }

    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.event_id();
        self.events.insert(id, recorded.event.clone());
        self.life.apply(id, &recorded.event, recorded.cause.occurred, || id);
        match &recorded.event {
            event if RoleTurns::concerns(event) => {
                self.turns.follow(id, event);
                self.roles = self.turns.holders();
            }
            E::Joined(e) => {
                self.present.insert(e.who.clone());
            }
            E::Left(e) => {
                self.present.remove(&e.who);
            }

            E::RunProposed(_)
            | E::RunApproved(_)
            | E::RunDeclined(_)
            | E::RunWithdrawn(_)
            | E::RunStarted(_)
            | E::RunFinished(_) => self.apply_run(recorded),

            E::DeployHoldTaken(e) => {
                self.holds.insert(e.scope.clone(), e.by.clone());
            }
            E::DeployHoldReleased(e) => {
                self.holds.remove(&e.scope);
            }

            E::Corrected(e) => self.correct(e),
            E::Retracted(e) => self.retract(e.target),
            E::Redacted(e) => {
                self.redacted.insert(e.target);
            }

            // Remembered, and by its number if it has one; nothing else is decided by it.
            _ => {}
        }
        match recorded.event.number() {
            // More is known of a run.
            None
            | Some(
                Numbering::Continues(..)
                | Numbering::Begins(Numbered::Run, _)
                | Numbering::Ends(Numbered::Run, _),
            ) => {}
            Some(Numbering::Begins(what, number)) => {
                self.number(what, number, false);
                self.began.entry((what, number)).or_insert((id, recorded.cause.occurred));
            }
            Some(Numbering::Ends(what, number)) => self.number(what, number, true),
        }
    }

    fn number(&mut self, what: Numbered, number: u32, done: bool) {
        self.numbered.entry(what).or_default().insert(number, done);
    }

    fn apply_run(&mut self, recorded: &Recorded) {
        let origin = recorded.cause.origin.as_ref();
        match &recorded.event {
            E::RunProposed(e) => {
                // Told only after it ran, a proposal does not undo that.
                let has_begun = |run: &Run| matches!(run.stage, Stage::Started(_) | Stage::Finished);
                if !self.runs.get(&e.run).is_some_and(has_begun) {
                    self.runs.insert(e.run, Run::new(&e.line, e.digest, e.host.as_ref(), &e.by, origin));
                }
            }
            E::RunApproved(e) => {
                // What was told elsewhere is history, and lets nothing run here.
                let imported = recorded.cause.actor.is_import();
                if let Some(run) =
                    self.runs.get_mut(&e.run).filter(|run| !imported && run.may_approve(e, &recorded.cause))
                {
                    run.approved_by.retain(|by| *by != e.by);
                    run.approved_by.push(e.by.clone());
                }
            }
            E::RunDeclined(e) => self.refuse_run(e.run),
            E::RunWithdrawn(e) => self.refuse_run(e.run),
            E::RunStarted(e) => {
                let ran = Run::new(&e.line, e.digest, e.host.as_ref(), &e.by, origin);
                self.ran(e.run, ran, Stage::Started(e.standing.clone()));
            }
            E::RunFinished(e) => {
                let ran = Run::new(&e.line, e.digest, e.host.as_ref(), &e.by, origin);
                self.ran(e.run, ran, Stage::Finished);
            }
            _ => {}
        }
    }

    /// What ran is what counts from here on: where it is not what was approved, the approval is void.
    fn ran(&mut self, number: u32, ran: Run, stage: Stage) {
        let run = match self.runs.entry(number) {
            Entry::Vacant(place) => place.insert(ran.clone()),
            Entry::Occupied(place) => place.into_mut(),
        };
        if (run.digest, &run.host) != (ran.digest, &ran.host) {
            run.line = ran.line;
            run.digest = ran.digest;
            run.host = ran.host;
            run.approved_by.clear();
        }
        run.ran_by = Some(ran.by);
        run.stage = stage;
    }

    fn refuse_run(&mut self, number: u32) {
        if let Some(run) = self.runs.get_mut(&number).filter(|run| run.stage == Stage::Proposed) {
            run.approved_by.clear();
            run.stage = Stage::Refused;
        }
    }

    fn correct(&mut self, correction: &Corrected) {
        if let Some(at) = correction.occurred {
            self.life.hits.put_right(correction.target, at);
            for (_, began) in self.began.values_mut().filter(|(id, _)| *id == correction.target) {
                *began = at;
            }
        }
        let Some(target) = self.events.get_mut(&correction.target) else {
            return;
        };
        let Ok(right) = corrected(target, &correction.fields) else {
            return;
        };
        match (std::mem::replace(target, right.clone()), right) {
            (E::Joined(wrong), E::Joined(right)) if self.present.remove(&wrong.who) => {
                self.present.insert(right.who);
            }
            (E::Left(wrong), E::Left(right)) => {
                self.present.insert(wrong.who);
                self.present.remove(&right.who);
            }
            _ => {}
        }
    }

    fn retract(&mut self, target: EventId) {
        if !self.retracted.insert(target) {
            return;
        }
        self.life.retract(target);
        match self.events.get(&target).and_then(E::number) {
            Some(Numbering::Begins(what, number)) => {
                self.numbered.entry(what).or_default().remove(&number);
                self.began.remove(&(what, number));
            }
            Some(Numbering::Ends(what, number)) => {
                if let Some(done) = self.numbered.entry(what).or_default().get_mut(&number) {
                    *done = false;
                }
            }
            Some(Numbering::Continues(..)) | None => {}
        }
        match self.events.get(&target) {
            Some(E::Joined(e)) => {
                self.present.remove(&e.who);
            }
            Some(E::Left(e)) => {
                self.present.insert(e.who.clone());
            }
            _ => {}
        }
    }
}

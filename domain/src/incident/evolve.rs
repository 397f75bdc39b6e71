//! The situation after one more event.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use super::correction::corrected;
use super::{Case, Incident, Run, Stage};
use crate::actor::{Person, Who};
use crate::event::IncidentEvent as E;
use crate::event::life::Declared;
use crate::event::record::Corrected;
use crate::ids::EventId;
use crate::recorded::Recorded;
use crate::text::{Label, ShellLine};
use crate::values::{Digest, Phase, Role};

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
    match event {
        E::Reopened(_) => incident.becomes(Incident::Open),
        // What is part of another incident goes on there, whatever else is told of it here.
        _ if matches!(incident, Incident::MergedInto(..)) => incident,
        E::Resolved(_) => incident.becomes(Incident::Resolved),
        E::Closed(_) => incident.becomes(Incident::Closed),
        E::Cancelled(_) => incident.becomes(Incident::Cancelled),
        E::MergedInto(merged) => incident.becomes(|case| Incident::MergedInto(merged.into.clone(), case)),
        _ => incident,
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
    fn new(line: &ShellLine, digest: Digest, host: Option<&Label>, by: &Who) -> Self {
        Self {
            line: line.clone(),
            digest,
            host: host.cloned(),
            by: by.clone(),
            approved_by: None,
            ran_by: None,
            stage: Stage::Proposed,
        }
    }
}

impl Case {
    fn declared(declared: &Declared) -> Self {
        Self {
            tier: declared.tier,
            severity: declared.severity,
            phase: Phase::Investigating,
            mitigated: false,
            roles: BTreeMap::new(),
            present: BTreeSet::new(),
            pages: BTreeMap::new(),
            runs: BTreeMap::new(),
            hypotheses: BTreeMap::new(),
            actions: BTreeMap::new(),
            follow_ups: BTreeMap::new(),
            impacts: BTreeMap::new(),
            holds: BTreeMap::new(),
            events: BTreeMap::new(),
            retracted: BTreeSet::new(),
            redacted: BTreeSet::new(),
        }
    }

    fn apply(&mut self, recorded: &Recorded) {
        self.events.insert(recorded.event_id(), recorded.event.clone());
        match &recorded.event {
            E::Upgraded(e) => self.tier = e.to,
            E::Downgraded(e) => self.tier = e.to,
            E::SeverityChanged(e) => self.severity = e.to,
            E::PhaseChanged(e) => self.phase = e.to,
            E::Mitigated(_) => self.mitigated = true,
            E::Resolved(_) => self.phase = Phase::Resolved,
            E::Reopened(_) => {
                self.phase = Phase::Investigating;
                self.mitigated = false;
            }

            E::RoleAssigned(e) => self.take_role(&e.role, &e.to),
            E::RoleHandedOff(e) => {
                self.drop_role(&e.role, &e.from);
                self.take_role(&e.role, &e.to);
            }
            E::RoleLeft(e) => self.drop_role(&e.role, &e.who),
            E::Paged(e) => {
                self.pages.insert(e.page, (e.whom.clone(), false));
            }
            E::PageAcknowledged(e) => {
                if let Some((_, answered)) = self.pages.get_mut(&e.page) {
                    *answered = true;
                }
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
            | E::RunFinished(_) => self.apply_run(&recorded.event),

            E::HypothesisRaised(e) => {
                self.hypotheses.insert(e.hypothesis, false);
            }
            E::HypothesisSettled(e) => {
                self.hypotheses.insert(e.hypothesis, true);
            }
            E::ActionAssigned(e) => {
                self.actions.insert(e.action, false);
            }
            E::ActionFinished(e) => {
                self.actions.insert(e.action, true);
            }
            E::FollowUpAgreed(e) => {
                self.follow_ups.insert(e.follow_up, false);
            }
            E::FollowUpFinished(e) => {
                self.follow_ups.insert(e.follow_up, true);
            }
            E::DeployHoldTaken(e) => {
                self.holds.insert(e.scope.clone(), e.by.clone());
            }
            E::DeployHoldReleased(e) => {
                self.holds.remove(&e.scope);
            }
            E::ImpactStarted(e) => {
                self.impacts.insert(e.impact, false);
            }
            E::ImpactEnded(e) => {
                self.impacts.insert(e.impact, true);
            }

            E::Corrected(e) => self.correct(e),
            E::Retracted(e) => self.retract(e.target),
            E::Redacted(e) => {
                self.redacted.insert(e.target);
            }

            // Remembered, but nothing is decided by them.
            E::Declared(_)
            | E::Closed(_)
            | E::Cancelled(_)
            | E::MergedInto(_)
            | E::MilestoneSet(_)
            | E::Noted(_)
            | E::Summarised(_)
            | E::Decided(_)
            | E::StatusUpdated(_)
            | E::Regrouped(_)
            | E::Linked(_)
            | E::AlertFired(_)
            | E::AlertResolved(_)
            | E::ChangeLinked(_)
            | E::EvidenceAttached(_)
            | E::ActionCheckedIn(_)
            | E::CauseNamed(_)
            | E::ReviewAssigned(_)
            | E::ReviewSectionWritten(_)
            | E::ReviewPublished(_)
            | E::Nudged(_)
            | E::Unknown(_) => {}
        }
    }

    fn take_role(&mut self, role: &Role, who: &Person) {
        let holders = self.roles.entry(role.clone()).or_default();
        if !role.is_shared() {
            holders.clear();
        }
        holders.insert(who.clone());
    }

    fn drop_role(&mut self, role: &Role, who: &Person) {
        if let Some(holders) = self.roles.get_mut(role) {
            holders.remove(who);
            if holders.is_empty() {
                self.roles.remove(role);
            }
        }
    }

    fn apply_run(&mut self, event: &E) {
        match event {
            E::RunProposed(e) => {
                self.runs.insert(e.run, Run::new(&e.line, e.digest, e.host.as_ref(), &e.by));
            }
            E::RunApproved(e) => {
                if let Some(run) = self.runs.get_mut(&e.run).filter(|run| run.digest == e.digest) {
                    run.approved_by = Some(e.by.clone());
                }
            }
            E::RunDeclined(e) => self.refuse_run(e.run),
            E::RunWithdrawn(e) => self.refuse_run(e.run),
            E::RunStarted(e) => {
                let ran = Run::new(&e.line, e.digest, e.host.as_ref(), &e.by);
                self.ran(e.run, ran, Stage::Started(e.standing.clone()));
            }
            E::RunFinished(e) => {
                let ran = Run::new(&e.line, e.digest, e.host.as_ref(), &e.by);
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
            run.approved_by = None;
        }
        run.ran_by = Some(ran.by);
        run.stage = stage;
    }

    fn refuse_run(&mut self, number: u32) {
        if let Some(run) = self.runs.get_mut(&number).filter(|run| run.stage == Stage::Proposed) {
            run.approved_by = None;
            run.stage = Stage::Refused;
        }
    }

    fn correct(&mut self, correction: &Corrected) {
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
        match self.events.get(&target) {
            Some(E::ImpactStarted(e)) => {
                self.impacts.remove(&e.impact);
            }
            Some(E::ImpactEnded(e)) => {
                if let Some(ended) = self.impacts.get_mut(&e.impact) {
                    *ended = false;
                }
            }
            Some(E::Mitigated(_)) => self.mitigated = false,
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

//! What a history may tell: whether something can have happened after what came before it.
//!
//! An import tells what was, and asks for nothing: who may do what is not looked at. But what contradicts the history
//! before it is refused by the same conditions by which a command is, and so is what would steer an incident that was
//! over by then.

use std::collections::BTreeSet;

use super::people::{must_be_vacant, must_hold, named_by};
use super::runs::in_order;
use super::words::{known_follow_up, within_tier};
use super::work::{must_be_free, must_be_held};
use super::{Situation, life, record};
use crate::event::IncidentEvent as E;
use crate::event::kind::{Numbering, Right};
use crate::event::numbered::Numbered;
use crate::ids::IncidentId;
use crate::incident::{Incident, Stage};
use crate::recorded::{Cause, Recorded};
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::values::{Phase, Tier};

/// Whether this can have happened after what came before it.
///
/// # Errors
/// What it contradicts.
pub fn may_have_happened(
    incident: &Incident,
    id: &IncidentId,
    event: &E,
    cause: &Cause,
) -> Result<(), Refusal> {
    // Of what nobody declared, nothing is known that it could contradict; that nobody did is told by itself.
    if matches!(event, E::Declared(_)) || *incident == Incident::Undeclared {
        return Ok(());
    }
    let s = &Situation::of(incident, id, cause)?;
    numbered(s, event)?;
    let life = &s.case.life;
    match event {
        E::Upgraded(e) if e.to <= e.from => Err(life::not_an_upgrade(s, e.from, e.to)),
        E::Downgraded(e) if e.to >= e.from => Err(life::not_a_downgrade(s, e.from, e.to)),
        E::Upgraded(e) => was(s, "tier", &e.from, &life.tier),
        E::Downgraded(e) => s.must_be_open().and_then(|()| was(s, "tier", &e.from, &life.tier)),
        E::SeverityChanged(e) => s
            .must_be_under_way()
            .and_then(|()| was(s, "severity", &e.from, &life.severity))
            .and_then(|()| changes(&e.from, &e.to)),
        E::PhaseChanged(e) if e.to == Phase::Resolved => Err(life::resolving_is_a_command(s)),
        E::PhaseChanged(e) => s
            .must_be_open()
            .and_then(|()| was(s, "phase", &e.from, &life.phase))
            .and_then(|()| changes(&e.from, &e.to)),
        E::Resolved(e) => life::resolve(s, e).and_then(changes_something),
        E::Reopened(e) => life::reopen(s, e).and_then(changes_something),
        E::Closed(e) => life::close(s, e).and_then(changes_something),
        E::Cancelled(_) => s.must_be_open(),
        E::MergedInto(e) => life::must_be_another(s, &e.into).and_then(|()| s.must_be_open()),
        E::Related(e) => life::fits(s, e),
        E::RoleAssigned(e) => must_be_vacant(s, &e.role, &e.to),
        E::RoleHandedOff(e) => must_hold(s, &e.role, &e.from).map(drop),
        E::RoleLeft(e) => must_hold(s, &e.role, &e.who).map(drop),
        E::RoleHolderCorrected(e) => named_by(s, e),
        E::DeployHoldTaken(e) => must_be_free(s, &e.scope, &e.by).map(drop),
        E::DeployHoldReleased(e) => must_be_held(s, &e.scope),
        E::RunFinished(e) => in_order(e.started, e.ended),
        E::StatusUpdated(e) => within_tier(s, e.audience),
        E::ReviewPublished(e) => within_tier(s, e.audience),
        E::ComponentRenamed(e) => within_tier(s, e.audience),
        E::PageDescribed(e) => within_tier(s, e.audience),
        E::RiskNamed(e) => s.all_known(&e.cites).and_then(|()| known_follow_up(s, e)),
        E::Corrected(e) => record::correct(s, e).and_then(changes_something),
        E::Retracted(e) => record::retract(s, e).and_then(changes_something),
        _ => Ok(()),
    }
}

/// Whether something that ends, or goes on, does so before what it belongs to began: then it may have been told
/// too early, and have its place further on.
pub fn waits(incident: &Incident, id: &IncidentId, event: &E, cause: &Cause, fired: &Fired) -> bool {
    let Some(known) = incident.case() else { return true };
    match event {
        E::AlertResolved(_) => !fired.has(event),
        E::Left(e) => !known.present.contains(&e.who),
        _ => may_have_happened(incident, id, event, cause).is_err(),
    }
}

/// The alerts that fired so far.
#[derive(Debug, Default)]
pub struct Fired(BTreeSet<(String, String)>);

impl Fired {
    /// One more event.
    pub fn follow(&mut self, event: &E) {
        if matches!(event, E::AlertFired(_)) {
            self.0.extend(Self::key(event));
        }
    }

    fn has(&self, event: &E) -> bool {
        Self::key(event).is_some_and(|key| self.0.contains(&key))
    }

    fn key(event: &E) -> Option<(String, String)> {
        let (source, fingerprint, alert) = match event {
            E::AlertFired(e) => (&e.source, &e.fingerprint, &e.alert),
            E::AlertResolved(e) => (&e.source, &e.fingerprint, &e.alert),
            _ => return None,
        };
        Some((source.to_string(), fingerprint.as_ref().unwrap_or(alert).to_string()))
    }
}

/// Whether an incident is worked on here, or only told of: somebody here did something in it that gives a right or
/// that an audience reads.
pub fn lives_here(history: &[Recorded]) -> bool {
    let here = |recorded: &&Recorded| !recorded.cause.actor.is_import();
    history.iter().filter(here).any(|recorded| gives_or_speaks(&recorded.event))
}

/// Whether somebody has a right by it, or an audience reads words of it.
pub fn gives_or_speaks(event: &E) -> bool {
    let gives = event.row().is_none_or(|row| row.gives != Right::Nothing);
    gives || event.heard_by().is_some_and(|audience| audience > Tier::Engineering)
}

fn numbered(s: &Situation<'_>, event: &E) -> Result<(), Refusal> {
    let (what, number, ends) = match event.number() {
        Some(Numbering::Continues(what, number)) => (what, number, false),
        Some(Numbering::Ends(what, number)) => (what, number, true),
        Some(Numbering::Begins(..)) | None => return Ok(()),
    };
    if what == Numbered::Run {
        return run(s, event, number);
    }
    if s.is_done(what, number)? && ends {
        return Err(Refusal::new(
            Reason::AlreadyOver,
            format!("{} {number} is over already", what.spoken()),
            "leave the second end out, or number what it ended differently",
        ));
    }
    Ok(())
}

/// A run may be told that was never proposed, but is over only once.
fn run(s: &Situation<'_>, event: &E, number: u32) -> Result<(), Refusal> {
    let stage = s.case.runs.get(&number).map(|run| &run.stage);
    match (event, stage) {
        (E::RunStarted(_) | E::RunFinished(_), None | Some(Stage::Proposed | Stage::Refused))
        | (E::RunFinished(_), Some(Stage::Started(_))) => Ok(()),
        (E::RunStarted(_) | E::RunFinished(_), Some(_)) => Err(Refusal::new(
            Reason::AlreadyOver,
            format!("run {number} has begun already"),
            "number what ran again differently",
        )),
        (_, None) => Err(s.no_such(Numbered::Run, number)),
        (_, Some(_)) => Ok(()),
    }
}

/// What something was changed from must be what it was.
fn was<T: PartialEq + std::fmt::Display>(
    s: &Situation<'_>,
    what: &str,
    told: &T,
    known: &T,
) -> Result<(), Refusal> {
    if told == known {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::TimesContradict,
        format!("from: the {what} of {} was {known} by then, not {told}", s.id),
        Remedy::step("see what it went through", Step::FindEvents { incident: s.id.clone() }),
    ))
}

fn changes<T: PartialEq>(from: &T, to: &T) -> Result<(), Refusal> {
    if from == to { Err(changes_nothing()) } else { Ok(()) }
}

#[expect(clippy::needless_pass_by_value, reason = "a decision is passed on as it comes")]
fn changes_something(events: Vec<E>) -> Result<(), Refusal> {
    if events.is_empty() { Err(changes_nothing()) } else { Ok(()) }
}

fn changes_nothing() -> Refusal {
    Refusal::new(Reason::BadCorrection, "it changes nothing", "leave the line out")
}

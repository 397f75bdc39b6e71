//! What follows from a command: events, or a refusal.
//!
//! A command that is already satisfied yields no events. What is merely *told* (notes, links, alerts,
//! impact, runs made elsewhere …) is accepted at any time after the declaration: facts arrive late. What
//! *steers* the response needs it open.

mod life;
mod people;
mod record;
mod runs;
mod words;
mod work;

use std::collections::BTreeMap;

use super::{Case, Incident};
use crate::command::{Command, Declare};
use crate::event::IncidentEvent;
use crate::event::life::Declared;
use crate::ids::{EventId, IncidentId};
use crate::recorded::Cause;
use crate::refusal::{Reason, Refusal};

type Decision = Result<Vec<IncidentEvent>, Refusal>;

/// What follows from a command in this situation.
pub fn decide(incident: &Incident, id: &IncidentId, command: &Command, cause: &Cause) -> Decision {
    use Command as C;
    if let C::Declare(command) = command {
        return declare(incident, id, command);
    }
    let Some(declared) = incident.case() else {
        return Err(Refusal::new(
            Reason::UnknownIncident,
            format!("there is no incident {id}"),
            "list the incidents with `scribe list`, or declare it with `scribe declare`",
        ));
    };
    let situation = Situation { incident, id, case: declared, cause };
    match command {
        C::Declare(command) => declare(incident, id, command),
        C::Upgrade(command) => life::upgrade(&situation, command),
        C::Downgrade(command) => life::downgrade(&situation, command),
        C::ChangeSeverity(command) => life::change_severity(&situation, command),
        C::ChangePhase(command) => life::change_phase(&situation, command),
        C::Mitigate(told) => life::mitigate(&situation, told),
        C::Resolve(told) => life::resolve(&situation, told),
        C::Reopen(told) => life::reopen(&situation, told),
        C::Close(told) => life::close(&situation, told),
        C::Cancel(told) => life::cancel(&situation, told),
        C::Merge(told) => life::merge(&situation, told),

        C::AssignRole(told) => people::assign_role(&situation, told),
        C::HandOff(told) => people::hand_off(&situation, told),
        C::LeaveRole(told) => people::leave_role(&situation, told),
        C::Page(command) => people::page(&situation, command),
        C::AcknowledgePage(command) => people::acknowledge_page(&situation, command),
        C::Join(told) => people::join(&situation, told),
        C::Leave(told) => people::leave(&situation, told),

        C::ProposeRun(command) => runs::propose(&situation, command),
        C::ApproveRun(command) => runs::approve(&situation, command),
        C::DeclineRun(command) => runs::decline(&situation, command),
        C::WithdrawRun(command) => runs::withdraw(&situation, command),
        C::StartRun(command) => runs::start(&situation, command),
        C::FinishRun(command) => runs::finish(&situation, command),
        C::RecordRun(command) => runs::record(&situation, command),

        C::RaiseHypothesis(command) => words::raise_hypothesis(&situation, command),
        C::SettleHypothesis(told) => words::settle_hypothesis(&situation, told),
        C::UpdateStatus(told) => words::update_status(&situation, told),
        C::WriteReviewSection(told) => {
            situation.all_known(&told.cites)?;
            happened(told.clone())
        }
        C::PublishReview(told) => words::publish_review(&situation, told),

        C::AssignAction(command) => work::assign_action(&situation, command),
        C::CheckInAction(told) => work::check_in_action(&situation, told),
        C::FinishAction(told) => work::finish_action(&situation, told),
        C::AgreeFollowUp(command) => work::agree_follow_up(&situation, command),
        C::FinishFollowUp(told) => work::finish_follow_up(&situation, told),
        C::TakeHold(command) => work::take_hold(&situation, command),
        C::ReleaseHold(command) => work::release_hold(&situation, command),
        C::StartImpact(command) => work::start_impact(&situation, command),
        C::EndImpact(told) => work::end_impact(&situation, told),

        C::NameCause(told) => {
            situation.all_known(&told.cites)?;
            happened(told.clone())
        }
        C::Correct(told) => record::correct(&situation, told),
        C::Retract(told) => record::retract(&situation, told),
        C::Redact(command) => record::redact(&situation, command),

        // Told and kept, whatever the situation.
        C::SetMilestone(told) => happened(told.clone()),
        C::Note(told) => happened(told.clone()),
        C::Summarise(told) => happened(told.clone()),
        C::Decide(told) => happened(told.clone()),
        C::Regroup(told) => happened(told.clone()),
        C::Link(told) => happened(told.clone()),
        C::FireAlert(told) => happened(told.clone()),
        C::ResolveAlert(told) => happened(told.clone()),
        C::LinkChange(told) => happened(told.clone()),
        C::AttachEvidence(told) => happened(told.clone()),
        C::AssignReview(told) => happened(told.clone()),
        C::Nudge(told) => happened(told.clone()),
    }
}

fn declare(incident: &Incident, id: &IncidentId, command: &Declare) -> Decision {
    if *incident != Incident::Undeclared {
        return Err(Refusal::new(
            Reason::AlreadyDeclared,
            format!("{id} is declared already"),
            "declare under another title, or record this in the existing incident",
        ));
    }
    happened(Declared {
        title: command.title.clone(),
        tier: command.tier,
        severity: command.severity,
        summary: command.summary.clone(),
        detected_by: command.detected_by.clone(),
        drill: command.drill,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "a rule ends with the decision itself, like its refusals")]
fn happened(event: impl Into<IncidentEvent>) -> Decision {
    Ok(vec![event.into()])
}

#[expect(clippy::unnecessary_wraps, reason = "as above")]
fn already_so() -> Decision {
    Ok(Vec::new())
}

/// What a decision about a declared incident may look at.
struct Situation<'a> {
    incident: &'a Incident,
    id: &'a IncidentId,
    case: &'a Case,
    cause: &'a Cause,
}

impl Situation<'_> {
    /// Steering the response needs it open.
    fn must_be_open(&self) -> Result<(), Refusal> {
        if matches!(self.incident, Incident::Open(_)) { Ok(()) } else { Err(self.not_open()) }
    }

    /// Open, or resolved and not yet closed: its review may be under way.
    fn must_be_under_way(&self) -> Result<(), Refusal> {
        if matches!(self.incident, Incident::Resolved(_)) { Ok(()) } else { self.must_be_open() }
    }

    fn not_open(&self) -> Refusal {
        let (state, hint) = match self.incident {
            Incident::Undeclared | Incident::Open(_) | Incident::Resolved(_) => {
                ("resolved", format!("if it is not over: scribe reopen {} --why …", self.id))
            }
            Incident::Closed(_) => {
                ("closed", format!("if it is not over: scribe reopen {} --why …", self.id))
            }
            Incident::Cancelled(_) => {
                ("cancelled", format!("if it was one after all: scribe reopen {} --why …", self.id))
            }
            Incident::MergedInto(into, _) => ("merged into another", format!("go on in {into}")),
        };
        Refusal::new(Reason::NotOpen, format!("{} is {state}", self.id), hint)
    }

    /// What is cited must be in this incident's record.
    fn all_known(&self, cites: &[EventId]) -> Result<(), Refusal> {
        cites.iter().try_for_each(|cited| self.known(*cited).map(drop))
    }

    fn known(&self, event: EventId) -> Result<&IncidentEvent, Refusal> {
        self.case.events.get(&event).ok_or_else(|| {
            Refusal::new(
                Reason::UnknownEvent,
                format!("{} has no event {event}", self.id),
                format!("find event ids with `scribe timeline {} --ids`", self.id),
            )
        })
    }

    fn no_such(&self, what: &str, number: u32, known: &BTreeMap<u32, impl Sized>) -> Refusal {
        let numbers: Vec<String> = known.keys().map(u32::to_string).collect();
        let hint = if numbers.is_empty() {
            format!("it has no {what}s")
        } else {
            format!("it has {what} {}", numbers.join(", "))
        };
        Refusal::new(Reason::UnknownNumber, format!("{} has no {what} {number}", self.id), hint)
    }

    /// Looks up a numbered thing that can be done once: an error when unknown, `true` when done.
    fn is_done(&self, what: &str, number: u32, known: &BTreeMap<u32, bool>) -> Result<bool, Refusal> {
        known.get(&number).copied().ok_or_else(|| self.no_such(what, number, known))
    }
}

/// The next free number.
fn next<T>(known: &BTreeMap<u32, T>) -> u32 {
    known.last_key_value().map_or(1, |(last, _)| last.saturating_add(1))
}

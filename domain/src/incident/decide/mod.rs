//! What follows from a command: events, or a refusal.
//!
//! A command that is already satisfied yields no events. What is merely *told* (notes, links, alerts,
//! impact, runs made elsewhere …) is accepted at any time after the declaration: facts arrive late. What
//! *steers* the response needs it open.

pub(crate) mod evidence;
pub mod history;
pub(crate) mod life;
pub(crate) mod people;
pub(crate) mod record;
pub(crate) mod runs;
pub(crate) mod words;
pub(crate) mod work;

use super::{Case, Incident};
use crate::event::IncidentEvent;
use crate::event::kind::Numbering;
use crate::event::numbered::Numbered;
use crate::ids::{EventId, IncidentId};
use crate::recorded::Cause;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};

/// What follows from a command: events, of which there are none if it is so already, or a refusal.
pub(crate) type Decision = Result<Vec<IncidentEvent>, Refusal>;

#[expect(clippy::unnecessary_wraps, reason = "a rule ends with the decision itself, like its refusals")]
fn happened(event: impl Into<IncidentEvent>) -> Decision {
    Ok(vec![event.into()])
}

#[expect(clippy::unnecessary_wraps, reason = "as above")]
fn already_so() -> Decision {
    Ok(Vec::new())
}

/// What a decision about a declared incident may look at.
pub(crate) struct Situation<'a> {
    incident: &'a Incident,
    id: &'a IncidentId,
    case: &'a Case,
    cause: &'a Cause,
}

impl<'a> Situation<'a> {
    /// Whatever is asked of an incident needs it declared.
    pub(crate) fn of(incident: &'a Incident, id: &'a IncidentId, cause: &'a Cause) -> Result<Self, Refusal> {
        match incident.case() {
            Some(known) => Ok(Self { incident, id, case: known, cause }),
            None => Err(Refusal::new(
                Reason::UnknownIncident,
                format!("there is no incident {id}"),
                Remedy::step("declare it, or look for the one that is meant", Step::ListIncidents),
            )),
        }
    }

    /// Steering the response needs it open.
    fn must_be_open(&self) -> Result<(), Refusal> {
        if matches!(self.incident, Incident::Open(_)) { Ok(()) } else { Err(self.not_open()) }
    }

    /// Open, or resolved and not yet closed: its review may be under way.
    fn must_be_under_way(&self) -> Result<(), Refusal> {
        if matches!(self.incident, Incident::Resolved(_)) { Ok(()) } else { self.must_be_open() }
    }

    fn not_open(&self) -> Refusal {
        let reopen = |aim| Remedy::step(aim, Step::Reopen { incident: self.id.clone() });
        let (state, remedy) = match self.incident {
            Incident::Undeclared | Incident::Open(_) | Incident::Resolved(_) => {
                ("resolved", reopen("if it is not over"))
            }
            Incident::Closed(_) => ("closed", reopen("if it is not over")),
            Incident::Cancelled(_) => ("cancelled", reopen("if it was one after all")),
            Incident::MergedInto(into, _) => ("merged into another", format!("go on in {into}").into()),
        };
        Refusal::new(Reason::NotOpen, format!("{} is {state}", self.id), remedy)
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
                Remedy::step("to find an event's id", Step::FindEvents { incident: self.id.clone() }),
            )
        })
    }

    /// The next free number. One that was given out is not given out again, even if what had it was taken back.
    fn next(&self, what: Numbered) -> u32 {
        let given = |event: &IncidentEvent| match event.number() {
            Some(Numbering::Begins(begun, number)) if begun == what => Some(number),
            _ => None,
        };
        let given = self.case.events.values().filter_map(given).max();
        let known = self.case.numbers(what).last();
        given.max(known).map_or(1, |last| last.saturating_add(1))
    }

    fn no_such(&self, what: Numbered, number: u32) -> Refusal {
        let name = what.spoken();
        let numbers: Vec<String> = self.case.numbers(what).map(|number| number.to_string()).collect();
        let remedy = if numbers.is_empty() {
            format!("it has no {name}s")
        } else {
            format!("it has {name} {}", numbers.join(", "))
        };
        Refusal::new(Reason::UnknownNumber, format!("{} has no {name} {number}", self.id), remedy)
    }

    /// Looks up a numbered thing that can be done once: an error when unknown, `true` when done.
    fn is_done(&self, what: Numbered, number: u32) -> Result<bool, Refusal> {
        self.case.is_done(what, number).ok_or_else(|| self.no_such(what, number))
    }
}

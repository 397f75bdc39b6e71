//! Corrections, retractions and erasures: the record is changed only by adding to it.

use super::words::may_amend;
use super::{Decision, Situation, already_so, happened};
use crate::actor::Who;
use serde::Deserialize;

use crate::event::IncidentEvent;
use crate::event::kind::{Correction, Retraction};
use crate::event::record::{Corrected, Redacted, Retracted};
use crate::ids::EventId;
use crate::incident::correction::{as_kept, corrected, fixed_field};
use crate::refusal::{Reason, Refusal};
use crate::text::Text;

pub(crate) fn correct(s: &Situation<'_>, told: &Corrected) -> Decision {
    let target = s.known(told.target)?;
    not_retracted(s, told.target)?;
    not_erased(s, told.target)?;
    if target.row().is_some_and(|row| row.correction == Correction::Never) {
        return Err(Refusal::new(
            Reason::NotCorrectable,
            format!("{} events cannot be corrected", target.kind()),
            "correct the event that it is about, once more",
        ));
    }
    if told.occurred.is_none() && told.fields.is_empty() {
        return Err(Refusal::new(
            Reason::BadCorrection,
            "the correction changes nothing",
            "say when it really happened, or which fields were wrong",
        ));
    }
    if let Some(field) = fixed_field(target, told.fields.keys().map(String::as_str)) {
        return Err(Refusal::new(
            Reason::NotCorrectable,
            format!("{field:?} of {} events cannot be corrected", target.kind()),
            "what gives somebody a right, or was run, is changed by an event of its own (upgrade, hand-off, reopen …)",
        ));
    }
    // Of a declaration, an audience reads the title; when it was is nothing that they are told.
    let is_read = !(told.fields.is_empty() && matches!(target, IncidentEvent::Declared(_)));
    if is_read {
        may_amend(s, target)?;
    }
    let right = corrected(target, &told.fields).map_err(|problem| {
        Refusal::new(
            Reason::BadCorrection,
            format!("the correction does not fit {} events: {problem}", target.kind()),
            "give each field as that kind of event has it",
        )
    })?;
    if is_read {
        may_amend(s, &right)?;
    }
    match &right {
        IncidentEvent::CauseNamed(e) => s.all_known(&e.cites)?,
        IncidentEvent::ReviewSectionWritten(e) => s.all_known(&e.cites)?,
        _ => {}
    }
    if told.occurred.is_none() && right == *target {
        return already_so();
    }
    happened(Corrected { fields: as_kept(&told.fields, &right), ..told.clone() })
}

pub(crate) fn retract(s: &Situation<'_>, told: &Retracted) -> Decision {
    let target = s.known(told.target)?;
    if s.case.retracted.contains(&told.target) {
        return already_so();
    }
    if !target.row().is_some_and(|row| row.retraction == Retraction::Retractable) {
        return Err(Refusal::new(
            Reason::NotCorrectable,
            format!("{} events cannot be retracted", target.kind()),
            "what happened to the incident itself is undone by an event of its own (reopen, downgrade, hand-off …)",
        ));
    }
    may_amend(s, target)?;
    happened(told.clone())
}

/// An event whose words are to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redact {
    /// The event.
    pub target: EventId,
    /// Why. Stays in the record for ever: say what kind of thing it was, not the thing itself.
    pub why: Text,
}

/// Anybody may, at any time: a secret in the record cannot wait for its incident, or for somebody in a
/// role. But somebody must answer for it, since it cannot be undone.
pub(crate) fn redact(s: &Situation<'_>, command: &Redact) -> Decision {
    let target = s.known(command.target)?;
    if matches!(target, IncidentEvent::Redacted(_)) {
        return Err(Refusal::new(
            Reason::NotErasable,
            format!("event {} says what was erased, by whom and why; it stays", command.target),
            "the reason of an erasure is kept for ever: never repeat in it what was erased",
        ));
    }
    let Some(person) = s.cause.actor.person() else {
        return Err(Refusal::new(
            Reason::NotAPerson,
            format!("{} is not a person: only people erase", s.cause.actor.who),
            "an integration acts for a person: say which in `on_behalf_of`",
        ));
    };
    if s.case.redacted.contains(&command.target) {
        return already_so();
    }
    // What remains is known only where the stored event is at hand: `execute` adds its digest.
    let by = Who::Person(person.clone());
    happened(Redacted { target: command.target, by, why: command.why.clone(), remains: None })
}

fn not_retracted(s: &Situation<'_>, target: EventId) -> Result<(), Refusal> {
    if s.case.retracted.contains(&target) {
        return Err(Refusal::new(
            Reason::AlreadyRetracted,
            format!("event {target} is retracted"),
            "record it anew instead of correcting it",
        ));
    }
    Ok(())
}

/// New words for it would never be seen, and its old ones cannot be compared with.
fn not_erased(s: &Situation<'_>, target: EventId) -> Result<(), Refusal> {
    if s.case.redacted.contains(&target) {
        return Err(Refusal::new(
            Reason::AlreadyErased,
            format!("the words of event {target} are erased"),
            "record it anew instead of correcting it",
        ));
    }
    Ok(())
}

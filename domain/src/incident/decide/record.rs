//! Corrections and retractions: the record is changed only by adding to it.

use super::{Decision, Situation, already_so, happened};
use crate::event::IncidentEvent;
use crate::event::record::{Corrected, Retracted};
use crate::ids::EventId;
use crate::incident::correction::{correctable_fields, corrected, is_about_the_record, is_retractable};
use crate::refusal::{Reason, Refusal};

pub(super) fn correct(s: &Situation<'_>, told: &Corrected) -> Decision {
    let target = s.known(told.target)?;
    not_retracted(s, told.target)?;
    if is_about_the_record(target) {
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
    if let Some(field) =
        told.fields.keys().find(|field| !correctable_fields(target).is_some_and(|may| may(field)))
    {
        return Err(Refusal::new(
            Reason::NotCorrectable,
            format!("{field:?} of {} events cannot be corrected", target.kind()),
            "what gives somebody a right, or was run, is changed by an event of its own (upgrade, hand-off, reopen …)",
        ));
    }
    may_amend(s, target)?;
    let right = corrected(target, &told.fields).map_err(|problem| {
        Refusal::new(
            Reason::BadCorrection,
            format!("the correction does not fit {} events: {problem}", target.kind()),
            "give each field as that kind of event has it",
        )
    })?;
    match &right {
        IncidentEvent::CauseNamed(e) => s.all_known(&e.cites)?,
        IncidentEvent::ReviewSectionWritten(e) => s.all_known(&e.cites)?,
        _ => {}
    }
    if told.occurred.is_none() && right == *target {
        return already_so();
    }
    happened(told.clone())
}

pub(super) fn retract(s: &Situation<'_>, told: &Retracted) -> Decision {
    let target = s.known(told.target)?;
    if s.case.retracted.contains(&told.target) {
        return already_so();
    }
    if !is_retractable(target) {
        return Err(Refusal::new(
            Reason::NotCorrectable,
            format!("{} events cannot be retracted", target.kind()),
            "what happened to the incident itself is undone by an event of its own (reopen, downgrade, hand-off …)",
        ));
    }
    may_amend(s, target)?;
    happened(told.clone())
}

/// Or else the page of an audience could be rewritten by whoever may not write it.
fn may_amend(s: &Situation<'_>, target: &IncidentEvent) -> Result<(), Refusal> {
    match target {
        IncidentEvent::StatusUpdated(told) => super::words::amend_status(s, told),
        _ => Ok(()),
    }
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

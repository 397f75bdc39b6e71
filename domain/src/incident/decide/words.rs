//! What was told to an audience, and guesses at the cause.

use super::{Decision, Situation, already_so, happened, next};
use crate::command::RaiseHypothesis;
use crate::event::review::ReviewPublished;
use crate::event::words::{HypothesisRaised, HypothesisSettled, StatusUpdated};
use crate::refusal::{Reason, Refusal};
use crate::values::{Role, Tier};

pub(super) fn update_status(s: &Situation<'_>, told: &StatusUpdated) -> Decision {
    within_tier(s, told.audience)?;
    may_speak(s, told.audience, &[Role::IncidentCommander, Role::CommunicationsLead])?;
    happened(told.clone())
}

/// What an audience was told is put right by those who may tell it.
pub(super) fn amend_status(s: &Situation<'_>, told: &StatusUpdated) -> Result<(), Refusal> {
    may_speak(s, told.audience, &[Role::IncidentCommander, Role::CommunicationsLead])
}

pub(super) fn publish_review(s: &Situation<'_>, told: &ReviewPublished) -> Decision {
    within_tier(s, told.audience)?;
    let speakers = [Role::IncidentCommander, Role::CommunicationsLead, Role::IncidentAnalyst];
    may_speak(s, told.audience, &speakers)?;
    happened(told.clone())
}

/// Nothing is posted to a page above the incident's tier.
fn within_tier(s: &Situation<'_>, audience: Tier) -> Result<(), Refusal> {
    let tier = s.case.tier;
    if audience <= tier {
        return Ok(());
    }
    let article = if tier == Tier::Public { "a" } else { "an" };
    Err(Refusal::new(
        Reason::AudienceAboveTier,
        format!("{} is {article} {tier} incident; the {audience} page is above it", s.id),
        format!("if that audience should know: scribe upgrade {} {audience}", s.id),
    ))
}

/// The company and the public hear one voice.
fn may_speak(s: &Situation<'_>, audience: Tier, speakers: &[Role]) -> Result<(), Refusal> {
    if audience == Tier::Engineering {
        return Ok(());
    }
    let holders = || speakers.iter().filter_map(|role| s.case.roles.get(role)).flatten();
    if let Some(person) = s.cause.actor.person()
        && holders().any(|holder| holder == person)
    {
        return Ok(());
    }
    let names: Vec<&str> = holders().map(crate::actor::Person::as_str).collect();
    let roles: Vec<String> = speakers.iter().map(Role::spoken).collect();
    let hint = if names.is_empty() {
        format!("first assign one: scribe role assign {} communications_lead NAME", s.id)
    } else {
        format!("{} may", names.join(" or "))
    };
    Err(Refusal::new(
        Reason::NotACommunicator,
        format!(
            "{} is not {} of {}, and the {audience} page is theirs to write",
            s.cause.actor.responsible(),
            roles.join(" or "),
            s.id
        ),
        hint,
    ))
}

pub(super) fn raise_hypothesis(s: &Situation<'_>, command: &RaiseHypothesis) -> Decision {
    happened(HypothesisRaised { hypothesis: next(&s.case.hypotheses), text: command.text.clone() })
}

pub(super) fn settle_hypothesis(s: &Situation<'_>, told: &HypothesisSettled) -> Decision {
    if s.is_done("hypothesis", told.hypothesis, &s.case.hypotheses)? {
        return already_so();
    }
    happened(told.clone())
}

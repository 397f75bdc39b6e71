//! Actions, follow-ups, deploy holds and impact: numbered things that begin and end once.

use super::{Decision, Situation, already_so, happened, next};
use crate::command::{AgreeFollowUp, AssignAction, ReleaseHold, StartImpact, TakeHold};
use crate::event::IncidentEvent;
use crate::event::impact::{ImpactEnded, ImpactStarted};
use crate::event::work::{
    ActionAssigned, ActionCheckedIn, ActionFinished, DeployHoldReleased, DeployHoldTaken, FollowUpAgreed,
    FollowUpFinished,
};
use crate::refusal::{Reason, Refusal};
use crate::text::Label;

pub(super) fn assign_action(s: &Situation<'_>, command: &AssignAction) -> Decision {
    s.must_be_open()?;
    happened(ActionAssigned {
        action: next(&s.case.actions),
        kind: command.kind,
        text: command.text.clone(),
        to: command.to.clone(),
        check_back: command.check_back,
    })
}

pub(super) fn check_in_action(s: &Situation<'_>, told: &ActionCheckedIn) -> Decision {
    if s.is_done("action", told.action, &s.case.actions)? {
        return Err(Refusal::new(
            Reason::AlreadyOver,
            format!("action {} is finished", told.action),
            "note what came after it, or assign another action",
        ));
    }
    happened(told.clone())
}

pub(super) fn finish_action(s: &Situation<'_>, told: &ActionFinished) -> Decision {
    if s.is_done("action", told.action, &s.case.actions)? { already_so() } else { happened(told.clone()) }
}

pub(super) fn agree_follow_up(s: &Situation<'_>, command: &AgreeFollowUp) -> Decision {
    happened(FollowUpAgreed {
        follow_up: next(&s.case.follow_ups),
        text: command.text.clone(),
        owner: command.owner.clone(),
        due: command.due,
        committed_by: command.committed_by.clone(),
    })
}

pub(super) fn finish_follow_up(s: &Situation<'_>, told: &FollowUpFinished) -> Decision {
    if s.is_done("follow-up", told.follow_up, &s.case.follow_ups)? {
        already_so()
    } else {
        happened(told.clone())
    }
}

/// One hat a scope: a second holder would make "may I deploy?" a matter of whom one asks.
pub(super) fn take_hold(s: &Situation<'_>, command: &TakeHold) -> Decision {
    s.must_be_open()?;
    let scope = scope(command.scope.as_ref());
    let by = s.cause.actor.responsible();
    match s.case.holds.get(&scope) {
        Some(holder) if *holder == by => already_so(),
        Some(holder) => Err(Refusal::new(
            Reason::HoldTaken,
            format!("{holder} holds deploys of {scope} in {}", s.id),
            "they, or anybody, can release it first; deploys are held already",
        )),
        None => happened(DeployHoldTaken { scope, by, why: command.why.clone() }),
    }
}

/// Also after the end, and by anybody: a forgotten hat must not block a company.
pub(super) fn release_hold(s: &Situation<'_>, command: &ReleaseHold) -> Decision {
    let scope = scope(command.scope.as_ref());
    if !s.case.holds.contains_key(&scope) {
        let held: Vec<&str> = s.case.holds.keys().map(Label::as_str).collect();
        let hint = if held.is_empty() {
            "it holds no deploys".into()
        } else {
            format!("it holds: {}", held.join(", "))
        };
        return Err(Refusal::new(
            Reason::HoldNotTaken,
            format!("{} does not hold deploys of {scope}", s.id),
            hint,
        ));
    }
    happened(DeployHoldReleased { scope, by: s.cause.actor.responsible(), why: command.why.clone() })
}

fn scope(told: Option<&Label>) -> Label {
    told.cloned().unwrap_or_else(|| Label::new("all").expect("a plain word is a label"))
}

pub(super) fn start_impact(s: &Situation<'_>, command: &StartImpact) -> Decision {
    // A retracted impact's number is not given out again: its end may still stand in the record.
    let given = |event: &IncidentEvent| match event {
        IncidentEvent::ImpactStarted(started) => Some(started.impact),
        _ => None,
    };
    let last = s.case.events.values().filter_map(given).max();
    happened(ImpactStarted {
        impact: last.unwrap_or(0).saturating_add(1),
        text: command.text.clone(),
        components: command.components.clone(),
        who: command.who.clone(),
    })
}

pub(super) fn end_impact(s: &Situation<'_>, told: &ImpactEnded) -> Decision {
    if s.is_done("impact", told.impact, &s.case.impacts)? {
        return Err(Refusal::new(
            Reason::AlreadyOver,
            format!("impact {} has ended already", told.impact),
            format!("to change when: scribe correct {} EVENT --occurred-at … --why …", s.id),
        ));
    }
    happened(told.clone())
}

//! Actions, follow-ups, deploy holds and impact: numbered things that begin and end once.

use super::{Decision, Situation, already_so, happened};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::actor::{Person, Who};
use crate::event::impact::{ImpactEnded, ImpactStarted};
use crate::event::numbered::Numbered;
use crate::event::work::{
    ActionAssigned, ActionCheckedIn, ActionFinished, DeployHoldReleased, DeployHoldTaken, FollowUpAgreed,
    FollowUpFinished, WorkaroundApplied, WorkaroundReverted,
};
use crate::names::Name;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::text::{Label, Text};
use crate::values::ActionKind;
use crate::when::When;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignAction {
    /// What for.
    pub kind: ActionKind,
    /// What to do.
    pub text: Text,
    /// Who: a person or a team.
    pub to: Label,
    /// When somebody should ask how it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_back: Option<When>,
}

pub(crate) fn assign_action(s: &Situation<'_>, command: &AssignAction) -> Decision {
    s.must_be_open()?;
    happened(ActionAssigned {
        action: s.next(Numbered::Action),
        kind: command.kind,
        text: command.text.clone(),
        to: command.to.clone(),
        check_back: command.check_back,
    })
}

pub(crate) fn check_in_action(s: &Situation<'_>, told: &ActionCheckedIn) -> Decision {
    if s.is_done(Numbered::Action, told.action)? {
        return Err(Refusal::new(
            Reason::AlreadyOver,
            format!("action {} is finished", told.action),
            "note what came after it, or assign another action",
        ));
    }
    happened(told.clone())
}

pub(crate) fn finish_action(s: &Situation<'_>, told: &ActionFinished) -> Decision {
    if s.is_done(Numbered::Action, told.action)? { already_so() } else { happened(told.clone()) }
}

/// Something to do after the incident.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreeFollowUp {
    /// What to do.
    pub text: Text,
    /// Who: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Label>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// Who promised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_by: Option<Person>,
}

pub(crate) fn agree_follow_up(s: &Situation<'_>, command: &AgreeFollowUp) -> Decision {
    happened(FollowUpAgreed {
        follow_up: s.next(Numbered::FollowUp),
        text: command.text.clone(),
        owner: command.owner.clone(),
        due: command.due,
        committed_by: command.committed_by.clone(),
    })
}

pub(crate) fn finish_follow_up(s: &Situation<'_>, told: &FollowUpFinished) -> Decision {
    if s.is_done(Numbered::FollowUp, told.follow_up)? { already_so() } else { happened(told.clone()) }
}

/// Deploys to stop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeHold {
    /// What is held; `all` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Name>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// One hat a scope: a second holder would make "may I deploy?" a matter of whom one asks.
pub(crate) fn take_hold(s: &Situation<'_>, command: &TakeHold) -> Decision {
    s.must_be_open()?;
    let scope = scope(command.scope.as_ref());
    let by = s.cause.actor.responsible();
    if must_be_free(s, &scope, &by)? {
        happened(DeployHoldTaken { scope, by, why: command.why.clone() })
    } else {
        already_so()
    }
}

/// Whether nobody holds it; an error if somebody else does.
pub(super) fn must_be_free(s: &Situation<'_>, scope: &Name, by: &Who) -> Result<bool, Refusal> {
    match s.case.holds.get(scope) {
        Some(holder) if s.cause.namesakes.are_the_same(holder, by) => Ok(false),
        Some(holder) => Err(Refusal::new(
            Reason::HoldTaken,
            format!("{holder} holds deploys of {scope} in {}", s.id),
            "they, or anybody, can release it first; deploys are held already",
        )),
        None => Ok(true),
    }
}

/// Deploys to let go on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// What was held; `all` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Name>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Also after the end, and by anybody: a forgotten hat must not block a company.
pub(crate) fn release_hold(s: &Situation<'_>, command: &ReleaseHold) -> Decision {
    let scope = scope(command.scope.as_ref());
    must_be_held(s, &scope)?;
    happened(DeployHoldReleased { scope, by: s.cause.actor.responsible(), why: command.why.clone() })
}

pub(super) fn must_be_held(s: &Situation<'_>, scope: &Name) -> Result<(), Refusal> {
    if !s.case.holds.contains_key(scope) {
        let held: Vec<&str> = s.case.holds.keys().map(Name::as_str).collect();
        let remedy = if held.is_empty() {
            "it holds no deploys".to_owned()
        } else {
            format!("it holds: {}", held.join(", "))
        };
        return Err(Refusal::new(
            Reason::HoldNotTaken,
            format!("{} does not hold deploys of {scope}", s.id),
            remedy,
        ));
    }
    Ok(())
}

fn scope(told: Option<&Name>) -> Name {
    told.cloned().unwrap_or_else(|| Name::new("all").expect("a plain word is a name"))
}

/// Users began to be hit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImpact {
    /// How.
    pub text: Text,
    /// What was affected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Name>,
    /// Who was hit, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Text>,
}

pub(crate) fn start_impact(s: &Situation<'_>, command: &StartImpact) -> Decision {
    happened(ImpactStarted {
        impact: s.next(Numbered::Impact),
        text: command.text.clone(),
        components: command.components.clone(),
        who: command.who.clone(),
    })
}

pub(crate) fn end_impact(s: &Situation<'_>, told: &ImpactEnded) -> Decision {
    must_end_behind(s, Numbered::Impact, told.impact)?;
    happened(told.clone())
}

/// What has a beginning and an end ends once, and not before it began.
pub(super) fn must_end_behind(s: &Situation<'_>, what: Numbered, number: u32) -> Result<(), Refusal> {
    let name = what.spoken();
    if s.is_done(what, number)? {
        return Err(Refusal::new(
            Reason::AlreadyOver,
            format!("{name} {number} has ended already"),
            Remedy::step("to change when", Step::CorrectTime { incident: s.id.clone() }),
        ));
    }
    let began = s.case.began(what, number);
    if s.cause.occurred.surely_before(&began) {
        return Err(Refusal::new(
            Reason::TimesContradict,
            format!("{name} {number} began {began}, and would have ended before, {}", s.cause.occurred),
            Remedy::step("to change when it began", Step::CorrectTime { incident: s.id.clone() }),
        ));
    }
    Ok(())
}

/// Something that helps for now, and must not stay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyWorkaround {
    /// What was changed.
    pub text: Text,
    /// Who reverts it: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Label>,
    /// When somebody should ask whether it can be reverted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_back: Option<When>,
}

pub(crate) fn apply_workaround(s: &Situation<'_>, command: &ApplyWorkaround) -> Decision {
    happened(WorkaroundApplied {
        workaround: s.next(Numbered::Workaround),
        text: command.text.clone(),
        to: command.to.clone(),
        check_back: command.check_back,
    })
}

/// Also after the end: that is when most of them go.
pub(crate) fn revert_workaround(s: &Situation<'_>, told: &WorkaroundReverted) -> Decision {
    must_end_behind(s, Numbered::Workaround, told.workaround)?;
    happened(told.clone())
}

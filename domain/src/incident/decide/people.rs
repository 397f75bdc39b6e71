//! Roles, pages, who came and went.

use super::{Decision, Situation, already_so, happened};
use crate::actor::Person;
use crate::event::numbered::Numbered;
use serde::Deserialize;

use crate::event::people::{
    Joined, Left, PageAcknowledged, PageTarget, Paged, RoleAssigned, RoleHandedOff, RoleHolderCorrected,
    RoleLeft,
};
use crate::ids::EventId;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::text::Text;
use crate::values::Role;

/// Also once it is resolved: who writes the analysis is often settled then.
pub(crate) fn assign_role(s: &Situation<'_>, told: &RoleAssigned) -> Decision {
    s.must_be_under_way()?;
    if holds(s, &told.role, &told.to) {
        return already_so();
    }
    must_be_vacant(s, &told.role, &told.to)?;
    happened(told.clone())
}

/// A role that one person holds goes to another by a hand-off.
pub(super) fn must_be_vacant(s: &Situation<'_>, role: &Role, to: &Person) -> Result<(), Refusal> {
    if role.is_shared() || holds(s, role, to) {
        return Ok(());
    }
    let Some(holder) = s.case.roles.of(role).and_then(|holders| holders.first()) else { return Ok(()) };
    let step =
        Step::HandOff { incident: s.id.clone(), role: role.clone(), from: holder.clone(), to: to.clone() };
    Err(Refusal::new(
        Reason::RoleHeld,
        format!("{holder} is {} of {}", role.spoken(), s.id),
        Remedy::step("hand it off", step),
    ))
}

/// Also once it is resolved, as an assignment.
pub(crate) fn hand_off(s: &Situation<'_>, told: &RoleHandedOff) -> Decision {
    s.must_be_under_way()?;
    let from = must_hold(s, &told.role, &told.from)?.clone();
    if from == told.to {
        return already_so();
    }
    happened(RoleHandedOff { from, ..told.clone() })
}

/// Also after the end: roles are given up when everybody goes home.
pub(crate) fn leave_role(s: &Situation<'_>, told: &RoleLeft) -> Decision {
    let who = must_hold(s, &told.role, &told.who)?.clone();
    happened(RoleLeft { who, ..told.clone() })
}

/// Whose name was recorded wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectHolder {
    /// The assignment or handoff that names the wrong person.
    pub target: EventId,
    /// Who really took the role.
    pub to: Person,
    /// How that was found out.
    pub why: Text,
}

/// Whoever holds a role now by the wrong name changes with it, and that is as an assignment; what is long past may be
/// put right at any time.
pub(crate) fn correct_holder(s: &Situation<'_>, command: &CorrectHolder) -> Decision {
    let (role, from) = given(s, command.target)?;
    if from == command.to {
        return already_so();
    }
    let right = RoleHolderCorrected {
        target: command.target,
        role,
        from,
        to: command.to.clone(),
        why: command.why.clone(),
    };
    if s.case.turns.corrected(&right).holders() != s.case.roles {
        s.must_be_under_way()?;
    }
    happened(right)
}

/// Whom an event gave a role, as corrected.
fn given(s: &Situation<'_>, event: EventId) -> Result<(Role, Person), Refusal> {
    s.known(event)?;
    s.case.turns.given(event).ok_or_else(|| {
        Refusal::new(
            Reason::NoRoleGiven,
            format!("event {event} gave nobody a role"),
            Remedy::step(
                "name the assignment or handoff that did",
                Step::FindEvents { incident: s.id.clone() },
            ),
        )
    })
}

/// What a history may tell so: it must say whom the event named.
pub(super) fn named_by(s: &Situation<'_>, told: &RoleHolderCorrected) -> Result<(), Refusal> {
    let (role, from) = given(s, told.target)?;
    if (&role, &from) == (&told.role, &told.from) {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::NotTheHolder,
        format!(
            "from: event {} made {from} {}, not {} {}",
            told.target,
            role.spoken(),
            told.from,
            told.role.spoken()
        ),
        "say in `role` and `from` what that event tells",
    ))
}

fn holds(s: &Situation<'_>, role: &Role, who: &Person) -> bool {
    s.case.roles.holder(role, who, &s.cause.namesakes).is_some()
}

/// The name by which they hold it: what takes the role from them names it as it was given.
pub(super) fn must_hold<'a>(s: &'a Situation<'_>, role: &Role, who: &Person) -> Result<&'a Person, Refusal> {
    if let Some(holder) = s.case.roles.holder(role, who, &s.cause.namesakes) {
        return Ok(holder);
    }
    let remedy = match s.case.roles.of(role) {
        None => {
            let step = Step::AssignRole { incident: s.id.clone(), role: role.clone() };
            Remedy::step("nobody does; to assign it", step)
        }
        Some(holders) => {
            let names: Vec<&str> = holders.iter().map(Person::as_str).collect();
            format!("held by {}", names.join(", ")).into()
        }
    };
    Err(Refusal::new(Reason::NotTheHolder, format!("{who} is not {} of {}", role.spoken(), s.id), remedy))
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Who.
    pub whom: PageTarget,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

pub(crate) fn page(s: &Situation<'_>, command: &Page) -> Decision {
    s.must_be_open()?;
    happened(Paged { page: s.next(Numbered::Page), whom: command.whom.clone(), why: command.why.clone() })
}

/// A page to answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgePage {
    /// The page's number.
    pub page: u32,
    /// Who answers; whoever asks unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

pub(crate) fn acknowledge_page(s: &Situation<'_>, command: &AcknowledgePage) -> Decision {
    if s.is_done(Numbered::Page, command.page)? {
        return already_so();
    }
    let Some(by) = command.by.as_ref().or_else(|| s.cause.actor.person()) else {
        return Err(Refusal::new(
            Reason::NotAPerson,
            format!("{} is not a person and cannot answer a page", s.cause.actor.who),
            "say who answered it in `by`",
        ));
    };
    happened(PageAcknowledged { page: command.page, by: by.clone() })
}

pub(crate) fn join(s: &Situation<'_>, told: &Joined) -> Decision {
    if present(s, &told.who).is_some() { already_so() } else { happened(told.clone()) }
}

pub(crate) fn leave(s: &Situation<'_>, told: &Left) -> Decision {
    match present(s, &told.who) {
        Some(who) => happened(Left { who: who.clone(), ..told.clone() }),
        None => already_so(),
    }
}

/// The name by which somebody has joined and not left.
fn present<'a>(s: &'a Situation<'_>, who: &Person) -> Option<&'a Person> {
    let all = &s.case.present;
    all.get(who).or_else(|| all.iter().find(|one| s.cause.namesakes.are_one(one, who)))
}

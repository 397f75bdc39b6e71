//! Roles, pages, who came and went.

use super::{Decision, Situation, already_so, happened, next};
use crate::actor::Person;
use crate::command::{AcknowledgePage, Page};
use crate::event::people::{Joined, Left, PageAcknowledged, Paged, RoleAssigned, RoleHandedOff, RoleLeft};
use crate::refusal::{Reason, Refusal};
use crate::values::Role;

/// Also once it is resolved: who writes the analysis is often settled then.
pub(super) fn assign_role(s: &Situation<'_>, told: &RoleAssigned) -> Decision {
    s.must_be_under_way()?;
    if holds(s, &told.role, &told.to) {
        return already_so();
    }
    if let Some(holder) = s.case.roles.get(&told.role).and_then(|holders| holders.first())
        && !told.role.is_shared()
    {
        let (id, role, from, to) = (s.id, &told.role, holder.as_str(), told.to.as_str());
        return Err(Refusal::new(
            Reason::RoleHeld,
            format!("{holder} is {} of {id}", role.spoken()),
            format!("hand it off: scribe role handoff {id} {role} --from {from:?} --to {to:?}"),
        ));
    }
    happened(told.clone())
}

/// Also once it is resolved, as an assignment.
pub(super) fn hand_off(s: &Situation<'_>, told: &RoleHandedOff) -> Decision {
    s.must_be_under_way()?;
    must_hold(s, &told.role, &told.from)?;
    if told.from == told.to {
        return already_so();
    }
    happened(told.clone())
}

/// Also after the end: roles are given up when everybody goes home.
pub(super) fn leave_role(s: &Situation<'_>, told: &RoleLeft) -> Decision {
    must_hold(s, &told.role, &told.who)?;
    happened(told.clone())
}

fn holds(s: &Situation<'_>, role: &Role, who: &Person) -> bool {
    s.case.roles.get(role).is_some_and(|holders| holders.contains(who))
}

fn must_hold(s: &Situation<'_>, role: &Role, who: &Person) -> Result<(), Refusal> {
    if holds(s, role, who) {
        return Ok(());
    }
    let hint = match s.case.roles.get(role) {
        None => format!("nobody does; to assign it: scribe role assign {} {role} NAME", s.id),
        Some(holders) => {
            let names: Vec<&str> = holders.iter().map(Person::as_str).collect();
            format!("held by {}", names.join(", "))
        }
    };
    Err(Refusal::new(Reason::NotTheHolder, format!("{who} is not {} of {}", role.spoken(), s.id), hint))
}

pub(super) fn page(s: &Situation<'_>, command: &Page) -> Decision {
    s.must_be_open()?;
    happened(Paged { page: next(&s.case.pages), whom: command.whom.clone(), why: command.why.clone() })
}

pub(super) fn acknowledge_page(s: &Situation<'_>, command: &AcknowledgePage) -> Decision {
    let Some((_, answered)) = s.case.pages.get(&command.page) else {
        return Err(s.no_such("page", command.page, &s.case.pages));
    };
    if *answered {
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

pub(super) fn join(s: &Situation<'_>, told: &Joined) -> Decision {
    if s.case.present.contains(&told.who) { already_so() } else { happened(told.clone()) }
}

pub(super) fn leave(s: &Situation<'_>, told: &Left) -> Decision {
    if s.case.present.contains(&told.who) { happened(told.clone()) } else { already_so() }
}

//! Who holds which role: the one fold of it, which decisions and views use.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Person};
use crate::event::IncidentEvent as E;
use crate::event::people::RoleHolderCorrected;
use crate::ids::EventId;
use crate::namesakes::Namesakes;
use crate::values::Role;

/// Whose word the company and the public hear.
pub const SPEAKERS: [Role; 2] = [Role::IncidentCommander, Role::CommunicationsLead];

/// Who holds which role; a role that nobody holds stands in none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holders(BTreeMap<Role, BTreeSet<Person>>);

impl Holders {
    /// Whether an event can change who holds a role.
    pub fn concerns(event: &E) -> bool {
        matches!(event, E::RoleAssigned(_) | E::RoleHandedOff(_) | E::RoleLeft(_))
    }

    /// Who holds which role after one more event.
    pub fn apply(&mut self, event: &E) {
        match event {
            E::RoleAssigned(e) => self.take(&e.role, &e.to),
            E::RoleHandedOff(e) => {
                self.drop(&e.role, &e.from);
                self.take(&e.role, &e.to);
            }
            E::RoleLeft(e) => self.drop(&e.role, &e.who),
            _ => {}
        }
    }

    /// Who holds a role; none if nobody does.
    pub fn of(&self, role: &Role) -> Option<&BTreeSet<Person>> {
        self.0.get(role)
    }

    /// Every role that somebody holds.
    pub fn iter(&self) -> impl Iterator<Item = (&Role, &BTreeSet<Person>)> {
        self.0.iter()
    }

    /// Whether somebody acts in one of these roles, by whichever of their names they hold it.
    pub fn acts_as(&self, actor: &Actor, roles: &[Role], names: &Namesakes) -> bool {
        let holds = |person: &Person| roles.iter().any(|role| self.holder(role, person, names).is_some());
        actor.person().is_some_and(holds)
    }

    /// The name by which somebody holds a role, if they do.
    pub fn holder<'a>(&'a self, role: &Role, who: &Person, names: &Namesakes) -> Option<&'a Person> {
        let of = self.0.get(role)?;
        of.get(who).or_else(|| of.iter().find(|holder| names.are_one(holder, who)))
    }

    fn take(&mut self, role: &Role, who: &Person) {
        let holders = self.0.entry(role.clone()).or_default();
        if !role.is_shared() {
            holders.clear();
        }
        holders.insert(who.clone());
    }

    fn drop(&mut self, role: &Role, who: &Person) {
        if let Some(holders) = self.0.get_mut(role) {
            holders.remove(who);
            if holders.is_empty() {
                self.0.remove(role);
            }
        }
    }
}

/// What gave roles and took them, in the record's order and as corrected.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoleTurns(Vec<(EventId, E)>);

impl RoleTurns {
    /// Whether an event is one of them, or puts one right.
    pub fn concerns(event: &E) -> bool {
        Holders::concerns(event) || matches!(event, E::RoleHolderCorrected(_))
    }

    /// One more event.
    pub fn follow(&mut self, id: EventId, event: &E) {
        match event {
            E::RoleHolderCorrected(right) => *self = self.corrected(right),
            event if Holders::concerns(event) => self.0.push((id, without_words(event))),
            _ => {}
        }
    }

    /// Whom an event gave which role.
    pub fn given(&self, event: EventId) -> Option<(Role, Person)> {
        self.0.iter().find(|(id, _)| *id == event).and_then(|(_, event)| gives(event))
    }

    /// The same with somebody else in the place of a wrong name.
    #[must_use]
    pub fn corrected(&self, right: &RoleHolderCorrected) -> Self {
        let mut turns = self.clone();
        put_right(right, turns.0.iter_mut().map(|(id, event)| (*id, event)));
        turns
    }

    /// Who holds which role by them.
    pub fn holders(&self) -> Holders {
        let mut holders = Holders::default();
        self.0.iter().for_each(|(_, event)| holders.apply(event));
        holders
    }
}

/// Puts a wrong holder's name right in the event that gave the role, and in the one that took it from that holder
/// again. `turns` are all events of the incident, in the record's order; the ids of those that were changed come back.
pub fn put_right<'a>(
    right: &RoleHolderCorrected,
    mut turns: impl Iterator<Item = (EventId, &'a mut E)>,
) -> Vec<EventId> {
    let named = (right.role.clone(), right.from.clone());
    let target = turns.find(|(id, _)| *id == right.target);
    let Some((target, event)) = target.filter(|(_, event)| gives(event).as_ref() == Some(&named)) else {
        return Vec::new();
    };
    match event {
        E::RoleAssigned(e) => e.to = right.to.clone(),
        E::RoleHandedOff(e) => e.to = right.to.clone(),
        _ => {}
    }
    let mut changed = vec![target];
    for (id, event) in turns {
        let name = match event {
            E::RoleHandedOff(e) if e.role == right.role && e.from == right.from => &mut e.from,
            E::RoleLeft(e) if e.role == right.role && e.who == right.from => &mut e.who,
            // Told once more, it is another telling, and stands by itself from here on.
            E::RoleAssigned(e) if e.role == right.role && (e.to == right.from || !e.role.is_shared()) => {
                break;
            }
            _ => continue,
        };
        *name = right.to.clone();
        changed.push(id);
        break;
    }
    changed
}

/// Only who took and gave what: the words are the record's, and go when they are erased there.
fn without_words(event: &E) -> E {
    let mut turn = event.clone();
    match &mut turn {
        E::RoleAssigned(e) => e.why = None,
        E::RoleHandedOff(e) => e.why = None,
        E::RoleLeft(e) => e.why = None,
        _ => {}
    }
    turn
}

/// Whom an event gives which role.
fn gives(event: &E) -> Option<(Role, Person)> {
    match event {
        E::RoleAssigned(e) => Some((e.role.clone(), e.to.clone())),
        E::RoleHandedOff(e) => Some((e.role.clone(), e.to.clone())),
        _ => None,
    }
}

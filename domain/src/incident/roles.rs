//! Who holds which role: the one fold of it, which decisions and views use.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Person};
use crate::event::IncidentEvent as E;
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

    /// Whether somebody acts in one of these roles.
    pub fn acts_as(&self, actor: &Actor, roles: &[Role]) -> bool {
        let holds =
            |person: &Person| roles.iter().filter_map(|role| self.0.get(role)).any(|of| of.contains(person));
        actor.person().is_some_and(holds)
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

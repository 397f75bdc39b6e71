//! Everybody, as the record has them: the fold of what was told of people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::entry::{Link, PersonEntry};
use crate::account::Account;
use crate::actor::{Person, Who};
use crate::namesakes::Namesakes;
use crate::system::SystemEvent;
use crate::when::When;

/// Everybody in the directory, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct People(pub(super) Vec<PersonEntry>);

impl People {
    /// What one more event makes of them.
    pub fn follow(&mut self, event: &SystemEvent) {
        match event {
            SystemEvent::PersonAdded(e) => {
                if self.entry(&e.person).is_none() {
                    let mut entry = PersonEntry { since: e.since, ..PersonEntry::named(e.person.clone()) };
                    if !e.teams.is_empty() {
                        entry.is_in(e.teams.clone(), None);
                    }
                    self.0.push(entry);
                }
            }
            SystemEvent::PersonRenamed(e) => {
                // A name that somebody else has meanwhile means them.
                if self.entry(&e.to).is_none_or(|entry| entry.goes_by(&e.person))
                    && let Some(entry) = self.find(&e.person)
                {
                    entry.goes_on_as(e.to.clone(), e.since.at());
                }
            }
            SystemEvent::AccountLinked(e) => {
                if let Some(entry) = self.find(&e.person) {
                    entry.link(Link { account: e.account.clone(), since: e.since, until: e.until });
                }
            }
            SystemEvent::AccountUnlinked(e) => {
                if let Some(entry) = self.find(&e.person) {
                    entry.unlink(&e.account, e.until);
                }
            }
            SystemEvent::TeamsChanged(e) => {
                if let Some(entry) = self.find(&e.person) {
                    entry.is_in(e.teams.clone(), e.since.at());
                }
            }
            SystemEvent::EmploymentTold(e) => {
                if let Some(entry) = self.find(&e.person) {
                    (entry.since, entry.left) = (e.since, e.left);
                }
            }
            SystemEvent::PersonMerged(e) => self.take_in(&e.person, &e.into),
            SystemEvent::MergeUndone(e) => self.part(&e.person),
            SystemEvent::TokenCreated(_)
            | SystemEvent::TokenRevoked(_)
            | SystemEvent::SettingsChanged(_)
            | SystemEvent::SessionBegan(_)
            | SystemEvent::SessionEnded(_)
            | SystemEvent::PrivateSeen(_)
            | SystemEvent::ClockSettled(_)
            | SystemEvent::TimeStamped(_) => {}
        }
    }

    /// Whose account it is at a moment; nobody's if they have left the company by then.
    pub fn by_account(&self, account: &Account, at: DateTime<Utc>) -> Option<&PersonEntry> {
        self.holder(account, at).filter(|entry| !entry.has_left_by(at))
    }

    /// Whose account it is at a moment, whether or not they have left the company.
    pub fn holder(&self, account: &Account, at: DateTime<Utc>) -> Option<&PersonEntry> {
        let counts = |link: &Link| link.account == *account && link.counts_at(at);
        self.0.iter().find(|entry| entry.links().any(counts))
    }

    /// Whom a name means, by the rule of [`alike`](crate::alike): a present, former or merged one.
    pub fn entry(&self, name: &Person) -> Option<&PersonEntry> {
        self.0.iter().find(|entry| entry.goes_by(name))
    }

    /// Whether two names are one person's.
    pub fn are_one(&self, one: &Person, other: &Person) -> bool {
        one == other || self.entry(one).is_some_and(|entry| entry.goes_by(other))
    }

    /// Whether a list has somebody, by whichever of their names; they are looked up once, for many lists.
    pub fn is_on<'a>(&'a self, who: Option<&'a Who>) -> impl Fn(&[Who]) -> bool + use<'a> {
        let entry = match who {
            Some(Who::Person(name)) => self.entry(name),
            _ => None,
        };
        let is_theirs = move |one: &Who| match one {
            Who::Person(name) => entry.is_some_and(|entry| entry.goes_by(name)),
            Who::Integration(_) | Who::Scribe => false,
        };
        move |list: &[Who]| list.iter().any(|one| Some(one) == who || is_theirs(one))
    }

    /// A name as it is today: the present name of whom it means, or else itself.
    pub fn present<'a>(&'a self, name: &'a Person) -> &'a Person {
        self.entry(name).map_or(name, PersonEntry::name)
    }

    /// The same of whoever acts.
    pub fn present_of(&self, who: Who) -> Who {
        match who {
            Who::Person(name) => Who::Person(self.present(&name).clone()),
            Who::Integration(_) | Who::Scribe => who,
        }
    }

    /// When somebody left the company, if they have by this moment.
    pub fn left(&self, who: &Who, at: DateTime<Utc>) -> Option<When> {
        match who {
            Who::Person(name) => self.entry(name).filter(|entry| entry.has_left_by(at))?.left,
            Who::Integration(_) | Who::Scribe => None,
        }
    }

    /// Whether nobody was ever added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &PersonEntry> {
        self.0.iter()
    }

    /// Which names are one person's, for whoever compares names.
    pub fn namesakes(&self) -> Namesakes {
        let several = |entry: &PersonEntry| entry.names.len() > 1 || !entry.merged.is_empty();
        self.0.iter().filter(|entry| several(entry)).map(|entry| entry.names().cloned().collect()).collect()
    }

    fn find(&mut self, name: &Person) -> Option<&mut PersonEntry> {
        self.0.iter_mut().find(|entry| entry.goes_by(name))
    }

    fn take_in(&mut self, name: &Person, into: &Person) {
        if self.entry(into).is_none() || self.are_one(name, into) {
            return;
        }
        let place = self.0.iter().position(|entry| entry.goes_by(name));
        let merged = match place {
            Some(place) => self.0.remove(place),
            None => PersonEntry { is_a_slip: true, ..PersonEntry::named(name.clone()) },
        };
        if let Some(entry) = self.find(into) {
            entry.merged.push(merged);
        }
    }

    fn part(&mut self, name: &Person) {
        let found = self.0.iter_mut().find_map(|entry| {
            let (rest, out) = entry.parted(name)?;
            *entry = rest;
            Some(out)
        });
        self.0.extend(found.filter(|entry| !entry.is_a_slip));
    }
}

//! One person of the directory, and when what of it was so.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::actor::Person;
use crate::text::Label;
use crate::when::When;

/// A person of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonEntry {
    /// Every name that they had, in the order in which they had them; the last is the present one.
    pub(super) names: Vec<Named>,
    /// Every account that is or was theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) links: Vec<Link>,
    /// Which teams they were in, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) teams: Vec<InTeams>,
    /// Since when they are with the company, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<When>,
    /// When they left, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<When>,
    /// Whether it is only a name that somebody was misspelt by, and never was an entry of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_a_slip: bool,
    /// What was merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) merged: Vec<PersonEntry>,
}

/// A name, and since when they go by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Named {
    pub(super) name: Person,
    pub(super) since: Option<DateTime<Utc>>,
}

/// An account that is somebody's, for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The account.
    pub account: Account,
    /// Since when.
    pub since: When,
    /// Until when, if it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
}

/// The teams that somebody is in, since some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InTeams {
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) teams: Vec<Label>,
}

impl Link {
    /// Whether it counts at a moment.
    pub fn counts_at(&self, at: DateTime<Utc>) -> bool {
        // What ended nobody knows when counts at no moment.
        let goes_on = self.until.is_none() || self.end().is_some_and(|until| at < until);
        self.since.at().is_none_or(|since| since <= at) && goes_on
    }

    /// Whether there is a moment at which both count.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_before_the_end = |one: &Self, other: &Self| match (one.since.at(), other.end()) {
            (Some(since), Some(until)) => since < until,
            _ => true,
        };
        begins_before_the_end(self, other) && begins_before_the_end(other, self)
    }

    /// The moment at which it ends, if it does and that is known.
    fn end(&self) -> Option<DateTime<Utc>> {
        self.until.and_then(|until| until.at())
    }
}

impl PersonEntry {
    /// An entry of this name alone.
    pub(super) fn named(name: Person) -> Self {
        Self {
            names: vec![Named { name, since: None }],
            links: Vec::new(),
            teams: Vec::new(),
            since: None,
            left: None,
            is_a_slip: false,
            merged: Vec::new(),
        }
    }

    /// The name that they go by.
    ///
    /// # Panics
    ///
    /// Never: an entry begins with a name, and loses none.
    pub fn name(&self) -> &Person {
        &self.names.last().expect("an entry has a name").name
    }

    /// The name that they went by at a moment.
    pub fn name_at(&self, at: DateTime<Utc>) -> &Person {
        let by_then = self.names.iter().rev().find(|named| named.since.is_none_or(|since| since <= at));
        by_then.map_or_else(|| self.name(), |named| &named.name)
    }

    /// Every name that means them: what they went by, and what they were misspelt by or entered by once more.
    pub fn names(&self) -> Box<dyn Iterator<Item = &Person> + '_> {
        let own = self.names.iter().map(|named| &named.name);
        Box::new(own.chain(self.merged.iter().flat_map(Self::names)))
    }

    /// What they went by before, without what was merged.
    pub fn former_names(&self) -> impl Iterator<Item = &Person> {
        self.names.iter().rev().skip(1).map(|named| &named.name)
    }

    /// What they were misspelt by or entered by once more.
    pub fn merged_names(&self) -> impl Iterator<Item = &Person> {
        self.merged.iter().flat_map(Self::names)
    }

    /// Whether a name means them.
    pub fn goes_by(&self, name: &Person) -> bool {
        self.names().any(|one| one == name)
    }

    /// Every account that is or was theirs.
    pub fn links(&self) -> Box<dyn Iterator<Item = &Link> + '_> {
        Box::new(self.links.iter().chain(self.merged.iter().flat_map(Self::links)))
    }

    /// Their accounts at a moment.
    pub fn accounts_at(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Account> {
        self.links().filter(move |link| link.counts_at(at)).map(|link| &link.account)
    }

    /// The teams that they are in at a moment.
    pub fn teams_at(&self, at: DateTime<Utc>) -> &[Label] {
        let by_then = self.teams.iter().rev().find(|told| told.since.is_none_or(|since| since <= at));
        by_then.map_or(&[], |told| &told.teams)
    }

    /// Whether they have left by a moment.
    pub fn has_left_by(&self, at: DateTime<Utc>) -> bool {
        self.left.is_some_and(|left| left.at().is_none_or(|left| left <= at))
    }

    /// Whether they were with the company by a moment already, for all that is known.
    pub fn has_come_by(&self, at: DateTime<Utc>) -> bool {
        self.since.and_then(|since| since.at()).is_none_or(|since| since <= at)
    }

    /// They go by this name since then. Said again of the name that they go by, it puts right since when.
    pub(super) fn goes_on_as(&mut self, name: Person, since: Option<DateTime<Utc>>) {
        let is_known = |named: &Named| named.since == since && named.name.as_str() == name.as_str();
        if self.names.iter().any(is_known) {
            return;
        }
        if self.names.len() > 1 && self.name().as_str() == name.as_str() {
            self.names.pop();
        }
        // What they really go by is no slip any more.
        self.drop_slip(&name);
        let place = self.names.partition_point(|named| named.since <= since);
        self.names.insert(place, Named { name, since });
    }

    fn drop_slip(&mut self, name: &Person) {
        self.merged.retain(|entry| !(entry.is_a_slip && entry.name() == name));
        for entry in &mut self.merged {
            entry.drop_slip(name);
        }
    }

    /// The account is theirs for this time, whatever was told of that time before.
    pub(super) fn link(&mut self, link: Link) {
        self.unlink_where(&|one| one.account == link.account && one.overlaps(&link), None);
        self.links.push(link);
    }

    /// The account is theirs until then; or never was.
    pub(super) fn unlink(&mut self, account: &Account, until: Option<When>) {
        let at = until.and_then(|until| until.at());
        let concerns = |link: &Link| {
            link.account == *account && at.is_none_or(|at| link.end().is_none_or(|end| at < end))
        };
        self.unlink_where(&concerns, until);
    }

    fn unlink_where(&mut self, concerns: &impl Fn(&Link) -> bool, until: Option<When>) {
        let end = until.and_then(|until| until.at());
        self.links.retain_mut(|link| {
            if !concerns(link) {
                return true;
            }
            link.until = until;
            // What would end before it begins never was.
            until.is_some() && link.since.at().zip(end).is_none_or(|(since, end)| since < end)
        });
        for entry in &mut self.merged {
            entry.unlink_where(concerns, until);
        }
    }

    /// They are in these teams since then.
    pub(super) fn is_in(&mut self, teams: Vec<Label>, since: Option<DateTime<Utc>>) {
        self.teams.retain(|told| told.since != since);
        let place = self.teams.partition_point(|told| told.since <= since);
        self.teams.insert(place, InTeams { since, teams });
    }

    /// What is left without what was merged under this name, and that; nothing, if both would go by one name then.
    pub(super) fn parted(&self, name: &Person) -> Option<(Self, Self)> {
        let mut rest = self.clone();
        let out = rest.take_out(name)?;
        // A slip has nothing that it could go on as.
        let go_by_one_name = !out.is_a_slip && out.names().any(|name| rest.goes_by(name));
        (!go_by_one_name).then_some((rest, out))
    }

    /// Takes out what was merged under this name, wherever it is.
    fn take_out(&mut self, name: &Person) -> Option<Self> {
        let own = |entry: &Self| entry.names.iter().any(|named| named.name == *name);
        if let Some(place) = self.merged.iter().position(own) {
            return Some(self.merged.remove(place));
        }
        self.merged.iter_mut().find_map(|entry| entry.take_out(name))
    }
}

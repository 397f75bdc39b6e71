//! What may be told of people, and what is refused.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::entry::{Link, PersonEntry};
use super::{
    AccountLinked, AccountUnlinked, EmploymentTold, MergeUndone, People, PersonAdded, PersonMerged,
    PersonRenamed, TeamsChanged,
};
use crate::account::Account;
use crate::actor::Person;
use crate::alike;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::system::SystemEvent;
use crate::text::{Label, Text};
use crate::when::When;

/// So many names are offered where one is not known.
const OFFERED: usize = 3;

/// What follows of it, or why nothing may.
type Decision = Result<Vec<SystemEvent>, Refusal>;

impl People {
    /// Somebody new; nothing if they are there just so.
    pub fn add(&self, added: PersonAdded) -> Decision {
        let Some(entry) = self.entry(&added.person) else {
            return Ok(vec![added.into()]);
        };
        let is_the_same = entry.name().as_str() == added.person.as_str()
            && (added.since.is_none() || added.since == entry.since)
            && (added.teams.is_empty() || entry.teams.last().is_some_and(|told| told.teams == added.teams));
        if is_the_same {
            return Ok(Vec::new());
        }
        Err(name_taken(entry, &added.person))
    }

    /// Another name since then, or since now.
    pub fn rename(
        &self,
        person: &Person,
        to: Person,
        since: Option<When>,
        why: Option<Text>,
        now: DateTime<Utc>,
    ) -> Decision {
        let entry = self.known(person)?;
        if since.is_none() && entry.name().as_str() == to.as_str() {
            return Ok(Vec::new());
        }
        if let Some(other) = self.entry(&to).filter(|other| !other.goes_by(person)) {
            return Err(name_taken(other, &to));
        }
        let since = since.unwrap_or_else(|| second(now));
        if since.at().is_some_and(|since| since > now) {
            return Err(contradiction(
                "a name is one from when somebody goes by it, and this is still to come",
            ));
        }
        let person = entry.name().clone();
        Ok(self.news(PersonRenamed { person, to, since, why }))
    }

    /// An account that is theirs since then, or since now.
    pub fn link(
        &self,
        person: &Person,
        account: Account,
        since: Option<When>,
        until: Option<When>,
        now: DateTime<Utc>,
    ) -> Decision {
        let entry = self.known(person)?;
        let has_it = entry.accounts_at(now).any(|one| *one == account);
        if has_it && since.is_none() && until.is_none() {
            return Ok(Vec::new());
        }
        let since = since.unwrap_or_else(|| second(now));
        match until {
            Some(When::Unknown) => {
                return Err(contradiction(
                    "until when an account was theirs must be known, to say that it is no longer",
                ));
            }
            Some(until) if until.at() <= since.at() => {
                return Err(contradiction(format!("it would end ({until}) before it begins ({since})")));
            }
            _ => {}
        }
        let link = Link { account: account.clone(), since, until };
        let is_taken = |other: &&PersonEntry| {
            other.name() != entry.name()
                && other.links().any(|one| one.account == account && one.overlaps(&link))
        };
        if let Some(other) = self.iter().find(is_taken) {
            let whose = other.name();
            return Err(Refusal::new(
                Reason::AccountTaken,
                format!("{account} is {whose}'s at that time, and an account is one person's at a time"),
                Remedy::step(
                    "if both are one person, merge one into the other; if it is theirs no longer, or never was, say so first",
                    Step::UnlinkAccount { person: whose.clone(), account },
                ),
            ));
        }
        Ok(self.news(AccountLinked { person: entry.name().clone(), account, since, until }))
    }

    /// An account that is theirs until then, or never was.
    pub fn unlink(
        &self,
        person: &Person,
        account: Account,
        until: Option<When>,
        why: Option<Text>,
    ) -> Decision {
        let entry = self.known(person)?;
        let theirs: Vec<&Link> = entry.links().filter(|link| link.account == account).collect();
        if theirs.is_empty() {
            let whose = self.iter().find(|other| other.links().any(|link| link.account == account));
            let remedy = match whose {
                Some(other) => format!("it is {}'s", other.name()).into(),
                None => Remedy::step("to see what is", Step::ShowPerson { person: entry.name().clone() }),
            };
            let message = format!("{account} is not linked to {}", entry.name());
            return Err(Refusal::new(Reason::UnknownAccount, message, remedy));
        }
        let ends_before_it_begins = |until: When| {
            theirs.iter().all(|link| link.since.at().is_some_and(|since| until.at() <= Some(since)))
        };
        match until {
            Some(When::Unknown) => {
                return Err(contradiction(
                    "until when it was theirs must be known; say so, or that it never was",
                ));
            }
            Some(until) if ends_before_it_begins(until) => {
                return Err(contradiction(format!(
                    "{account} would end ({until}) before it began; say that it never was theirs"
                )));
            }
            _ => {}
        }
        let person = entry.name().clone();
        Ok(self.news(AccountUnlinked { person, account, until, why }))
    }

    /// The teams that they are in since then, or since now.
    pub fn change_teams(
        &self,
        person: &Person,
        teams: Vec<Label>,
        since: Option<When>,
        now: DateTime<Utc>,
    ) -> Decision {
        let entry = self.known(person)?;
        if since.is_none() && entry.teams_at(now) == teams {
            return Ok(Vec::new());
        }
        let since = since.unwrap_or_else(|| second(now));
        Ok(self.news(TeamsChanged { person: entry.name().clone(), teams, since }))
    }

    /// Since when they are with the company and when they left; what is not told stays as it is. With `stays`, they have
    /// not left after all.
    pub fn tell_employment(
        &self,
        person: &Person,
        since: Option<When>,
        left: Option<When>,
        stays: bool,
    ) -> Decision {
        let entry = self.known(person)?;
        if stays && left.is_some() {
            return Err(contradiction(format!("{} cannot have left and have stayed", entry.name())));
        }
        let since = since.or(entry.since);
        let left = left.or(entry.left).filter(|_| !stays);
        if let (Some(since), Some(left)) = (since, left)
            && left.surely_before(&since)
        {
            return Err(contradiction(format!(
                "{} would have left ({left}) before they came ({since})",
                entry.name()
            )));
        }
        Ok(self.news(EmploymentTold { person: entry.name().clone(), since, left }))
    }

    /// A wrong name becomes one of whose it is.
    pub fn merge(&self, person: Person, into: &Person, why: Option<Text>) -> Decision {
        let entry = self.known(into)?;
        if entry.merged_names().any(|one| *one == person) {
            return Ok(Vec::new());
        }
        if entry.goes_by(&person) {
            return Err(Refusal::new(
                Reason::MergeIntoSelf,
                format!("{person} is {} already, under a name of their own", entry.name()),
                "say which other name is wrong",
            ));
        }
        Ok(self.news(PersonMerged { person, into: entry.name().clone(), why }))
    }

    /// A name that was merged is somebody else's after all.
    pub fn undo_merge(&self, person: &Person, why: Option<Text>) -> Decision {
        let entry = self.known(person)?;
        if !entry.merged_names().any(|one| one == person) {
            return Err(Refusal::new(
                Reason::NotMerged,
                format!("{person} was not merged into another name"),
                Remedy::step("to see the names they have", Step::ShowPerson { person: entry.name().clone() }),
            ));
        }
        if entry.parted(person).is_none() {
            return Err(Refusal::new(
                Reason::NameTaken,
                format!(
                    "{person} is a name that {} goes by, or went by, since they were merged",
                    entry.name()
                ),
                "add the other one by a name that tells the two apart",
            ));
        }
        Ok(self.news(MergeUndone { person: person.clone(), why }))
    }

    /// Whom an integration speaks for, by the account that it names.
    pub fn speaks_by(&self, account: &Account, now: DateTime<Utc>) -> Result<&PersonEntry, Refusal> {
        let whose = self.holder(account, now).ok_or_else(|| {
            Refusal::new(
                Reason::UnknownAccount,
                format!("{account} is not linked to anybody"),
                Remedy::step(
                    "whoever keeps the directory of people says whose it is",
                    Step::LinkAccount { account: account.clone() },
                ),
            )
        })?;
        if whose.has_left_by(now) {
            return Err(Refusal::new(
                Reason::UnknownAccount,
                format!("{account} is {}'s, who has left the company", whose.name()),
                Remedy::step("if they have not", Step::StayOn { person: whose.name().clone() }),
            ));
        }
        Ok(whose)
    }

    /// Whom a name means; else who may be meant.
    pub fn known(&self, person: &Person) -> Result<&PersonEntry, Refusal> {
        self.entry(person).ok_or_else(|| {
            let names: Vec<&str> =
                self.like(person).map(|entry| entry.name().as_str()).take(OFFERED).collect();
            let aim = match names.as_slice() {
                [] => "to add them".to_owned(),
                names => format!("did you mean {}? otherwise, to add them", names.join(" or ")),
            };
            let remedy = Remedy::step(aim, Step::AddPerson { person: person.clone() });
            Refusal::new(Reason::UnknownPerson, format!("nobody called {person} is in the directory"), remedy)
        })
    }

    /// Who may be meant by a name that is nobody's: whoever may be them, or has a word of it.
    fn like<'a>(&'a self, name: &'a Person) -> impl Iterator<Item = &'a PersonEntry> {
        let words = |name: &'a Person| name.as_str().split([' ', '.', '-']);
        let shares =
            move |other: &'a Person| words(other).any(|one| words(name).any(|word| alike::same(one, word)));
        self.iter().filter(move |entry| entry.names().any(|other| other.may_be(name) || shares(other)))
    }

    /// The event, unless all of it is so already.
    fn news(&self, event: impl Into<SystemEvent>) -> Vec<SystemEvent> {
        let event = event.into();
        let mut after = self.clone();
        after.follow(&event);
        if after == *self { Vec::new() } else { vec![event] }
    }
}

fn second(now: DateTime<Utc>) -> When {
    When::second(now.trunc_subsecs(0))
}

fn name_taken(entry: &PersonEntry, name: &Person) -> Refusal {
    let whose = entry.name();
    let message = if whose == name {
        format!("{whose} is in the directory already")
    } else {
        format!("{name} is a name of {whose}, who is in the directory already")
    };
    let remedy = Remedy::step(
        "if this is somebody else, tell the two names apart; to see who has it",
        Step::ShowPerson { person: whose.clone() },
    );
    Refusal::new(Reason::NameTaken, message, remedy)
}

fn contradiction(what: impl Into<String>) -> Refusal {
    Refusal::new(Reason::TimesContradict, what, "check both times and their zones")
}

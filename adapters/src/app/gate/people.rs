//! The directory of people: what is told of them, and who may look at what of it.

use std::marker::PhantomData;

use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::account::Account;
use scribe_domain::actor::{Actor, Person};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::Refusal;
use scribe_domain::system::SystemEvent;
use scribe_domain::system::people::{People, PersonAdded};
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use scribe_projections::access::AccessView;
use scribe_projections::people::{Accounts, PeopleList, PersonView};
use scribe_projections::question::AsOf;

use super::caller::Caller;
use super::rights::{GateError, Sight};
use super::speaker::Speaker;
use super::system::OwnStream;
use super::{App, Deed, Question, Scope, Shows};

impl OwnStream for People {
    fn stream() -> IncidentId {
        IncidentId::people()
    }

    fn take(&mut self, recorded: &Recorded) {
        if let IncidentEvent::System(event) = &recorded.event {
            self.follow(event);
        }
    }
}

/// Something that is told of a person.
#[derive(Debug, Clone)]
pub struct TellOfPerson {
    /// Who tells it.
    pub actor: Actor,
    /// What.
    pub act: PersonAct,
}

/// What may be told of a person.
#[derive(Debug, Clone)]
pub enum PersonAct {
    /// That there is one.
    Add(PersonAdded),
    /// That they go by another name.
    Rename {
        /// By any name that they had.
        person: Person,
        /// The new name.
        to: Person,
        /// Since when; since now, unless told.
        since: Option<When>,
        /// Why.
        why: Option<Text>,
    },
    /// That an account is theirs.
    Link {
        /// Who.
        person: Person,
        /// The account.
        account: Account,
        /// Since when; since now, unless told.
        since: Option<When>,
        /// Until when, if it is over.
        until: Option<When>,
    },
    /// That an account is theirs no longer, or never was.
    Unlink {
        /// Who.
        person: Person,
        /// The account.
        account: Account,
        /// Until when it was theirs.
        until: Until,
        /// Why.
        why: Option<Text>,
    },
    /// In which teams they are.
    Teams {
        /// Who.
        person: Person,
        /// All of their teams.
        teams: Vec<Label>,
        /// Since when; since now, unless told.
        since: Option<When>,
    },
    /// Since when they are with the company, and when they left; what is not told stays as it is.
    Employment {
        /// Who.
        person: Person,
        /// Since when.
        since: Option<When>,
        /// When they left.
        left: Option<When>,
        /// Whether they have not left after all.
        stays: bool,
    },
    /// That a wrong name means them.
    Merge {
        /// The wrong name.
        person: Person,
        /// Who it is.
        into: Person,
        /// Why.
        why: Option<Text>,
    },
    /// That a name which was merged is somebody else's after all.
    Part {
        /// The name.
        person: Person,
        /// Why.
        why: Option<Text>,
    },
}

/// Until when an account was somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until now.
    Now,
    /// Until then.
    Then(When),
    /// It never was theirs.
    Never,
}

impl PersonAct {
    fn decide(&self, people: &People, now: DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal> {
        match self.clone() {
            Self::Add(added) => people.add(added),
            Self::Rename { person, to, since, why } => people.rename(&person, to, since, why, now),
            Self::Link { person, account, since, until } => people.link(&person, account, since, until, now),
            Self::Unlink { person, account, until, why } => {
                let until = match until {
                    Until::Now => Some(When::second(now.trunc_subsecs(0))),
                    Until::Then(then) => Some(then),
                    Until::Never => None,
                };
                people.unlink(&person, account, until, why)
            }
            Self::Teams { person, teams, since } => people.change_teams(&person, teams, since, now),
            Self::Employment { person, since, left, stays } => {
                people.tell_employment(&person, since, left, stays)
            }
            Self::Merge { person, into, why } => people.merge(person, &into, why),
            Self::Part { person, why } => people.undo_merge(&person, why),
        }
    }
}

impl Deed for TellOfPerson {
    type Answer = ();
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, caller: &Caller, _: &Sight) -> Result<(), GateError<ExecuteError>> {
        let Speaker { actor, origin } = app.speaker(caller, self.actor, None).await?;
        let decide = |people: &People, now| self.act.decide(people, now);
        Ok(app.administer(&actor, origin.as_ref(), decide).await?)
    }
}

/// How much of the directory somebody is shown: a type each, so that whoever asks says which.
pub trait Detail: Send {
    /// What it takes.
    const SCOPE: Scope;
    /// Whether accounts are shown.
    const ACCOUNTS: Accounts;
}

/// Names, teams and times, for whoever may look at incidents.
#[derive(Debug, Clone, Copy)]
pub struct Names;

/// Accounts too, for who audits the record.
#[derive(Debug, Clone, Copy)]
pub struct Audited;

/// Accounts too, for who keeps the directory.
#[derive(Debug, Clone, Copy)]
pub struct Kept;

impl Detail for Names {
    const SCOPE: Scope = Scope::Read;
    const ACCOUNTS: Accounts = Accounts::Hidden;
}

impl Detail for Audited {
    const SCOPE: Scope = Scope::Audit;
    const ACCOUNTS: Accounts = Accounts::Shown;
}

impl Detail for Kept {
    const SCOPE: Scope = Scope::Admin;
    const ACCOUNTS: Accounts = Accounts::Shown;
}

/// Everybody in the directory at a moment, in this detail.
#[derive(Debug, Clone)]
pub struct WhoIsWho<D> {
    as_of: AsOf,
    detail: PhantomData<fn() -> D>,
}

/// One person of the directory at a moment, in this detail; `None` if the name means nobody.
#[derive(Debug, Clone)]
pub struct WhoIs<D> {
    person: Person,
    as_of: AsOf,
    detail: PhantomData<fn() -> D>,
}

impl<D> WhoIsWho<D> {
    /// As of this moment.
    pub fn at(as_of: AsOf) -> Self {
        Self { as_of, detail: PhantomData }
    }
}

impl<D> WhoIs<D> {
    /// Whom this name means, as of this moment.
    pub fn at(person: Person, as_of: AsOf) -> Self {
        Self { person, as_of, detail: PhantomData }
    }
}

impl<D: Detail> Question for WhoIsWho<D> {
    type Answer<'a> = (PeopleList, Position);
    type Error = StoreError;
    const SCOPE: Scope = D::SCOPE;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<(PeopleList, Position), GateError<StoreError>> {
        let reading = app.views().of::<AccessView>().look(&self.as_of).await?;
        let people = &reading.view.access.people;
        Ok((PeopleList::of(people, &self.as_of, app.now(), D::ACCOUNTS), reading.position))
    }
}

impl<D: Detail> Question for WhoIs<D> {
    type Answer<'a> = (Option<PersonView>, Position);
    type Error = StoreError;
    const SCOPE: Scope = D::SCOPE;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(
        self,
        app: &App,
        _: &Sight,
    ) -> Result<(Option<PersonView>, Position), GateError<StoreError>> {
        let reading = app.views().of::<AccessView>().look(&self.as_of).await?;
        let people = &reading.view.access.people;
        let view = PersonView::of(people, &self.person, &self.as_of, app.now(), D::ACCOUNTS);
        Ok((view, reading.position))
    }
}

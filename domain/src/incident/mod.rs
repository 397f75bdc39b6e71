//! An incident's situation, and the two pure functions over it.
//!
//! [`Incident`](crate::incident::Incident) holds what *decisions* need and nothing else; what people look at is folded by the
//! projections. `evolve` takes any history without complaint, also an imported one in no lifecycle
//! order: the record is the authority, and the state merely follows it.

mod correction;
pub(crate) mod decide;
pub use decide::history;
pub use decide::life::may_go_on_in;
mod evolve;
/// When users were hit, and since when they no longer are.
pub mod hits;
/// The one fold of the lifecycle.
pub mod life;
/// The one fold of who holds which role.
pub mod roles;

use std::collections::{BTreeMap, BTreeSet};

use crate::actor::{Person, Who};
use crate::event::IncidentEvent;
use crate::event::numbered::Numbered;
use crate::identity::Identity;
use crate::ids::{EventId, IncidentId};
use crate::names::Name;
use crate::recorded::Recorded;
use crate::text::{Label, ShellLine};
use crate::values::{Digest, Tier};
use crate::when::When;

pub use correction::corrected;
pub use evolve::evolve;
use life::Life;
use roles::{Holders, RoleTurns};

/// An incident's situation.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Incident {
    /// There is none.
    #[default]
    Undeclared,
    /// Being worked on.
    Open(Box<Case>),
    /// Over; its review may be under way.
    Resolved(Box<Case>),
    /// Over and reviewed.
    Closed(Box<Case>),
    /// Declared in error.
    Cancelled(Box<Case>),
    /// Part of another.
    MergedInto(IncidentId, Box<Case>),
}

impl Incident {
    /// The situation after these events, in the record's order.
    pub fn replay<'a>(history: impl IntoIterator<Item = &'a Recorded>) -> Self {
        history.into_iter().fold(Self::default(), evolve)
    }

    /// What is known of it, if it was declared.
    pub fn case(&self) -> Option<&Case> {
        match self {
            Self::Undeclared => None,
            Self::Open(case)
            | Self::Resolved(case)
            | Self::Closed(case)
            | Self::Cancelled(case)
            | Self::MergedInto(_, case) => Some(case),
        }
    }
}

/// What decisions need to know of a declared incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Where it stands in its life.
    pub life: Life,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Who holds which role.
    pub roles: Holders,
    /// What gave them those.
    pub turns: RoleTurns,
    /// Who has joined and not left.
    pub present: BTreeSet<Person>,
    /// Runs by number.
    pub runs: BTreeMap<u32, Run>,
    /// Everything else that has a number: whether it is done.
    pub numbered: BTreeMap<Numbered, BTreeMap<u32, bool>>,
    /// When what has a number began, by the event that says so, and as corrected.
    pub began: BTreeMap<(Numbered, u32), (EventId, When)>,
    /// Deploy holds by scope: who has them.
    pub holds: BTreeMap<Name, Who>,
    /// Every event as corrected so far, for corrections, retractions and citations to refer to.
    pub events: BTreeMap<EventId, IncidentEvent>,
    /// Which of them are retracted.
    pub retracted: BTreeSet<EventId>,
    /// Which of them are erased.
    pub redacted: BTreeSet<EventId>,
}

impl Case {
    /// The numbers of this kind that are known, in order.
    pub fn numbers(&self, what: Numbered) -> impl Iterator<Item = u32> {
        let runs = self.runs.keys().filter(move |_| what == Numbered::Run);
        runs.chain(self.numbered.get(&what).into_iter().flat_map(BTreeMap::keys)).copied()
    }

    /// The audiences beyond the engineers that were told anything of it.
    pub fn told(&self) -> impl Iterator<Item = Tier> {
        let audience = |event: &IncidentEvent| match event {
            IncidentEvent::StatusUpdated(told) => Some(told.audience),
            _ => None,
        };
        self.events.values().filter_map(audience).filter(|audience| *audience > Tier::Engineering)
    }

    /// When what has this number began.
    pub fn began(&self, what: Numbered, number: u32) -> When {
        self.began.get(&(what, number)).map_or(When::Unknown, |(_, at)| *at)
    }

    /// Whether what has this number is done; none if nothing has it.
    pub fn is_done(&self, what: Numbered, number: u32) -> Option<bool> {
        self.numbered.get(&what)?.get(&number).copied()
    }
}

/// What decisions need to know of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The line: as proposed, and once it has begun, as run.
    pub line: ShellLine,
    /// Its digest.
    pub digest: Digest,
    /// Where it is to run, or ran.
    pub host: Option<Label>,
    /// Who proposed it, or ran it unproposed.
    pub by: Who,
    /// How it is known who that was.
    pub origin: Option<Identity>,
    /// Who approved exactly this line on this host, and has not been overruled, in order. Not whoever proposed it,
    /// and nobody of whom only an import tells.
    pub approved_by: Vec<Person>,
    /// Who ran it; often the proposer, but not always.
    pub ran_by: Option<Who>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Proposed, approved or not.
    Proposed,
    /// Declined or withdrawn.
    Refused,
    /// Running, or died half-way.
    Started(crate::event::runs::Standing),
    /// Ended.
    Finished,
}

//! The list of incidents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::incident::life::Situation;
use scribe_domain::names::Name;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Title;
use scribe_domain::values::{Phase, Role, Severity, Tier};
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::amended::Entry;
use crate::question::AsOf;
use crate::runner::Projection;
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::PerIncident;

/// Every incident as it stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Board {
    cases: PerIncident<Case>,
    /// How far each incident has come: every event counts for that, also those that the fold doesn't
    /// look at.
    heads: BTreeMap<IncidentId, Head>,
}

/// An incident's last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    revision: Revision,
    position: Position,
    /// When it was recorded, and when the incident's first event was.
    recorded: (DateTime<Utc>, DateTime<Utc>),
}

/// Which incidents to list; the default is the open ones without drills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct ListFilter {
    /// Whether they go on.
    pub state: ListState,
    /// Only those of this tier.
    pub tier: Option<Tier>,
    /// Exercises too.
    pub drills: bool,
}

/// Whether an incident goes on, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListState {
    /// Being worked on.
    #[default]
    Open,
    /// Resolved, closed, cancelled or merged into another.
    Ended,
    /// All of them.
    All,
}

/// Incidents as they stand: open ones first, the worst and then the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct BoardView {
    /// The moment that ages are counted to.
    pub asked_at: DateTime<Utc>,
    /// The incidents.
    pub incidents: Vec<BoardLine>,
}

/// One incident as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct BoardLine {
    /// The incident.
    pub incident: IncidentId,
    /// What it is called; absent when that was redacted.
    pub title: Option<Title>,
    /// Whether it goes on.
    pub situation: Situation,
    /// Where the response stands.
    pub phase: Phase,
    /// Whom it concerns.
    pub tier: Tier,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is an exercise.
    pub drill: bool,
    /// When it was declared, and by whom.
    pub declared: Attribution,
    /// Since when users are no longer hit, if they aren't.
    pub mitigated: Option<Attribution>,
    /// What ended it, if it is over.
    pub ended: Option<Attribution>,
    /// Who holds which role.
    pub roles: Vec<RoleNow>,
    /// The last update for each audience that was told anything.
    pub updates: Vec<UpdateAge>,
    /// Open actions.
    pub open_actions: usize,
    /// Those that somebody should have asked about.
    pub actions_overdue: usize,
    /// Runs that wait for a second pair of eyes.
    pub runs_awaiting_approval: Vec<u32>,
    /// Runs that began and of which nobody has said how they ended.
    pub runs_not_finished: Vec<u32>,
    /// Deploy holds.
    pub holds: Vec<HeldScope>,
    /// Alerts that fire.
    pub alerts_firing: usize,
    /// Impacts that have not ended.
    pub open_impacts: usize,
    /// Times of which evidence is missing still.
    pub open_gaps: Vec<u32>,
    /// Workarounds that are not reverted.
    pub workarounds: Vec<u32>,
    /// Those of them of which somebody should have asked.
    pub workarounds_overdue: usize,
    /// Pages that nobody answered.
    pub unanswered_pages: Vec<u32>,
    /// How many events it has, by the recorded clock.
    pub revision: Revision,
    /// The position of the last of them.
    pub position: Position,
}

/// Who holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RoleNow {
    /// The role.
    pub role: Role,
    /// Its holder; several for responders.
    pub holders: Vec<Person>,
}

/// How long ago an audience was last told anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct UpdateAge {
    /// The audience.
    pub audience: Tier,
    /// The status it was told under.
    pub status: Phase,
    /// When.
    pub occurred: When,
    /// How long ago that was.
    pub age_seconds: i64,
}

/// A scope whose deploys are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HeldScope {
    /// The scope.
    pub scope: Name,
    /// Who holds it.
    pub by: Who,
}

impl Projection for Board {
    const NAME: &'static str = PerIncident::<Case>::NAME;
    const VERSION: u32 = PerIncident::<Case>::VERSION;

    fn apply(&mut self, told: &Entry<'_>) {
        self.cases.apply(told);
        let recorded = told.recorded;
        if !recorded.incident.is_incident() {
            return;
        }
        match self.heads.get_mut(&recorded.incident) {
            Some(head) => head.reach(recorded),
            None => {
                self.heads.insert(recorded.incident.clone(), Head::of(recorded));
            }
        }
    }

    fn outdated(&self) -> Vec<IncidentId> {
        self.cases.outdated()
    }

    fn refold(&mut self, incident: &IncidentId, history: &[Recorded], as_of: &AsOf) {
        self.cases.refold(incident, history, as_of);
        let mut known = history.iter().take_while(|recorded| as_of.had_recorded(recorded));
        match known.next().map(Head::of) {
            Some(mut head) => {
                known.for_each(|recorded| head.reach(recorded));
                self.heads.insert(incident.clone(), head);
            }
            None => {
                self.heads.remove(incident);
            }
        }
    }

    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let (cases, needed) = self.cases.as_of(as_of);
        let mut needed: BTreeSet<IncidentId> = needed.into_iter().collect();
        let mut heads = BTreeMap::new();
        for (id, head) in &self.heads {
            let (last, first) = head.recorded;
            match as_of.recorded_by {
                Some(by) if by < first => {}
                Some(by) if by < last => {
                    needed.insert(id.clone());
                }
                _ => {
                    heads.insert(id.clone(), *head);
                }
            }
        }
        (Self { cases, heads }, needed.into_iter().collect())
    }

    fn of_those(&self, shows: &dyn Fn(&IncidentId) -> bool) -> Self {
        let heads = self.heads.iter().filter(|(id, _)| shows(id)).map(|(id, head)| (id.clone(), *head));
        Self { heads: heads.collect(), cases: self.cases.of_those(shows) }
    }
}

impl Head {
    fn of(recorded: &Recorded) -> Self {
        Self {
            revision: recorded.revision,
            position: recorded.position,
            recorded: (recorded.recorded_at, recorded.recorded_at),
        }
    }

    fn reach(&mut self, recorded: &Recorded) {
        *self = Self { recorded: (recorded.recorded_at, self.recorded.1), ..Self::of(recorded) };
    }
}

impl Board {
    /// The incidents that the filter asks for.
    pub fn list(&self, filter: &ListFilter, asked_at: DateTime<Utc>) -> BoardView {
        let mut incidents: Vec<BoardLine> = self
            .cases
            .iter()
            .filter_map(|(id, case)| {
                let head = self.heads.get(id);
                let (revision, position) =
                    head.map_or((Revision::NEW, Position(0)), |head| (head.revision, head.position));
                BoardLine::of(id, case, revision, position, asked_at)
            })
            .filter(|line| filter.shows(line))
            .collect();
        incidents.sort_by_key(|line| {
            let open = line.situation.is_open();
            let severity = open.then_some(line.severity);
            (!open, severity, std::cmp::Reverse(line.declared.moment()))
        });
        BoardView { asked_at, incidents }
    }
}

impl ListFilter {
    fn shows(self, line: &BoardLine) -> bool {
        let state = match self.state {
            ListState::Open => line.situation.is_open(),
            ListState::Ended => !line.situation.is_open(),
            ListState::All => true,
        };
        state && self.tier.is_none_or(|tier| tier == line.tier) && (self.drills || !line.drill)
    }
}

impl BoardLine {
    /// One incident as it stands; none if it was not declared.
    pub(super) fn of(
        incident: &IncidentId,
        case: &Case,
        revision: Revision,
        position: Position,
        asked_at: DateTime<Utc>,
    ) -> Option<Self> {
        let (declared, life) = (case.declared.as_ref()?, case.life.as_ref()?);
        let overdue = case.actions.open.values().filter(|action| action.overdue_seconds(asked_at).is_some());
        let workarounds = case.actions.workarounds.values();
        let workarounds_overdue = workarounds.filter(|it| it.overdue_seconds(asked_at).is_some());
        Some(Self {
            incident: incident.clone(),
            title: declared.title.clone(),
            situation: life.situation.clone(),
            phase: life.phase,
            tier: life.tier,
            severity: life.severity,
            drill: declared.drill,
            declared: declared.told.clone(),
            mitigated: life.mitigated().cloned(),
            ended: life.ended.clone(),
            roles: case
                .roles
                .iter()
                .map(|(role, holders)| RoleNow {
                    role: role.clone(),
                    holders: holders.iter().cloned().collect(),
                })
                .collect(),
            updates: case
                .updates
                .iter()
                .map(|(audience, update)| UpdateAge {
                    audience: *audience,
                    status: update.status,
                    occurred: update.told.occurred,
                    age_seconds: (asked_at - update.told.moment()).num_seconds(),
                })
                .collect(),
            open_actions: case.actions.open.len(),
            actions_overdue: overdue.count(),
            runs_awaiting_approval: case.runs.awaiting_approval(),
            runs_not_finished: case.runs.not_finished(),
            holds: case
                .holds
                .taken
                .values()
                .map(|hold| HeldScope { scope: hold.scope.clone(), by: hold.by.clone() })
                .collect(),
            alerts_firing: case.alerts.len(),
            open_impacts: case.impacts.len(),
            open_gaps: case.gaps.keys().copied().collect(),
            workarounds: case.actions.workarounds.keys().copied().collect(),
            workarounds_overdue: workarounds_overdue.count(),
            unanswered_pages: case.pages.keys().copied().collect(),
            revision,
            position,
        })
    }
}

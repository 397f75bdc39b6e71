//! What somebody should ask about, and what was promised for afterwards.

/// Both as people read them.
mod document;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use scribe_domain::actor::Person;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life::{self, Situation};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::ActionKind;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::{IncidentFold, PerIncident};

/// Every open action and follow-up of the record.
pub type Actions = PerIncident<CaseActions>;

/// One incident's open actions and follow-ups.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaseActions {
    /// Actions that are not finished, by number.
    pub open: BTreeMap<u32, Box<Action>>,
    /// Follow-ups that are not finished, by number.
    pub follow_ups: BTreeMap<u32, Box<FollowUp>>,
    /// Workarounds that are not reverted, by number.
    pub workarounds: BTreeMap<u32, Box<Workaround>>,
    situation: Situation,
}

/// An action that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Action {
    /// Its number in its incident.
    pub action: u32,
    /// What for.
    pub kind: ActionKind,
    /// What to do; absent when it was redacted.
    pub text: Option<Text>,
    /// Who: a person or a team.
    pub to: Label,
    /// When it was assigned, and by whom.
    pub assigned: Attribution,
    /// When somebody should ask how it goes.
    pub check_back: Option<When>,
    /// How it was going when somebody last asked.
    pub last_check_in: Option<CheckIn>,
}

/// How an action was going.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CheckIn {
    /// How it went; absent when it was redacted.
    pub text: Option<Text>,
    /// When, and on whose word.
    pub told: Attribution,
}

/// Something to do after the incident that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FollowUp {
    /// Its number in its incident.
    pub follow_up: u32,
    /// What to do; absent when it was redacted.
    pub text: Option<Text>,
    /// Who: a person or a team.
    pub owner: Option<Label>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// Who promised it.
    pub committed_by: Option<Person>,
    /// When it was agreed.
    pub agreed: Attribution,
}

/// Something that helps for now, and that must not stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Workaround {
    /// Its number in its incident.
    pub workaround: u32,
    /// What was changed; absent when it was redacted.
    pub text: Option<Text>,
    /// Who reverts it: a person or a team.
    pub to: Option<Label>,
    /// When it was applied, and by whom.
    pub applied: Attribution,
    /// When somebody should ask whether it can be reverted.
    pub check_back: Option<When>,
}

/// Which actions and follow-ups to list; the default is all open ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct ActionFilter {
    /// Only this incident's.
    pub incident: Option<IncidentId>,
    /// Only what is due for a check-back, or promised, by then.
    pub due_by: Option<DateTime<Utc>>,
}

/// Open actions and follow-ups, what is due first first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ActionList {
    /// The moment that ages are counted to.
    pub asked_at: DateTime<Utc>,
    /// Open actions: those due for a check-back first.
    pub actions: Vec<ActionDue>,
    /// Open follow-ups: those due first.
    pub follow_ups: Vec<FollowUpDue>,
    /// Workarounds that are not reverted: those due for a check-back first.
    pub workarounds: Vec<WorkaroundDue>,
}

/// A workaround that is not reverted, and how due that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WorkaroundDue {
    /// The incident.
    pub incident: IncidentId,
    /// The workaround.
    #[serde(flatten)]
    pub workaround: Workaround,
    /// How long ago somebody should have asked; absent when that is not due, or no time was set.
    pub overdue_seconds: Option<i64>,
    /// Whether the incident is over although the workaround stays.
    pub incident_over: bool,
}

/// An open action and how due it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ActionDue {
    /// The incident.
    pub incident: IncidentId,
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// How long ago somebody should have asked; absent when that is not due, or no time was set.
    pub overdue_seconds: Option<i64>,
    /// Whether the incident is over although the action is not finished.
    pub incident_over: bool,
}

/// An open follow-up and how due it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FollowUpDue {
    /// The incident.
    pub incident: IncidentId,
    /// The follow-up.
    #[serde(flatten)]
    pub follow_up: FollowUp,
    /// Whole days since it was agreed.
    pub age_days: i64,
    /// Whole days since it was due; absent when it isn't, or no date was set. A date is over when its
    /// day is over in UTC.
    pub overdue_days: Option<i64>,
}

impl IncidentFold for CaseActions {
    const NAME: &'static str = "actions";
    const VERSION: u32 = 5;

    fn wants(event: &E) -> bool {
        life::is_turn(event)
            || matches!(
                event,
                E::ActionAssigned(_)
                    | E::ActionCheckedIn(_)
                    | E::ActionFinished(_)
                    | E::FollowUpAgreed(_)
                    | E::FollowUpFinished(_)
                    | E::WorkaroundApplied(_)
                    | E::WorkaroundReverted(_)
            )
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        let shown = |text: &Text| (!entry.is_redacted()).then(|| text.clone());
        match &*entry.event {
            _ if entry.is_retracted() => {}
            E::ActionAssigned(e) => {
                let action = Action {
                    action: e.action,
                    kind: e.kind,
                    text: shown(&e.text),
                    to: e.to.clone(),
                    assigned: Attribution::of(entry),
                    check_back: e.check_back,
                    last_check_in: None,
                };
                self.open.insert(e.action, Box::new(action));
            }
            E::ActionCheckedIn(e) => {
                if let Some(action) = self.open.get_mut(&e.action) {
                    // Who was asked and named no next time need not be asked again at the old one.
                    action.check_back = e.check_back;
                    action.last_check_in =
                        Some(CheckIn { text: shown(&e.text), told: Attribution::of(entry) });
                }
            }
            E::ActionFinished(e) => {
                self.open.remove(&e.action);
            }
            E::FollowUpAgreed(e) => {
                let follow_up = FollowUp {
                    follow_up: e.follow_up,
                    text: shown(&e.text),
                    owner: e.owner.clone(),
                    due: e.due,
                    committed_by: e.committed_by.clone(),
                    agreed: Attribution::of(entry),
                };
                self.follow_ups.insert(e.follow_up, Box::new(follow_up));
            }
            E::FollowUpFinished(e) => {
                self.follow_ups.remove(&e.follow_up);
            }
            E::WorkaroundApplied(e) => {
                let workaround = Workaround {
                    workaround: e.workaround,
                    text: shown(&e.text),
                    to: e.to.clone(),
                    applied: Attribution::of(entry),
                    check_back: e.check_back,
                };
                self.workarounds.insert(e.workaround, Box::new(workaround));
            }
            E::WorkaroundReverted(e) => {
                self.workarounds.remove(&e.workaround);
            }
            event => self.situation.follow(event),
        }
    }
}

impl CaseActions {
    /// Whether the incident is over.
    pub fn is_over(&self) -> bool {
        !self.situation.is_open()
    }
}

impl Actions {
    /// What somebody should ask about, and what was promised for afterwards.
    pub fn due(&self, filter: &ActionFilter, asked_at: DateTime<Utc>) -> ActionList {
        let cases = || {
            self.iter().filter(|(incident, _)| filter.incident.as_ref().is_none_or(|only| only == *incident))
        };
        let mut actions: Vec<ActionDue> = cases()
            .flat_map(|(incident, case)| {
                case.open.values().map(move |action| ActionDue {
                    incident: incident.clone(),
                    action: Action::clone(action),
                    overdue_seconds: action.overdue_seconds(asked_at),
                    incident_over: case.is_over(),
                })
            })
            .filter(|due| filter.due_by.is_none_or(|by| due.action.due_at().is_some_and(|at| at <= by)))
            .collect();
        // What has no time comes last: nobody said when to ask.
        actions.sort_by_key(|due| {
            (due.action.due_at().is_none(), due.action.due_at(), due.action.assigned.moment())
        });
        let mut follow_ups: Vec<FollowUpDue> = cases()
            .flat_map(|(incident, case)| {
                case.follow_ups.values().map(move |follow_up| FollowUpDue {
                    incident: incident.clone(),
                    follow_up: FollowUp::clone(follow_up),
                    age_days: (asked_at - follow_up.agreed.moment()).num_days(),
                    overdue_days: follow_up.overdue_days(asked_at),
                })
            })
            .filter(|due| {
                filter.due_by.is_none_or(|by| due.follow_up.due.is_some_and(|day| day <= by.date_naive()))
            })
            .collect();
        follow_ups.sort_by_key(|due| {
            (due.follow_up.due.is_none(), due.follow_up.due, due.follow_up.agreed.moment())
        });
        let mut workarounds: Vec<WorkaroundDue> = cases()
            .flat_map(|(incident, case)| {
                case.workarounds.values().map(move |workaround| WorkaroundDue {
                    incident: incident.clone(),
                    workaround: Workaround::clone(workaround),
                    overdue_seconds: workaround.overdue_seconds(asked_at),
                    incident_over: case.is_over(),
                })
            })
            .filter(|due| filter.due_by.is_none_or(|by| due.workaround.due_at().is_some_and(|at| at <= by)))
            .collect();
        workarounds.sort_by_key(|due| {
            let at = due.workaround.due_at();
            (at.is_none(), at, due.workaround.applied.moment())
        });
        ActionList { asked_at, actions, follow_ups, workarounds }
    }
}

impl Action {
    /// When somebody should ask, if a known time was set.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.check_back.and_then(|when| when.at())
    }

    /// How long ago somebody should have asked.
    pub fn overdue_seconds(&self, asked_at: DateTime<Utc>) -> Option<i64> {
        overdue_seconds(self.due_at(), asked_at)
    }
}

impl Workaround {
    /// When somebody should ask, if a known time was set.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.check_back.and_then(|when| when.at())
    }

    /// How long ago somebody should have asked.
    pub fn overdue_seconds(&self, asked_at: DateTime<Utc>) -> Option<i64> {
        overdue_seconds(self.due_at(), asked_at)
    }
}

fn overdue_seconds(due_at: Option<DateTime<Utc>>, asked_at: DateTime<Utc>) -> Option<i64> {
    due_at.map(|at| (asked_at - at).num_seconds()).filter(|late| *late > 0)
}

impl FollowUp {
    /// Whole days since it was due.
    pub fn overdue_days(&self, asked_at: DateTime<Utc>) -> Option<i64> {
        self.due.map(|day| (asked_at.date_naive() - day).num_days()).filter(|late| *late > 0)
    }
}

//! One fold per incident.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Projection;
use crate::amended::{Entry, entries, is_amendment};
use crate::question::AsOf;

/// What one incident's events add up to, for one view.
pub trait IncidentFold: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The view's name.
    const NAME: &'static str;
    /// The version of its fold.
    const VERSION: u32;

    /// Whether the fold looks at such an event.
    fn wants(event: &IncidentEvent) -> bool;

    /// The state after one more entry, in the record's order. Retracted and redacted ones come too,
    /// marked: whether they vanish or show as such is the view's to say.
    fn apply(&mut self, entry: &Entry<'_>);

    /// What all these entries add up to.
    fn of(entries: &[Entry<'_>]) -> Self {
        entries.iter().filter(|entry| Self::wants(&entry.event)).fold(Self::default(), |mut state, entry| {
            state.apply(entry);
            state
        })
    }
}

/// A fold for every incident of the record. Cheap to clone: what does not change is shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: IncidentFold")]
pub struct PerIncident<F> {
    cases: BTreeMap<IncidentId, Arc<Case<F>>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    outdated: BTreeSet<IncidentId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: IncidentFold")]
struct Case<F> {
    span: Span,
    state: F,
}

/// Between which moments an incident's events lie that this fold looks at. At any other moment its state is
/// known without them: nothing, or what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    /// When the first and the last of them were recorded.
    recorded: (DateTime<Utc>, DateTime<Utc>),
    /// Before the first moment none of them had happened, by the second all of them had, however they were
    /// corrected.
    occurred: (DateTime<Utc>, DateTime<Utc>),
}

/// What a span tells of another moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing was known, or nothing had happened.
    Nothing,
    /// It was as it is now.
    Same,
    /// Only the events can tell.
    Unknown,
}

impl<F> Default for PerIncident<F> {
    fn default() -> Self {
        Self { cases: BTreeMap::new(), outdated: BTreeSet::new() }
    }
}

impl<F: IncidentFold> PerIncident<F> {
    /// Every incident that the fold has something of, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&IncidentId, &F)> {
        self.cases.iter().map(|(id, case)| (id, &case.state))
    }

    /// One incident.
    pub fn get(&self, incident: &IncidentId) -> Option<&F> {
        self.cases.get(incident).map(|case| &case.state)
    }
}

impl<F: IncidentFold> Projection for PerIncident<F> {
    const NAME: &'static str = F::NAME;
    const VERSION: u32 = F::VERSION;

    fn apply(&mut self, told: &Entry<'_>) {
        let recorded = told.recorded;
        let id = &recorded.incident;
        if !id.is_incident() {
            // What was decided about the program itself is no incident's.
            return;
        }
        if is_amendment(&recorded.event) {
            // It can only matter to an incident that the fold has something of.
            if self.cases.contains_key(id) {
                self.outdated.insert(id.clone());
            }
        } else if F::wants(&recorded.event) {
            if let Some(case) = self.cases.get_mut(id) {
                let case = Arc::make_mut(case);
                case.span.reach(recorded);
                case.state.apply(told);
            } else {
                let mut case = Case { span: Span::of(recorded), state: F::default() };
                case.state.apply(told);
                self.cases.insert(id.clone(), Arc::new(case));
            }
        }
    }

    fn outdated(&self) -> Vec<IncidentId> {
        self.outdated.iter().cloned().collect()
    }

    fn refold(&mut self, incident: &IncidentId, history: &[Recorded], as_of: &AsOf) {
        self.outdated.remove(incident);
        match Case::at(history, as_of) {
            Some(case) => self.cases.insert(incident.clone(), Arc::new(case)),
            None => self.cases.remove(incident),
        };
    }

    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let mut then = Self::default();
        let mut needed = Vec::new();
        for (id, case) in &self.cases {
            match case.span.at(as_of) {
                Then::Nothing => {}
                Then::Same => {
                    then.cases.insert(id.clone(), Arc::clone(case));
                }
                Then::Unknown => needed.push(id.clone()),
            }
        }
        (then, needed)
    }

    fn of_those(&self, shows: &dyn Fn(&IncidentId) -> bool) -> Self {
        let those = self.cases.iter().filter(|(id, _)| shows(id));
        Self {
            cases: those.map(|(id, case)| (id.clone(), Arc::clone(case))).collect(),
            outdated: BTreeSet::new(),
        }
    }
}

impl<F: IncidentFold> Case<F> {
    /// An incident at some moment; nothing if nothing of it was known, or had happened, by then.
    fn at(history: &[Recorded], as_of: &AsOf) -> Option<Self> {
        let mut span: Option<Span> = None;
        for recorded in history.iter().take_while(|recorded| as_of.had_recorded(recorded)) {
            match &mut span {
                Some(span) if F::wants(&recorded.event) || is_amendment(&recorded.event) => {
                    span.reach(recorded);
                }
                None if F::wants(&recorded.event) => span = Some(Span::of(recorded)),
                _ => {}
            }
        }
        let entries = entries(history, as_of);
        entries.iter().any(|entry| F::wants(&entry.event)).then_some(())?;
        Some(Self { span: span?, state: F::of(&entries) })
    }
}

impl Span {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        Self { recorded: (recorded.recorded_at, recorded.recorded_at), occurred: occurred(recorded) }
    }

    pub(crate) fn reach(&mut self, recorded: &Recorded) {
        self.recorded.1 = self.recorded.1.max(recorded.recorded_at);
        let (from, by) = occurred(recorded);
        self.occurred = (self.occurred.0.min(from), self.occurred.1.max(by));
    }

    pub(crate) fn at(&self, as_of: &AsOf) -> Then {
        let by = |asked: Option<DateTime<Utc>>, (from, by): (DateTime<Utc>, DateTime<Utc>)| match asked {
            Some(asked) if asked < from => Then::Nothing,
            Some(asked) if asked < by => Then::Unknown,
            _ => Then::Same,
        };
        match (by(as_of.recorded_by, self.recorded), by(as_of.occurred_by, self.occurred)) {
            (Then::Nothing, _) | (_, Then::Nothing) => Then::Nothing,
            (Then::Same, Then::Same) => Then::Same,
            _ => Then::Unknown,
        }
    }
}

/// The earliest moment at which an event may count as having happened, and one by which it had; for a
/// corrected time, the same of the event that it corrects.
fn occurred(recorded: &Recorded) -> (DateTime<Utc>, DateTime<Utc>) {
    let told = recorded.cause.occurred.at().unwrap_or(recorded.recorded_at);
    // A time may be corrected to an unknown one: then it had happened when it was recorded.
    let (from, by) = (told.min(recorded.recorded_at), told);
    match &recorded.event {
        IncidentEvent::Corrected(e) => match e.occurred.map(|when| when.at().unwrap_or(recorded.recorded_at))
        {
            Some(right) => (from.min(right), by.max(right)),
            None => (from, by),
        },
        _ => (from, by),
    }
}

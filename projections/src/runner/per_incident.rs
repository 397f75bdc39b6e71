//! One fold per incident, with the events it was folded from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Projection;
use super::kept::Kept;
use crate::amended::{Entry, entries};
use crate::question::AsOf;

/// What one incident's events add up to, for one view.
pub trait IncidentFold: Default + Clone {
    /// The view's name.
    const NAME: &'static str;
    /// The version of its fold.
    const VERSION: u32;

    /// Whether the fold looks at such an event. What it doesn't want is not kept either.
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

/// A fold for every incident of the record. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct PerIncident<F> {
    cases: BTreeMap<IncidentId, Arc<Case<F>>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Case<F> {
    /// The events that the fold wanted, and those that amend them, in the record's order.
    kept: Vec<Kept>,
    /// By when all of them had happened, however they were corrected.
    happened_by: DateTime<Utc>,
    state: F,
}

impl<F> Default for PerIncident<F> {
    fn default() -> Self {
        Self { cases: BTreeMap::new() }
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

    fn apply(&mut self, recorded: &Recorded) {
        let id = &recorded.incident;
        if let Some(target) = amended(&recorded.event) {
            // An amendment changes what was folded long ago: fold that incident anew. It can only
            // matter here if its target does.
            if let Some(case) = self.cases.get_mut(id).filter(|case| case.holds(target)) {
                let case = Arc::make_mut(case);
                case.keep(recorded);
                case.state = F::of(&entries(&case.history(id), &AsOf::NOW));
            }
        } else if F::wants(&recorded.event) {
            if !self.cases.contains_key(id) {
                self.cases.insert(id.clone(), Arc::default());
            }
            if let Some(case) = self.cases.get_mut(id).map(Arc::make_mut) {
                case.keep(recorded);
                for entry in entries(std::slice::from_ref(recorded), &AsOf::NOW) {
                    case.state.apply(&entry);
                }
            }
        }
    }

    fn as_of(&self, as_of: &AsOf) -> Cow<'_, Self> {
        if *as_of == AsOf::NOW {
            return Cow::Borrowed(self);
        }
        let cases = self.cases.iter().filter_map(|(id, case)| Some((id.clone(), case.as_of(id, as_of)?)));
        Cow::Owned(Self { cases: cases.collect() })
    }
}

impl<F: Default> Default for Case<F> {
    fn default() -> Self {
        Self { kept: Vec::new(), happened_by: DateTime::<Utc>::MIN_UTC, state: F::default() }
    }
}

impl<F: IncidentFold> Case<F> {
    fn keep(&mut self, recorded: &Recorded) {
        self.happened_by = self.happened_by.max(happened_by(recorded));
        self.kept.extend(Kept::after(&self.kept, recorded));
    }

    fn holds(&self, event: EventId) -> bool {
        self.kept.iter().any(|kept| kept.event_id() == event)
    }

    /// The events that were kept.
    fn history(&self, id: &IncidentId) -> Vec<Recorded> {
        let read = |kept: &Kept| kept.read(id).expect("what is kept was read, or written, before");
        self.kept.iter().map(read).collect()
    }

    /// The incident at another moment; nothing if nothing of it was known, or had happened, by then.
    fn as_of(self: &Arc<Self>, id: &IncidentId, as_of: &AsOf) -> Option<Arc<Self>> {
        let known =
            self.kept.partition_point(|kept| as_of.recorded_by.is_none_or(|by| kept.recorded_at <= by));
        if known == self.kept.len() && as_of.occurred_by.is_none_or(|by| self.happened_by <= by) {
            return Some(Arc::clone(self));
        }
        let mut case = Self { kept: self.kept.get(..known)?.to_vec(), ..Self::default() };
        let history = case.history(id);
        let entries = entries(&history, as_of);
        case.happened_by = history.iter().map(happened_by).max()?;
        case.state = F::of(&entries);
        entries.iter().any(|entry| F::wants(&entry.event)).then(|| Arc::new(case))
    }
}

/// By when an event had happened and, if it corrects the time of another, that one too.
fn happened_by(recorded: &Recorded) -> DateTime<Utc> {
    let own = recorded.cause.occurred.at().unwrap_or(recorded.recorded_at);
    match &recorded.event {
        // What is corrected to an unknown time had happened when it was recorded: before this.
        IncidentEvent::Corrected(e) => {
            e.occurred.map_or(own, |when| own.max(when.at().unwrap_or(recorded.recorded_at)))
        }
        _ => own,
    }
}

/// The event that this one amends, if it does.
fn amended(event: &IncidentEvent) -> Option<EventId> {
    match event {
        IncidentEvent::Corrected(e) => Some(e.target),
        IncidentEvent::Retracted(e) => Some(e.target),
        IncidentEvent::Redacted(e) => Some(e.target),
        _ => None,
    }
}

/// A snapshot holds the events alone: what they add up to is folded anew when it is read, so that the
/// two can never disagree.
impl<F: IncidentFold> Serialize for PerIncident<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.cases.iter().map(|(id, case)| (id, &case.kept)))
    }
}

impl<'de, F: IncidentFold> Deserialize<'de> for PerIncident<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists = BTreeMap::<IncidentId, Vec<Kept>>::deserialize(deserializer)?;
        let mut view = Self::default();
        for (id, list) in lists {
            let mut case = Case::<F>::default();
            let history: Vec<Recorded> =
                list.iter().map(|kept| kept.read(&id)).collect::<Result<_, _>>().map_err(D::Error::custom)?;
            for recorded in &history {
                case.keep(recorded);
            }
            case.state = F::of(&entries(&history, &AsOf::NOW));
            view.cases.insert(id, Arc::new(case));
        }
        Ok(view)
    }
}

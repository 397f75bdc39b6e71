//! One fold per incident, with the events it was folded from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Projection;
use super::kept::KeptForm;
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

/// A fold for every incident of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct PerIncident<F> {
    cases: BTreeMap<IncidentId, Case<F>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Case<F> {
    /// The events that the fold wanted, and those that amend them, in the record's order.
    kept: Vec<Recorded>,
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
        if let Some(target) = amended(&recorded.event) {
            // An amendment changes what was folded long ago: fold that incident anew. It can only
            // matter here if its target does.
            if let Some(case) = self.cases.get_mut(&recorded.incident)
                && case.kept.iter().any(|kept| kept.event_id() == target)
            {
                case.kept.push(recorded.clone());
                case.state = F::of(&entries(&case.kept, &AsOf::NOW));
            }
        } else if F::wants(&recorded.event) {
            let case = self
                .cases
                .entry(recorded.incident.clone())
                .or_insert_with(|| Case { kept: Vec::new(), state: F::default() });
            for entry in entries(std::slice::from_ref(recorded), &AsOf::NOW) {
                case.state.apply(&entry);
            }
            case.kept.push(recorded.clone());
        }
    }

    fn as_of(&self, as_of: &AsOf) -> Cow<'_, Self> {
        if *as_of == AsOf::NOW {
            return Cow::Borrowed(self);
        }
        let then = |case: &Case<F>| {
            let known: Vec<Recorded> =
                case.kept.iter().take_while(|recorded| as_of.had_recorded(recorded)).cloned().collect();
            let state = {
                let entries = entries(&known, as_of);
                entries.iter().any(|entry| F::wants(&entry.event)).then(|| F::of(&entries))?
            };
            Some(Case { kept: known, state })
        };
        let cases = self.cases.iter().filter_map(|(id, case)| Some((id.clone(), then(case)?))).collect();
        Cow::Owned(Self { cases })
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
        serializer.collect_map(
            self.cases.iter().map(|(id, case)| (id, case.kept.iter().map(KeptForm::of).collect::<Vec<_>>())),
        )
    }
}

impl<'de, F: IncidentFold> Deserialize<'de> for PerIncident<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let forms = BTreeMap::<IncidentId, Vec<KeptForm<'static>>>::deserialize(deserializer)?;
        let mut cases = BTreeMap::new();
        for (id, forms) in forms {
            let kept: Vec<Recorded> = forms
                .into_iter()
                .map(|form| form.read(&id))
                .collect::<Result<_, _>>()
                .map_err(D::Error::custom)?;
            let state = F::of(&entries(&kept, &AsOf::NOW));
            cases.insert(id, Case { kept, state });
        }
        Ok(Self { cases })
    }
}

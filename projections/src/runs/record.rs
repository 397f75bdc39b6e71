//! Every run of the record, and who is who in it: whether two people looked at a run is a question of people, and not of
//! names.

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::IncidentId;
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Recorded;
use scribe_domain::system::SystemEvent;
use scribe_domain::system::people::People;
use serde::{Deserialize, Serialize};

use super::CaseRuns;
use crate::amended::Entry;
use crate::question::AsOf;
use crate::runner::Projection;
use crate::runner::per_incident::{IncidentFold as _, PerIncident};

/// Every run of the record, by incident, and the directory of people as it was recorded.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Runs {
    cases: PerIncident<CaseRuns>,
    /// Who is who.
    people: People,
    /// Everything that was told of people, in the record's order.
    told: Vec<Told>,
}

/// Something that was told of people, and when that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    recorded_at: DateTime<Utc>,
    event: SystemEvent,
}

impl Runs {
    /// Every incident that has runs, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&IncidentId, &CaseRuns)> {
        self.cases.iter()
    }

    /// One incident's.
    pub fn get(&self, incident: &IncidentId) -> Option<&CaseRuns> {
        self.cases.get(incident)
    }

    /// Which names are one person's.
    pub fn namesakes(&self) -> Namesakes {
        self.people.namesakes()
    }

    fn hear(&mut self, told: Told) {
        self.people.follow(&told.event);
        self.told.push(told);
    }
}

impl Projection for Runs {
    const NAME: &'static str = CaseRuns::NAME;
    const VERSION: u32 = CaseRuns::VERSION;

    fn apply(&mut self, told: &Entry<'_>) {
        let recorded = told.recorded;
        match &recorded.event {
            IncidentEvent::System(event) if recorded.incident == IncidentId::people() => {
                self.hear(Told { recorded_at: recorded.recorded_at, event: event.clone() });
            }
            _ => self.cases.apply(told),
        }
    }

    fn outdated(&self) -> Vec<IncidentId> {
        self.cases.outdated()
    }

    fn refold(&mut self, incident: &IncidentId, history: &[Recorded], as_of: &AsOf) {
        self.cases.refold(incident, history, as_of);
    }

    /// Which names are one person's is what was recorded of that by then, whenever in the world it is asked about: who
    /// they are does not change, only what they are called.
    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let (cases, needed) = self.cases.as_of(as_of);
        let mut then = Self { cases, ..Self::default() };
        let had_been_recorded = |told: &&Told| as_of.recorded_by.is_none_or(|by| told.recorded_at <= by);
        self.told.iter().filter(had_been_recorded).for_each(|told| then.hear(told.clone()));
        (then, needed)
    }

    /// Who is who is no incident's.
    fn of_those(&self, shows: &dyn Fn(&IncidentId) -> bool) -> Self {
        Self { cases: self.cases.of_those(shows), ..self.clone() }
    }
}

//! What a caller is shown of the record: events of incidents that they may see, but for those that name one that they
//! may not. Such an event is passed over, with whatever amends it: for them, the incident stands as it stood without.
//!
//! What an event names is found in its payload as it is kept, whichever kind it is of: so no kind can forget to say
//! which other incidents stand in it. Prose is not searched: what somebody said of another incident stays where they
//! said it.

use std::collections::{BTreeMap, BTreeSet};

use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::{EventId, IncidentId, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_projections::question::AsOf;

use super::App;
use super::rights::Sight;
use crate::inbound::known::KnownSightings;

impl Sight {
    /// Whether they may see every other incident that an event names.
    pub fn shows_all_of(&self, event: &IncidentEvent) -> bool {
        // An id needs no escapes, so it stands between two quotes as it is.
        self.is_whole() || !event.payload().get().split('"').any(|text| self.hides(text))
    }

    /// Whether somewhere in these words an incident is named that they may not see.
    pub fn is_named_in(&self, words: &str) -> bool {
        let is_of_an_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !self.is_whole() && words.split(|c| !is_of_an_id(c)).any(|word| self.hides(word))
    }

    fn hides(&self, text: &str) -> bool {
        text.parse().is_ok_and(|id: IncidentId| !self.shows(&id))
    }

    /// What they are shown of an incident's events, which are all of them.
    pub fn shown(&self, history: Vec<Recorded>) -> Vec<Recorded> {
        if self.is_whole() {
            return history;
        }
        let mut hidden = BTreeSet::new();
        let is_shown = |recorded: &Recorded| {
            let amends = target(&recorded.event).is_some_and(|target| hidden.contains(&target));
            let is_shown = self.shows(&recorded.incident) && self.shows_all_of(&recorded.event) && !amends;
            if !is_shown {
                hidden.insert(recorded.event_id());
            }
            is_shown
        };
        history.into_iter().filter(is_shown).collect()
    }
}

/// The event that this one amends.
fn target(event: &IncidentEvent) -> Option<EventId> {
    match event {
        IncidentEvent::Corrected(e) => Some(e.target),
        IncidentEvent::Retracted(e) => Some(e.target),
        IncidentEvent::Redacted(e) => Some(e.target),
        _ => None,
    }
}

impl App {
    /// What a caller is shown of an incident's events.
    pub(in crate::app) async fn history_shown(
        &self,
        incident: &IncidentId,
        sight: &Sight,
    ) -> Result<Vec<Recorded>, StoreError> {
        Ok(sight.shown(self.history_for(incident, sight).await?))
    }

    /// What a caller is shown of some events in the record's order. What amends another event is shown if that one is,
    /// for which the incident's other events are looked at.
    pub(super) async fn those_shown(
        &self,
        events: Vec<Recorded>,
        sight: &Sight,
    ) -> Result<Vec<Recorded>, StoreError> {
        let mut known: BTreeMap<IncidentId, BTreeSet<EventId>> = BTreeMap::new();
        let mut shown = Vec::with_capacity(events.len());
        for recorded in events {
            let incident = &recorded.incident;
            if !sight.shows(incident) || !sight.shows_all_of(&recorded.event) {
                continue;
            }
            if !sight.is_whole() && target(&recorded.event).is_some() {
                if !known.contains_key(incident) {
                    let history = self.history_shown(incident, sight).await?;
                    known.insert(incident.clone(), history.iter().map(Recorded::event_id).collect());
                }
                if !known.get(incident).is_some_and(|ids| ids.contains(&recorded.event_id())) {
                    continue;
                }
            }
            shown.push(recorded);
        }
        Ok(shown)
    }

    /// The incidents that a caller may see and that were once merged into one that they may not.
    pub(super) async fn parts_of_hidden(&self, sight: &Sight) -> Result<Vec<IncidentId>, StoreError> {
        let known = self.views().of::<KnownSightings>().look(&AsOf::NOW).await?;
        let parts = known
            .view
            .iter()
            .filter(|(id, case)| sight.shows(id) && case.merged_into.iter().any(|other| !sight.shows(other)));
        Ok(parts.map(|(id, _)| id.clone()).collect())
    }

    /// The revision that a caller insists on, who sees an incident as it stood without what is hidden from them: if that
    /// is all that has come since, it is the incident's own.
    pub(in crate::app) async fn insisted(
        &self,
        incident: &IncidentId,
        seen: Revision,
        sight: &Sight,
    ) -> Result<Revision, StoreError> {
        if sight.is_whole() {
            return Ok(seen);
        }
        let history = self.history_for(incident, sight).await?;
        let last = history.last().map(|last| last.revision);
        let seen_last = sight.shown(history).last().map(|last| last.revision);
        Ok(last.filter(|_| seen_last == Some(seen)).unwrap_or(seen))
    }
}

/// A refusal in words that name nothing which the caller may not see, of an incident that they may. That there is no such
/// incident is said of what they named themselves.
pub(in crate::app) fn told_to(
    sight: &Sight,
    incident: Option<&IncidentId>,
    error: ExecuteError,
) -> ExecuteError {
    let ExecuteError::Refused(Refusal { reason, message, remedy }) = error else { return error };
    let step = serde_json::to_string(&remedy).unwrap_or_default();
    let tells = sight.is_named_in(&message) || sight.is_named_in(&step);
    if !tells || reason == Reason::UnknownIncident || incident.is_some_and(|id| !sight.shows(id)) {
        return Refusal { reason, message, remedy }.into();
    }
    let about = incident.map_or_else(|| "the incident".to_owned(), ToString::to_string);
    let message = match reason {
        Reason::NotOpen => format!("{about} is not open"),
        _ => format!("{about} does not take this as it stands"),
    };
    Refusal::new(reason, message, "ask whoever answers for it").into()
}

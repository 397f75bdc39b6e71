//! Where a sighting goes:
//!
//! 1. An alert that was recorded as firing stays where it was recorded; its end is recorded there too,
//!    also when that incident is over by then.
//! 2. The label `scribe_incident` (or as configured) names an open incident: it joins that one.
//! 3. The same alert fired earlier in an incident that is still open: it joins that one.
//! 4. A rule of the settings matches, and has declared an incident that is still open: it joins that one.
//! 5. A rule matches and the alert fires: it declares an incident.
//! 6. Else it is ignored, and the answer says why.
//!
//! An alert that fires anew never goes to an incident that is over: it is news, and nobody watches an
//! incident that ended. One that was merged hands its alerts on to the incident it is part of.
//!
//! What is no alert takes the steps that do not speak of alerts.

use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life::Situation;
use scribe_domain::text::Label;

use super::known::{CaseAlerts, KnownSightings};
use super::sighting::{Declaration, NamedIncident, Observed, Sighting};

/// How many merges are followed from one incident to the next.
const HOPS: usize = 8;

/// Where a sighting goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Into this incident.
    Join(IncidentId),
    /// Into a new one.
    Declare(Declaration),
    /// Nowhere, for this reason.
    Ignore(String),
}

/// Where a vendor's sighting goes, by what it says and by what is known of earlier ones.
/// What a sighting names that its tool may not see is not there for it, unless that goes on: then it belongs there.
pub fn place(
    vendor: &Label,
    sighting: &Sighting,
    known: &KnownSightings,
    shows: &dyn Fn(&IncidentId) -> bool,
) -> Place {
    let is_alert = sighting.status().is_some();
    if let Some(same) = same_firing(vendor, sighting, known).filter(|_| is_alert) {
        return Place::Join(same);
    }
    let mut why = None;
    if let Some(NamedIncident { by, id }) = &sighting.named {
        match named(id, known, shows) {
            Ok(incident) => return Place::Join(incident),
            Err(reason) => why = Some(format!("{by}: {reason}")),
        }
    }
    let fired_in = |case: &CaseAlerts| case.firings(vendor, &sighting.fingerprint).is_some();
    if let Some(incident) = latest_open(known, fired_in).filter(|_| is_alert) {
        return Place::Join(incident);
    }
    if let Some(declaration) = &sighting.declares {
        return match latest_open(known, |case| case.rule.as_ref() == Some(&declaration.rule)) {
            Some(incident) => Place::Join(incident),
            None => Place::Declare(declaration.clone()),
        };
    }
    Place::Ignore(why.unwrap_or_else(|| {
        match sighting.observed {
            Observed::Resolved(_) => "it is over, and no incident holds it",
            Observed::Firing(_) => "no rule declares an incident for it, and no open incident holds it",
            Observed::Changed(_) | Observed::Said(_) => {
                "it names no incident, and no rule declares one for it"
            }
        }
        .into()
    }))
}

fn same_firing(vendor: &Label, sighting: &Sighting, known: &KnownSightings) -> Option<IncidentId> {
    let holds = |case: &CaseAlerts| {
        let firings = case.firings(vendor, &sighting.fingerprint);
        firings.is_some_and(|firings| firings.contains(&sighting.started))
    };
    known
        .iter()
        .filter(|(_, case)| holds(case))
        .max_by_key(|(_, case)| case.declared)
        .map(|(id, _)| id.clone())
}

fn named(
    told: &str,
    known: &KnownSightings,
    shows: &dyn Fn(&IncidentId) -> bool,
) -> Result<IncidentId, String> {
    let id: IncidentId = told.parse().map_err(|error| format!("{error}"))?;
    match known.get(&id) {
        Some(_) => going_on(&id, known).ok_or_else(|| {
            if shows(&id) { format!("{id} is over") } else { format!("there is no incident {id}") }
        }),
        None => Err(format!("there is no incident {id}")),
    }
}

fn latest_open(known: &KnownSightings, fits: impl Fn(&CaseAlerts) -> bool) -> Option<IncidentId> {
    let mut fitting: Vec<(&IncidentId, &CaseAlerts)> = known.iter().filter(|(_, case)| fits(case)).collect();
    fitting.sort_by_key(|(_, case)| std::cmp::Reverse(case.declared));
    fitting.into_iter().find_map(|(id, _)| going_on(id, known))
}

/// The incident itself if it goes on, or the one that it goes on in.
fn going_on(id: &IncidentId, known: &KnownSightings) -> Option<IncidentId> {
    let mut id = id;
    for _ in 0..HOPS {
        match &known.get(id)?.situation {
            Situation::Open => return Some(id.clone()),
            Situation::MergedInto(next) => id = next,
            Situation::Resolved | Situation::Closed | Situation::Cancelled => return None,
        }
    }
    None
}

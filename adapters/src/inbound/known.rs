//! What is known of earlier sightings: which incidents hold which alerts, which of those go on, and where.

use std::collections::{BTreeMap, BTreeSet};

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::incident::life::{self, Situation};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use scribe_projections::amended::Entry;
use scribe_projections::runner::per_incident::{IncidentFold, PerIncident};
use serde::{Deserialize, Serialize};

/// Every incident and the alerts recorded in it.
pub type KnownSightings = PerIncident<CaseAlerts>;

/// One incident's alerts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaseAlerts {
    /// When it was declared, by position.
    pub declared: Position,
    /// The rule that declared it, if one did.
    pub rule: Option<Label>,
    /// Whether it goes on.
    pub situation: Situation,
    /// The incidents that it was ever said to be part of.
    pub merged_into: BTreeSet<IncidentId>,
    /// Every firing recorded in it, by vendor: the alert's fingerprint, and when each began.
    pub firings: BTreeMap<Label, BTreeMap<Label, Vec<When>>>,
}

impl IncidentFold for CaseAlerts {
    const NAME: &'static str = "alerts";
    const VERSION: u32 = 4;

    fn wants(event: &E) -> bool {
        life::is_turn(event) || matches!(event, E::Declared(_) | E::AlertFired(_))
    }

    /// A retracted firing is still known: sent again, it is the same firing, not news.
    fn apply(&mut self, entry: &Entry<'_>) {
        match &entry.recorded.event {
            E::Declared(_) => {
                self.declared = entry.recorded.position;
                self.rule.clone_from(&entry.recorded.cause.source);
            }
            E::AlertFired(e) => {
                if let Some(fingerprint) = &e.fingerprint {
                    let began = entry.recorded.cause.occurred;
                    let vendor = self.firings.entry(e.source.clone()).or_default();
                    let firings = vendor.entry(fingerprint.clone()).or_default();
                    if !firings.contains(&began) {
                        firings.push(began);
                    }
                }
            }
            event => {
                if let E::MergedInto(e) = event {
                    self.merged_into.insert(e.into.clone());
                }
                self.situation.follow(event);
            }
        }
    }
}

impl CaseAlerts {
    /// When the firings of an alert that stand in this incident began; `None` if none does.
    pub fn firings(&self, vendor: &Label, fingerprint: &Label) -> Option<&[When]> {
        self.firings.get(vendor)?.get(fingerprint).map(Vec::as_slice)
    }
}

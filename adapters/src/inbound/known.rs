//! What is known of earlier alerts: which incidents hold them, and which of those go on.

use std::collections::BTreeMap;

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use scribe_projections::amended::Entry;
use scribe_projections::runner::per_incident::{IncidentFold, PerIncident};
use serde::{Deserialize, Serialize};

use super::sighting::SOURCE;

/// Every incident and the alerts recorded in it.
pub type KnownAlerts = PerIncident<CaseAlerts>;

/// One incident's alerts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaseAlerts {
    /// When it was declared, by position.
    pub declared: Position,
    /// The rule that declared it, if one did.
    pub rule: Option<Label>,
    /// Whether it goes on.
    pub state: State,
    /// Every firing recorded in it: the alert's fingerprint, and when each began.
    pub firings: BTreeMap<Label, Vec<When>>,
}

/// Whether an incident goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum State {
    /// It does.
    #[default]
    Open,
    /// It is over.
    Over,
    /// It goes on as part of another.
    MergedInto(IncidentId),
}

impl IncidentFold for CaseAlerts {
    const NAME: &'static str = "alerts";
    const VERSION: u32 = 1;

    fn wants(event: &E) -> bool {
        event.ends_incident().is_some() || matches!(event, E::Declared(_) | E::AlertFired(_))
    }

    /// A retracted firing is still known: sent again, it is the same firing, not news.
    fn apply(&mut self, entry: &Entry<'_>) {
        match &entry.recorded.event {
            E::Declared(_) => {
                self.declared = entry.recorded.position;
                self.rule.clone_from(&entry.recorded.cause.source);
            }
            E::AlertFired(e) if e.source.as_str() == SOURCE => {
                if let Some(fingerprint) = &e.fingerprint {
                    let began = entry.recorded.cause.occurred;
                    let firings = self.firings.entry(fingerprint.clone()).or_default();
                    if !firings.contains(&began) {
                        firings.push(began);
                    }
                }
            }
            E::Resolved(_) | E::Closed(_) | E::Cancelled(_) => self.state = State::Over,
            E::MergedInto(e) => self.state = State::MergedInto(e.into.clone()),
            E::Reopened(_) => self.state = State::Open,
            _ => {}
        }
    }
}

//! Ends that came before their beginnings: a delivery may overtake another. They are kept until the alert is told to
//! have fired, and then recorded with it, so that nothing fires for ever.
//!
//! They are kept in memory: what is lost with a restart is an end that its sender may still send again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use scribe_domain::text::Label;
use scribe_domain::when::When;

use super::sighting::{Sighting, Status};

/// How many are kept; the oldest go first.
const KEPT: usize = 10_000;

/// Ends whose beginnings have not come yet.
#[derive(Debug, Default)]
pub struct EarlyEnds(Mutex<VecDeque<(Key, Sighting)>>);

/// A vendor's firing of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    vendor: Label,
    fingerprint: Label,
    started: When,
}

impl Key {
    fn of(vendor: &Label, sighting: &Sighting) -> Self {
        let Sighting { fingerprint, started, .. } = sighting;
        Self { vendor: vendor.clone(), fingerprint: fingerprint.clone(), started: *started }
    }
}

impl EarlyEnds {
    /// Keeps an alert's end whose beginning is not known; says whether it is one.
    pub fn keep(&self, vendor: &Label, sighting: &Sighting) -> bool {
        if sighting.status() != Some(Status::Resolved) {
            return false;
        }
        let key = Key::of(vendor, sighting);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != key);
        kept.push_back((key, sighting.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        true
    }

    /// The end of an alert that was told just now to have fired, if that came before.
    pub fn take(&self, vendor: &Label, sighting: &Sighting) -> Option<Sighting> {
        if sighting.status() != Some(Status::Firing) {
            return None;
        }
        let key = Key::of(vendor, sighting);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| *known == key)?;
        kept.remove(place).map(|(_, end)| end)
    }
}

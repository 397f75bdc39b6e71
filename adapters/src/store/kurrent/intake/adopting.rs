//! Whole appends into the mirror, as far as they continue it.

use std::collections::HashMap;
use std::mem;

use scribe_domain::event_store::{EventStore, Kept, StoreError};
use scribe_domain::ids::{IncidentId, Revision};

use super::assembly::Whole;
use super::{AT_HAND, Halt, Intake, unwritable};
use crate::store::kurrent::client::LogEvent;
use crate::store::kurrent::format::names::StreamKind;

impl Intake {
    /// Writes the appends that are whole into the mirror, as far as they continue it.
    pub(super) async fn adopt(&mut self, mirror: &dyn EventStore) -> Result<(), Halt> {
        let wholes = mem::take(&mut self.wholes);
        let Some((_, anchor)) = wholes.last() else { return Ok(()) };
        let anchor = anchor.clone();
        let wholes: Vec<Whole> = wholes.into_iter().map(|(whole, _)| whole).collect();
        let mut counted: Vec<&Whole> = wholes.iter().collect();
        if !self.adopt_together(mirror, &wholes).await? {
            // Something in it is not new, or another process was here: one by one, looking closely.
            counted.clear();
            for whole in &wholes {
                if self.adopt_alone(mirror, whole).await? {
                    counted.push(whole);
                }
            }
            self.position = mirror.head().await.map_err(|error| unwritable(&error))?;
        }
        let lengths: HashMap<_, _> =
            wholes.iter().map(|whole| (&whole.incident, whole.number.saturating_add(1))).collect();
        for (incident, length) in lengths {
            let revision = self.revision(mirror, incident).await?;
            self.arrivals.note_length(incident, length, revision);
        }
        self.arrivals.reached(Some(anchor.place));
        // What may have been begun since stands behind it.
        self.anchor = Some(anchor);
        // A stamp that does not count is nobody's time.
        for whole in counted {
            self.arrivals.stamped(whole.stamped, whole.settles);
        }
        for whole in &wholes {
            self.arrivals.arrived(whole.command_id.0);
        }
        Ok(())
    }

    /// The common case: everything is new and in order. Tells whether it is; nothing is written if not.
    async fn adopt_together(&mut self, mirror: &dyn EventStore, wholes: &[Whole]) -> Result<bool, Halt> {
        let mut head = mirror.head().await.map_err(|error| unwritable(&error))?;
        let mut revisions = HashMap::new();
        let mut events: Vec<Kept> = Vec::new();
        for whole in wholes {
            let revision = match revisions.get(&whole.incident) {
                Some(revision) => *revision,
                None => self.revision(mirror, &whole.incident).await?,
            };
            if whole.first.0 != revision.0 + 1 {
                return Ok(false);
            }
            revisions.insert(whole.incident.clone(), whole.last());
            events.extend(whole.clone().kept(head));
            head = events.last().map_or(head, |kept| kept.position);
        }
        match mirror.adopt(events).await {
            Ok(()) => {
                self.revisions.extend(revisions);
                self.position = head;
                Ok(true)
            }
            Err(StoreError::Unacceptable(_)) => Ok(false),
            Err(error) => Err(unwritable(&error)),
        }
    }

    /// Tells whether it is in the record then.
    async fn adopt_alone(&mut self, mirror: &dyn EventStore, whole: &Whole) -> Result<bool, Halt> {
        self.revisions.remove(&whole.incident);
        let revision = self.revision(mirror, &whole.incident).await?;
        let known = mirror.receipt(whole.command_id).await.map_err(|error| unwritable(&error))?;
        if let Some(known) = known {
            // Told again after a cut, unless a client used one request's id for two incidents.
            let is_it = known.incident == whole.incident && known.revision == whole.last();
            if !is_it {
                tell_passed_over(whole, "its request is in the record already");
            }
            return Ok(is_it);
        }
        if whole.first.0 != revision.0 + 1 {
            // Nothing of its stream is missing here, so whoever wrote it did not look.
            tell_passed_over(whole, "its incident was at another revision");
            return Ok(false);
        }
        let head = mirror.head().await.map_err(|error| unwritable(&error))?;
        match mirror.adopt(whole.clone().kept(head).collect()).await {
            Ok(()) => {
                self.revisions.insert(whole.incident.clone(), whole.last());
                Ok(true)
            }
            Err(StoreError::Unacceptable(why)) => {
                // Another process may have written it in this very moment. It cannot have written anything else
                // there: everything before it in the log is in the mirror.
                let known = mirror.receipt(whole.command_id).await.map_err(|error| unwritable(&error))?;
                if known.is_none() {
                    tell_passed_over(whole, &why);
                }
                self.revisions.remove(&whole.incident);
                Ok(known.is_some())
            }
            Err(error) => Err(unwritable(&error)),
        }
    }

    pub(super) async fn revision(
        &mut self,
        mirror: &dyn EventStore,
        incident: &IncidentId,
    ) -> Result<Revision, Halt> {
        if let Some(revision) = self.revisions.get(incident) {
            return Ok(*revision);
        }
        let revision = mirror.revision(incident).await.map_err(|error| unwritable(&error))?;
        if self.revisions.len() >= AT_HAND {
            self.revisions.clear();
        }
        self.revisions.insert(incident.clone(), revision);
        Ok(revision)
    }

    pub(super) async fn pass_over(
        &mut self,
        mirror: &dyn EventStore,
        seen: &LogEvent,
        why: &str,
    ) -> Result<(), Halt> {
        let LogEvent { stream, number, .. } = seen;
        if let StreamKind::Incident(incident) = self.names.holds(stream) {
            // A stream of somebody's experiment is told of once, and not once an event.
            if self.strange.insert(incident.clone()) {
                tracing::warn!(stream, number, why, "an event in the cluster is passed over");
            } else {
                tracing::debug!(stream, number, why, "another event in the cluster is passed over");
            }
            let revision = self.revision(mirror, &incident).await?;
            self.arrivals.note_length(&incident, number.saturating_add(1), revision);
        }
        Ok(())
    }
}

fn tell_passed_over(whole: &Whole, why: &str) {
    let (incident, first, command) = (whole.incident.as_str(), whole.first.0, whole.command_id.0);
    tracing::warn!(incident, first, %command, why, "an append in the cluster is passed over");
}

//! Carrying another store's events into the cluster, byte for byte.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use scribe_domain::event_store::{EventStore as _, Kept, StoreError};
use scribe_domain::ids::{Position, Revision};
use serde_json::value::RawValue;

use super::Sent;
use crate::store::adoption::{Continues, WholeAppend, whole_appends};
use crate::store::kurrent::KurrentStore;
use crate::store::kurrent::format::event::Form;

impl KurrentStore {
    /// Takes over another store's events. Only one node may do this, while no other appends: that nobody did is
    /// checked at the end.
    pub(in crate::store::kurrent) async fn adopt_events(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        let appends = whole_appends(events)?;
        self.shared.reach.check()?;
        self.shared.be_fresh().await?;
        self.shared.reach.check()?;
        self.must_continue(&appends).await?;
        for append in &appends {
            self.carry(append).await?;
        }
        let Some(last) = appends.last() else { return Ok(()) };
        let stream = self.shared.names.incident(&last.incident);
        self.catch_up(&last.incident, &stream).await?;
        self.must_have(&appends).await
    }

    async fn must_continue(&self, appends: &[WholeAppend]) -> Result<(), StoreError> {
        let mut record =
            Continues { head: self.shared.mirror.now().store.head().await?, revision: Revision::NEW };
        let (mut revisions, mut requests) = (HashMap::new(), HashSet::new());
        for append in appends {
            record.revision = match revisions.get(&append.incident) {
                Some(revision) => *revision,
                None => self.shared.mirror.now().store.revision(&append.incident).await?,
            };
            append.must_continue(&record)?;
            let known = self.shared.mirror.now().store.receipt(append.command_id).await?.is_some();
            if known || !requests.insert(append.command_id) {
                return Err(append.repeats());
            }
            let count = append.events.len() as u64;
            revisions.insert(append.incident.clone(), Revision(record.revision.0 + count));
            record.head = Position(record.head.0 + count);
        }
        Ok(())
    }

    async fn carry(&self, append: &WholeAppend) -> Result<(), StoreError> {
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let mut events = Vec::with_capacity(append.events.len());
        for (kept, index) in append.events.iter().zip(0_u32..) {
            let (header, body) = (kept.header.clone(), kept.body.clone());
            let form = Form { header, body, index, count };
            let data = RawValue::from_string(form.data().to_owned())
                .map_err(|error| StoreError::Unacceptable(format!("a payload is no JSON: {error}")))?;
            let kind: Kind<'_> = serde_json::from_str(&kept.header)
                .map_err(|error| StoreError::Unacceptable(format!("a header is no JSON: {error}")))?;
            events.push(form.proposed(append.command_id, &kind.kind, data));
        }
        let stream = self.shared.names.incident(&append.incident);
        let before = Revision(append.first_revision.0.saturating_sub(1));
        let length = self.shared.arrivals.length_at(&append.incident, before);
        match self.send(&stream, length, &events.into(), None).await? {
            Sent::Kept => Ok(()),
            Sent::Conflict => Err(interfered(append.first_position)),
        }
    }

    /// Whether the record now holds just these, where they were to stand.
    async fn must_have(&self, appends: &[WholeAppend]) -> Result<(), StoreError> {
        for append in appends {
            let after = Position(append.first_position.0.saturating_sub(1));
            let kept = self.shared.mirror.now().store.read_kept(after, append.events.len()).await?;
            if kept != append.events {
                return Err(interfered(append.first_position));
            }
        }
        Ok(())
    }
}

/// A header, as far as the cluster is told of it.
#[derive(serde::Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

fn interfered(position: Position) -> StoreError {
    StoreError::Unacceptable(format!(
        "others append to the cluster meanwhile: position {position} is not what was to stand there; stop them and \
         carry the record into an empty prefix"
    ))
}

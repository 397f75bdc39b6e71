//! Histories and whole records on their way in and out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod clocks;
mod files;
mod contradictions;
mod import;
mod real;
mod restore;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe::store::memory::MemoryStore;
use scribe::transfer::{Export, ImportReport, import};
use scribe_domain::event_store::{EventStore, Kept};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;

fn now() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// An empty record.
fn empty() -> MemoryStore {
    MemoryStore::new(Arc::new(now))
}

/// Everything that the record keeps.
async fn kept(store: &dyn EventStore) -> Vec<Kept> {
    store.read_kept(Position(0), usize::MAX).await.unwrap()
}

/// The record as text.
async fn export(store: &dyn EventStore) -> String {
    exported(&kept(store).await)
}

fn exported(kept: &[Kept]) -> String {
    let mut export = Export::default();
    let lines: String = kept.iter().map(|kept| export.line(kept).unwrap()).collect();
    lines + &export.end(None)
}

/// Imports in earnest.
async fn imported(store: &dyn EventStore, body: &str) -> ImportReport {
    import(store, body, false, now()).await.unwrap()
}

async fn history(store: &dyn EventStore, incident: &str) -> Vec<Recorded> {
    let incident: IncidentId = incident.parse().unwrap();
    store.history(&incident, Revision::NEW).await.unwrap()
}

/// Kinds and times of what is recorded.
async fn told(store: &dyn EventStore, incident: &str) -> Vec<String> {
    let history = history(store, incident).await;
    history.iter().map(|recorded| format!("{} {}", recorded.cause.occurred, recorded.event.kind())).collect()
}

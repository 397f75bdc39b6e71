//! What a store must do to stand in the table.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;

use crate::told::{Reading, kind_of};

/// What a store says: in words, because all that a benchmark can do is to stop.
pub type Said<T> = Result<T, String>;

/// Gets positions and kept events, one after the other.
pub type Each<'a> = &'a mut (dyn FnMut(u64, &[u8]) + Send);

/// Gets typed events, one after the other.
pub type Typed<'a> = &'a mut (dyn FnMut(Recorded) + Send);

/// Where an incident stands after an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Its revision.
    pub revision: u64,
    /// The position of its last event.
    pub position: u64,
}

/// An embedded store with events in it.
///
/// The job is the same for all: an append is all or nothing, on the disk when it is acknowledged, refused
/// when its incident has moved on, harmless when it is repeated, and in one total order with all others.
#[async_trait]
pub trait Peer: Send + Sync {
    /// Keeps an append. `seen` is the position of the incident's last event, as its writer knows it.
    async fn append(&self, append: Append, seen: u64) -> Said<Acknowledgement>;

    /// The position of the last event.
    async fn head(&self) -> Said<u64>;

    /// Events after a position up to another one, in order, as they are kept.
    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()>;

    /// One incident's events, in order, as they are kept.
    async fn stream(&self, incident: &IncidentId, each: Each<'_>) -> Said<()>;

    /// The events of one kind, in order, as they are kept. A store without such an index reads all.
    async fn of_kind(&self, kind: &str, each: Each<'_>) -> Said<()> {
        let head = self.head().await?;
        let only = &mut |position, line: &[u8]| {
            if kind_of(line) == kind.as_bytes() {
                each(position, line);
            }
        };
        self.read(0, head, only).await
    }

    /// Typed events after a position up to another one.
    async fn typed(&self, after: u64, upto: u64, each: Typed<'_>) -> Said<()> {
        let mut reading = Reading::default();
        self.read(after, upto, &mut |position, line| each(reading.read(position, line))).await
    }

    /// One incident's events, typed.
    async fn typed_stream(&self, incident: &IncidentId, each: Typed<'_>) -> Said<()> {
        let mut reading = Reading::default();
        self.stream(incident, &mut |position, line| each(reading.read(position, line))).await
    }

    /// The events of one kind, typed.
    async fn typed_of_kind(&self, kind: &str, each: Typed<'_>) -> Said<()> {
        let mut reading = Reading::default();
        self.of_kind(kind, &mut |position, line| each(reading.read(position, line))).await
    }
}

/// Who stands in the table.
pub struct Contender {
    /// Its short name, also on the command line.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The crate or package whose version is told.
    pub package: &'static str,
    /// How it is used, and what makes an acknowledged append durable.
    pub note: &'static str,
    /// How to open it in a folder.
    pub how: How,
}

/// How a contender is run.
pub enum How {
    /// In this process.
    Here(fn(&Path) -> Said<Arc<dyn Peer>>),
    /// By a Python program beside this one.
    Python,
    /// Not at all: it was left out of this build.
    #[allow(dead_code, reason = "made only where a feature is off")]
    NotBuilt,
}

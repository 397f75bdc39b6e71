//! What stands in the record's streams beside incidents: signed checkpoints, disputes of them, and fences.

use scribe_domain::ids::IncidentId;
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::{Note, NoteError};
use scribe_projections::ledger::notes::each;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::kurrent::client::{LogEvent, Proposed};

/// The type of the events that hold signed checkpoints.
const CHECKPOINT: &str = "checkpoint-signed";
/// The type of those by which a node says that a signed root is not the one that it has.
const DISPUTE: &str = "checkpoint-disputed";
/// The type of those that only show how far the log has come.
const FENCE: &str = "fence";
/// The type of the event with which a server ends a stream for good.
pub(in crate::store::kurrent) const TOMBSTONE: &str = "$streamDeleted";

/// A signed checkpoint as the cluster has it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store::kurrent) struct CheckpointData {
    pub(in crate::store::kurrent) size: u64,
    pub(in crate::store::kurrent) note: String,
}

/// A signed root that is not what this node has read: whoever has it is asked to read the log again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store::kurrent) struct Dispute {
    /// How many events it was signed for.
    pub(in crate::store::kurrent) size: u64,
    /// The root that was signed.
    pub(in crate::store::kurrent) root: Digest,
}

/// A stream's own settings, as far as they take events out of it.
#[derive(Debug, Default, Deserialize)]
pub(in crate::store::kurrent) struct StreamMetadata {
    #[serde(rename = "$tb", default)]
    truncate_before: i64,
    #[serde(rename = "$maxCount", default)]
    max_count: Option<i64>,
    #[serde(rename = "$maxAge", default)]
    max_age: Option<i64>,
}

impl CheckpointData {
    /// What stands there, unless it is not what scribe writes: another's note must not take the place of one that
    /// was signed.
    pub(in crate::store::kurrent) fn read(seen: &LogEvent) -> Option<Self> {
        let data: Self = read(seen, CHECKPOINT)?;
        let is_ours = |note: Result<Note, NoteError>| {
            let checkpoint = note.ok().and_then(|note| Checkpoint::parse(note.text()).ok());
            checkpoint.is_some_and(|checkpoint| checkpoint.head.size == data.size)
        };
        let are_ours = {
            let mut notes = each(&data.note).peekable();
            notes.peek().is_some() && notes.all(is_ours)
        };
        if are_ours && i64::try_from(data.size).is_ok() {
            return Some(data);
        }
        tracing::warn!(stream = seen.stream, number = seen.number, "passed over: it is no signed checkpoint");
        None
    }

    pub(in crate::store::kurrent) fn proposed(&self) -> Result<Proposed, serde_json::Error> {
        proposed(Uuid::new_v5(&Uuid::NAMESPACE_OID, self.note.as_bytes()), CHECKPOINT, self)
    }
}

impl Dispute {
    pub(in crate::store::kurrent) fn read(seen: &LogEvent) -> Option<Self> {
        read(seen, DISPUTE)
    }

    pub(in crate::store::kurrent) fn proposed(&self) -> Result<Proposed, serde_json::Error> {
        proposed(Uuid::now_v7(), DISPUTE, self)
    }
}

/// An event that only shows how far the log has come.
pub(in crate::store::kurrent) fn fence() -> Result<Proposed, serde_json::Error> {
    #[derive(Serialize)]
    struct Nothing {}
    proposed(Uuid::now_v7(), FENCE, &Nothing {})
}

impl StreamMetadata {
    /// Those that are kept of a stream; none if they do not read.
    pub(in crate::store::kurrent) fn read(seen: &LogEvent) -> Self {
        serde_json::from_slice(&seen.data).unwrap_or_default()
    }

    /// What they do to the stream, if they take anything out.
    pub(in crate::store::kurrent) fn cut(&self) -> Option<&'static str> {
        match self {
            Self { truncate_before: i64::MAX, .. } => Some("delete"),
            Self { truncate_before: 1.., .. } => Some("truncate"),
            Self { max_count: Some(_), .. } => Some("keep only the last events of"),
            Self { max_age: Some(_), .. } => Some("keep only the young events of"),
            _ => None,
        }
    }
}

/// What somebody did to an incident's stream, in words.
pub(in crate::store::kurrent) fn taken_out(how: &str, incident: &IncidentId) -> String {
    format!("somebody had the cluster {how} the stream of {incident}")
}

fn read<'a, T: Deserialize<'a>>(seen: &'a LogEvent, kind: &str) -> Option<T> {
    if seen.kind != kind {
        return None;
    }
    let read = serde_json::from_slice(&seen.data).ok();
    if read.is_none() {
        tracing::warn!(stream = seen.stream, number = seen.number, kind, "passed over: it does not read");
    }
    read
}

fn proposed<T: Serialize>(id: Uuid, kind: &str, data: &T) -> Result<Proposed, serde_json::Error> {
    let data = serde_json::value::to_raw_value(data)?;
    Ok(Proposed { id, kind: kind.to_owned(), data, metadata: "{}".to_owned() })
}

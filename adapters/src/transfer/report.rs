//! What came of a transfer.

use scribe_domain::event_store::StoreError;
use scribe_domain::ids::{IncidentId, Position};
use serde::Serialize;

/// What restoring an export did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RestoreReport {
    /// Events in the export.
    pub events: usize,
    /// Events that were taken over.
    pub added: usize,
    /// Events that the record held already, the same byte for byte.
    pub already_kept: usize,
    /// The position of the record's last event now.
    pub position: Position,
}

/// What importing told events did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ImportReport {
    /// Each incident of the file, by id.
    pub incidents: Vec<ImportedIncident>,
    /// Everything that is wrong with the file, by line.
    pub problems: Vec<LineProblem>,
    /// Whether it was only looked at, and nothing recorded.
    pub dry_run: bool,
}

/// What became of one incident's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ImportedIncident {
    /// The incident.
    pub incident: IncidentId,
    /// Lines that tell of it.
    pub lines: usize,
    /// Events added; in a dry run, those that would be.
    pub added: usize,
    /// Lines that the record knew already, or that stand in the file twice.
    pub already_known: usize,
    /// Whether a problem keeps it out of the record.
    pub refused: bool,
}

/// Something wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// The incident that it tells of, if that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// What is wrong.
    pub message: String,
}

/// Why a transfer stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// A line of an export does not read, or is out of place. Nothing was taken over.
    #[error("line {line}: {message}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The record holds something else. Nothing was taken over.
    #[error(
        "line {line}: this record holds another event at position {position}; an export is restored into an empty record, or one that it continues"
    )]
    Differs {
        /// The first line that differs, from 1.
        line: usize,
        /// Its position.
        position: Position,
    },
    /// The store refuses these lines. The lines before them were taken over; restoring again goes on there.
    #[error("lines {first} to {last}: {message}")]
    Refused {
        /// The first of them, from 1.
        first: usize,
        /// The last of them.
        last: usize,
        /// The store's words, which name the position.
        message: String,
    },
    /// Others kept appending to the incident. The incidents before it were imported; importing again is
    /// safe.
    #[error("others kept appending to {incident}: import the file again")]
    Contended {
        /// The incident.
        incident: IncidentId,
    },
    /// The store says no. What was taken over before stays; starting again is safe.
    #[error(transparent)]
    Store(#[from] StoreError),
}

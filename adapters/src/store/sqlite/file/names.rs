//! What the record's file is called, and the files beside it.

use std::path::{Path, PathBuf};

/// The record's file in its folder.
pub const FILE_NAME: &str = "scribe.sqlite";

/// What the database engine calls the log, after the record's own name.
pub(in crate::store::sqlite) const LOG: &str = "-wal";
/// What it calls the log's index.
pub(in crate::store::sqlite) const INDEX: &str = "-shm";

/// The path of a file that goes with the record's.
pub(in crate::store::sqlite) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The log beside a database.
pub(in crate::store::sqlite) fn log_of(path: &Path) -> PathBuf {
    beside(path, LOG)
}

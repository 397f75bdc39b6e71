//! What can go wrong with a database file, sorted by what somebody can do about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use scribe_domain::event::versions::Broken;
use scribe_domain::event_store::StoreError;

/// Why a folder's record could not be opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created or used.
    #[error("cannot use the folder {}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read or written.
    #[error("cannot read and write {}: {why}", .path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file is something else.
    #[error("{} is not a scribe record: {what}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// A file of the record is only a name for something that lies elsewhere, or no file at all.
    #[error("{} {what}", .path.display())]
    NotPlain {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// A newer program wrote it.
    #[error("{} was written by a newer scribe: its format is {found}, this one knows up to {known}", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// It is not the record itself.
    #[error("{} is no record, but a mirror of the one at {of}", .path.display())]
    OnlyAMirror {
        /// The folder.
        path: PathBuf,
        /// Where the record is.
        of: String,
    },
    /// It mirrors another record than the one that was named.
    #[error("{} is the mirror of another record, the one at {of}", .path.display())]
    OtherMirror {
        /// The folder.
        path: PathBuf,
        /// Where that record is.
        of: String,
    },
    /// A cluster is named, and the folder has a record of its own.
    #[error("{} holds a record of its own, and --store names another", .path.display())]
    TwoRecords {
        /// The folder.
        path: PathBuf,
    },
    /// This program lacks a step from an older version of an event: it could not read every record.
    #[error("this program is not whole: {0}")]
    Broken(#[from] Broken),
    /// It is a record, but it does not read.
    #[error("{} is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not read.
        why: String,
    },
    /// Not now: another process holds it, or the machine is out of something.
    #[error("cannot open {} now: {why}", .path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the database says.
        why: String,
    },
}

impl OpenError {
    /// What somebody can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Folder { .. } | Self::NotWritable { .. } => {
                "choose a folder that you may write to with --data, or have its permissions changed"
            }
            Self::Foreign { .. } => "choose another folder with --data; this file was left as it is",
            Self::NotPlain { .. } => {
                "name the folder in which the record itself lies with --data, or put the file itself here; nothing was \
                 touched"
            }
            Self::Newer { .. } => "use the newer scribe; this file was left as it is",
            Self::OnlyAMirror { .. } => {
                "name that record with --store (or SCRIBE_STORE), and the folder around the mirror with --data"
            }
            Self::OtherMirror { .. } => {
                "choose another folder with --data; or delete the mirror, which costs only the time to fill it again"
            }
            Self::TwoRecords { .. } => {
                "choose an empty folder with --data; `scribe copy` carries a record from a folder to a cluster"
            }
            Self::Broken(_) => "use another build of scribe; nothing was touched",
            Self::Damaged { .. } => {
                "keep a copy of the folder as it is, and restore the record from a backup"
            }
            Self::Unavailable { .. } => {
                "see whether another process is busy with it or the disk is full, and try again"
            }
        }
    }

    pub(super) fn from_trouble(path: PathBuf, trouble: Trouble) -> Self {
        match trouble {
            Trouble::Database(error) => Self::from_database(path, &error),
            Trouble::Record(StoreError::Unavailable(why)) => Self::Unavailable { path, why },
            Trouble::Record(error) => Self::Damaged { path, why: error.to_string() },
            Trouble::Gone(_) => Self::Unavailable { path, why: StoreError::from(trouble).to_string() },
        }
    }

    pub(super) fn from_database(path: PathBuf, error: &rusqlite::Error) -> Self {
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::NotWritable { path, why }
            }
            _ if is_damage(error) => Self::Damaged { path, why },
            _ => Self::Unavailable { path, why },
        }
    }
}

/// What stopped a read or a write half-way.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database says no.
    Database(rusqlite::Error),
    /// What is kept, or is to be kept, is not sound.
    Record(StoreError),
    /// What was written went into a file that is no longer in the folder.
    Gone(PathBuf),
}

impl Trouble {
    /// Whether the machine failed to read or write. What was written before is then in doubt: after a
    /// failed flush, the next one succeeds without having written what the first one lost.
    pub(super) fn io_failed(&self) -> bool {
        match self {
            Self::Database(error) => error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure),
            Self::Record(_) => false,
            Self::Gone(_) => true,
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Record(error)
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        let error = match trouble {
            Trouble::Record(error) => return error,
            Trouble::Gone(path) => {
                return Self::Unavailable(format!("{} is no longer where it was", path.display()));
            }
            Trouble::Database(error) => error,
        };
        match error.sqlite_error_code() {
            _ if is_damage(&error) => Self::Damaged(error.to_string()),
            Some(ErrorCode::TooBig) => Self::Unacceptable(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Unavailable(format!("another process keeps writing to the record ({error})"))
            }
            Some(ErrorCode::DiskFull) => Self::Unavailable(format!("the disk is full ({error})")),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// A broken page, a value of the wrong type, a row that breaks a rule of the schema: this program
/// writes none of them.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
        ),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    }
}

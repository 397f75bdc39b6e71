//! Carrying a record from one store to another.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use scribe_domain::event_store::EventStore;
use tempfile::TempDir;

use super::{App, place};
use crate::clock::Timekeeping;
use crate::store::address::{ClusterAddress, StoreAddress};
use crate::store::sqlite::OpenError;
use crate::transfer::copy::copy;

pub use crate::transfer::copy::{CopyError, CopyReport, Progress};

/// A place with a record in it, or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A cluster.
    Cluster(ClusterAddress),
}

/// Why nothing could be copied.
#[derive(Debug, thiserror::Error)]
pub enum NotCopied {
    /// A record cannot be carried onto itself.
    #[error("source and target are the same record")]
    Itself,
    /// There is nothing to read from.
    #[error("there is no record in {}", .0.display())]
    NoRecord(PathBuf),
    /// A store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no room for a mirror.
    #[error("a cluster is read by way of a mirror, and there is no folder for it: {0}")]
    NoMirror(std::io::Error),
    /// It could not be finished.
    #[error(transparent)]
    Stopped(#[from] CopyError),
}

/// A store that is open. Fields are dropped in this order: the store before the mirror under it.
struct Opened {
    store: Arc<dyn EventStore>,
    _mirror: Option<TempDir>,
}

impl App {
    /// Carries a record over; see [`copy`].
    pub async fn copy(
        from: &Place,
        to: &Place,
        time: &Timekeeping,
        stop: &(dyn Fn() -> bool + Sync),
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<CopyReport, NotCopied> {
        if from.is(to) {
            return Err(NotCopied::Itself);
        }
        if let Place::Folder(folder) = from
            && !App::has_record(&StoreAddress::Folder, folder)
        {
            return Err(NotCopied::NoRecord(folder.clone()));
        }
        let (source, target) = (from.open(time)?, to.open(time)?);
        Ok(copy(&*source.store, &*target.store, stop, tell).await?)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Cluster(address) => write!(f, "{address}"),
        }
    }
}

impl Place {
    /// Whether both are the same, as far as can be seen without opening them.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Folder(one), Self::Folder(other)) => {
                one == other
                    || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|o| o == one))
            }
            (Self::Cluster(one), Self::Cluster(other)) => one.is_same_record(other),
            _ => false,
        }
    }

    /// A cluster gets a mirror that goes when the copy is made.
    fn open(&self, time: &Timekeeping) -> Result<Opened, NotCopied> {
        match self {
            Self::Folder(folder) => {
                Ok(Opened { store: place::open(&StoreAddress::Folder, folder, time)?, _mirror: None })
            }
            Self::Cluster(address) => {
                let folder = TempDir::with_prefix("scribe-mirror-").map_err(NotCopied::NoMirror)?;
                let store = place::open_cluster(address, folder.path(), time)?;
                Ok(Opened { store, _mirror: Some(folder) })
            }
        }
    }
}

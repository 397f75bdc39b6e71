//! Where records are kept, opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scribe_domain::event_store::EventStore;

use crate::clock::Timekeeping;
use crate::snapshots::Snapshots;
use crate::store::address::{ClusterAddress, StoreAddress};
#[cfg(feature = "kurrent")]
use crate::store::kurrent::KurrentStore;
use crate::store::mirror;
use crate::store::sqlite::{FILE_NAME, OpenError, SqliteStore};

/// Opens a record in a data folder, or in a cluster with its mirror in the data folder.
pub(super) fn open(
    store: &StoreAddress,
    data: &Path,
    time: &Timekeeping,
) -> Result<Arc<dyn EventStore>, OpenError> {
    let snapshots = Snapshots::of(data);
    if !has_begun(store, data) {
        // Those of a record that was there before hold words that may have been erased since: its roots tell
        // nothing of that.
        let forgotten = snapshots.forget();
        forgotten.map_err(|source| OpenError::Folder { path: data.to_owned(), source })?;
    }
    match store {
        StoreAddress::Folder => {
            mirror::refuse(data)?;
            let forget = Arc::new(move || snapshots.forget());
            Ok(Arc::new(SqliteStore::open_beside(data, time.clone(), forget)?))
        }
        StoreAddress::Cluster(address) => open_cluster(address, &mirror::folder_in(data)?, time),
    }
}

/// Opens a record in a cluster, with its mirror in a folder.
#[cfg(feature = "kurrent")]
pub(super) fn open_cluster(
    address: &ClusterAddress,
    folder: &Path,
    time: &Timekeeping,
) -> Result<Arc<dyn EventStore>, OpenError> {
    mirror::mark(folder, address)?;
    Ok(Arc::new(KurrentStore::open(address, folder, time.clone())?))
}

/// A program without clusters has no address of one to open.
#[cfg(not(feature = "kurrent"))]
pub(super) fn open_cluster(
    address: &ClusterAddress,
    _: &Path,
    _: &Timekeeping,
) -> Result<Arc<dyn EventStore>, OpenError> {
    match *address {}
}

/// The folder whose file holds the record, or its mirror as it is used now.
pub(super) fn folder(store: &StoreAddress, data: &Path) -> PathBuf {
    match store {
        StoreAddress::Folder => data.to_owned(),
        StoreAddress::Cluster(_) => mirror::edition(&data.join(mirror::FOLDER)).1,
    }
}

/// Whether there is a record in the folder, or a mirror of one.
fn has_begun(store: &StoreAddress, data: &Path) -> bool {
    match store {
        StoreAddress::Folder => data.join(FILE_NAME).exists(),
        StoreAddress::Cluster(_) => mirror::is_one(&data.join(mirror::FOLDER)),
    }
}

/// Whether there is a record, or something in its place. One in a cluster is asked for by opening it.
pub(super) fn has_record(store: &StoreAddress, data: &Path) -> bool {
    match store {
        StoreAddress::Folder => data.join(FILE_NAME).exists() || mirror::refuse(data).is_err(),
        StoreAddress::Cluster(_) => true,
    }
}

//! Copies of a folder's record, made and put in place without opening it for anything else.

use std::path::Path;

use scribe_domain::event_store::{Stale, StoreError};

use super::{App, Options, StoreAddress, place};
use crate::snapshots::Snapshots;
use crate::store::mirror;
use crate::store::sqlite::backup;

pub use crate::store::sqlite::backup::{Backup, BackupError};

impl App {
    /// Copies a record's file as it stands at one moment, and checks the copy. Of a cluster's record it is the
    /// mirror's, with everything that the cluster has, unless that is out of reach: which is told then.
    pub async fn backup(
        options: &Options,
        file: &Path,
        replace: bool,
    ) -> Result<(Backup, Option<Stale>), BackupError> {
        let Options { data, store, .. } = options;
        let folder = place::folder(store, data);
        let StoreAddress::Cluster(_) = store else {
            return Ok((backup::backup(&folder, file, replace)?, None));
        };
        let opened = place::open(store, data, &options.time())?;
        // If the cluster does not answer, the store is stale; and nothing is no backup.
        if let Err(error @ (StoreError::Unavailable(_) | StoreError::Barred { .. })) = opened.head().await {
            return Err(BackupError::Nothing(error));
        }
        let stale = opened.stale().await;
        Ok((backup::backup(&folder, file, replace)?, stale))
    }

    /// Whether a file begins as a backup does.
    pub fn is_backup(file: &Path) -> bool {
        backup::is_backup(file)
    }

    /// Puts a backup into a folder that has no record, once it is checked.
    pub fn restore(data: &Path, file: &Path) -> Result<Backup, BackupError> {
        mirror::refuse(data)?;
        let made = backup::restore(data, file)?;
        // Those of a record that was there before are no use, and hold its words.
        if let Err(error) = Snapshots::of(data).forget() {
            tracing::warn!(%error, "snapshots of an earlier record could not be deleted");
        }
        Ok(made)
    }
}

//! Copies of a folder's record, made and put in place without opening it for anything else.

use std::path::Path;

use super::{App, StoreAddress, place};
use crate::snapshots::Snapshots;
use crate::store::mirror;
use crate::store::sqlite::backup;

pub use crate::store::sqlite::backup::{Backup, BackupError};

impl App {
    /// Copies a record's file, or its mirror's, as it stands at one moment, and checks the copy.
    pub fn backup(
        store: &StoreAddress,
        data: &Path,
        file: &Path,
        replace: bool,
    ) -> Result<Backup, BackupError> {
        backup::backup(&place::folder(store, data), file, replace)
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

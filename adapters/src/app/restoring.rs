//! Taking an export over: what it may be added to, and going on where a restore was cut short.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use scribe_domain::event_store::{StoreError, TreeHead};
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::App;
use crate::durable;
use crate::transfer::{RestoreReport, Terms, TransferError, restore, told_head};

/// The note in the data folder that a restore was begun; it goes with the restore's end.
const FILE: &str = "restoring.json";

/// Which export a restore was begun with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Begun {
    events: u64,
    root: Digest,
}

impl App {
    /// Takes an export over. A restore that was cut short goes on with the same export, and no other.
    pub(super) async fn restore_export(&self, export: &str) -> Result<RestoreReport, TransferError> {
        let folder = self.0.whereabouts.as_ref().map(|whereabouts| whereabouts.data.clone());
        let told = told_head(export);
        if self.store().head().await?.0 == 0
            && let (Some(folder), Some(told)) = (&folder, told)
        {
            note(folder, told).map_err(|error| unwritten(folder, &error))?;
        }
        let own = self.ledger().keys(self.store()).await.map(|keys| keys.believed()).unwrap_or_default();
        let known = own.into_iter().chain(self.config().ledger.known.iter().cloned()).collect();
        let begun = folder.as_deref().and_then(begun);
        let report = restore(self.store(), export, &Terms { now: self.now(), known, begun }).await;
        if let (Ok(_), Some(folder)) = (&report, &folder) {
            match fs::remove_file(path(folder)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(unwritten(folder, &error));
                }
                _ => {}
            }
        }
        report
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn begun(folder: &Path) -> Option<TreeHead> {
    let text = fs::read(path(folder)).ok()?;
    let Begun { events, root } = serde_json::from_slice(&text).ok()?;
    Some(TreeHead { size: events, root })
}

fn note(folder: &Path, TreeHead { size, root }: TreeHead) -> io::Result<()> {
    let text = serde_json::to_vec(&Begun { events: size, root })?;
    durable::folder(folder)?;
    durable::write(folder, FILE, &text)
}

fn unwritten(folder: &Path, error: &io::Error) -> TransferError {
    TransferError::Store(StoreError::Unavailable(format!("{}: {error}", path(folder).display())))
}

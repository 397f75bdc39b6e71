//! Copies of the record, and putting one in place.

use std::path::Path;

use scribe_domain::event_store::{Stale, StoreError};
use serde_json::json;

use crate::cli::args::Global;
use crate::cli::args::admin::{BackupArgs, RestoreArgs};
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::store::store;
use crate::cli::common::terminal::{printable, put_line, say};
use crate::app::{App, Backup, BackupError, Options, StoreAddress};

/// `scribe backup`.
pub(in crate::cli) async fn backup(global: &Global, options: &Options, args: &BackupArgs) -> Result<(), Failure> {
    let made = App::backup(options, &args.file, args.replace).await;
    let (made, stale) = made.map_err(|error| failure(&error))?;
    told(global, &made, &args.file)?;
    if let Some(Stale { why, .. }) = stale {
        say(&format!(
            "hint: the cluster is out of reach, so this is what the mirror had of it ({})",
            printable(&why)
        ));
    }
    Ok(())
}

/// `scribe restore`, of a backup.
pub(in crate::cli) fn restore(global: &Global, args: &RestoreArgs) -> Result<(), Failure> {
    if let StoreAddress::Cluster(cluster) = store(global)? {
        return Err(Failure::new(
            Kind::BadInput,
            format!("a backup is the file of a folder, and cannot be put in the place of {cluster}"),
            "restore it into an empty folder, and carry it over: scribe copy --from FOLDER --to 'esdb://…'",
        ));
    }
    let made = App::restore(&global.data, &args.file).map_err(|error| failure(&error))?;
    told(global, &made, &global.data)
}

fn told(global: &Global, made: &Backup, place: &Path) -> Result<(), Failure> {
    let Backup { events, root } = made;
    if global.json {
        return put_line(&json!({ "events": events, "root": root, "in": place }).to_string());
    }
    put_line(&format!("{events} events, checked, in {}\nledger root {root}", place.display()))
}

fn failure(error: &BackupError) -> Failure {
    let (kind, hint) = match error {
        BackupError::Exists(_) => {
            (Kind::BadInput, "nothing was overwritten: name another, or for a backup say --replace")
        }
        BackupError::Itself(_) => (Kind::BadInput, "keep backups in a folder of their own, on another disk"),
        BackupError::File { .. } => (Kind::Unavailable, "choose a folder that you may write to, with room"),
        BackupError::Open(error) => return Failure::unopened(error),
        BackupError::Nothing(StoreError::Barred { remedy, .. }) => (Kind::Barred, remedy.as_str()),
        BackupError::Nothing(_) => {
            (Kind::Unavailable, "nothing was written; try again when the cluster answers")
        }
        BackupError::Copy(_) => (Kind::Unavailable, "see whether there is room for the copy, and try again"),
        BackupError::Damaged { .. } => {
            (Kind::Other, "nothing was put in place; keep what is there, and look at it: scribe audit verify")
        }
    };
    Failure::new(kind, error.to_string(), hint)
}

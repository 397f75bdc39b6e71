//! `scribe backup`.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event_store::{Stale, StoreError};
use serde_json::json;

use crate::app::{App, Backup, BackupError};
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::options::GlobalOptions;
use crate::cli::common::session::{Effect, Session, app_options};
use crate::cli::common::terminal::{printable, put_line, say};
use crate::config::Config;

/// Copy the record into one file, while others go on recording, and check the copy.
#[derive(Debug, Clone, Args)]
pub(super) struct BackupArgs {
    /// The file; its folder needs room for it twice
    file: PathBuf,
    /// Replace a file that exists already
    #[arg(long)]
    replace: bool,
}

#[async_trait(?Send)]
impl Effect for BackupArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        session.must_be_here("a backup is made of a folder")?;
        session.must_have_a_record()?;
        let options = app_options(&session.options, Config::default())?;
        let made = App::backup(&options, &self.file, self.replace).await;
        let (made, stale) = made.map_err(|error| failure(&error))?;
        report(&session.options, &made, &self.file)?;
        if let Some(Stale { why, .. }) = stale {
            say(&format!(
                "hint: the cluster is out of reach, so this is the part of it that the local mirror had ({})",
                printable(&why)
            ));
        }
        Ok(exit::DONE)
    }
}

/// Says what a backup holds, or what came out of it, and where it is now.
pub(super) fn report(options: &GlobalOptions, made: &Backup, place: &Path) -> Result<(), Failure> {
    let Backup { events, root } = made;
    if options.json {
        return put_line(&json!({ "events": events, "root": root, "in": place }).to_string());
    }
    put_line(&format!("{events} events, checked, in {}\nledger root {root}", place.display()))
}

/// Why there is no backup, or why nothing came out of one.
pub(super) fn failure(error: &BackupError) -> Failure {
    let (kind, hint) = match error {
        BackupError::Exists(_) => {
            (Kind::BadInput, "nothing was overwritten: name another, or for a backup add --replace")
        }
        BackupError::Itself(_) => (Kind::BadInput, "keep backups in a folder of their own, on another disk"),
        BackupError::File { .. } => {
            (Kind::Unavailable, "choose a folder that you may write to, with free space")
        }
        BackupError::Open(error) => return Failure::unopened(error),
        BackupError::Nothing(StoreError::Barred { remedy, .. }) => (Kind::Barred, remedy.as_str()),
        BackupError::Nothing(_) => {
            (Kind::Unavailable, "nothing was written; try again when the cluster answers")
        }
        BackupError::Copy(_) => {
            (Kind::Unavailable, "check that there is free space for the copy, and try again")
        }
        BackupError::Damaged { .. } => {
            (Kind::Other, "nothing was restored; keep what is there, and check it: scribe audit verify")
        }
    };
    Failure::new(kind, error.to_string(), hint)
}

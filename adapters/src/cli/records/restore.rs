//! `scribe restore`: of an export, or of a backup.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::Args;
use serde::Deserialize;

use super::backup::{failure, report};
use crate::app::{App, StoreAddress};
use crate::cli::common::address::Address;
use crate::cli::common::client::post_lines;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::files::read_file;
use crate::cli::common::options::GlobalOptions;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::store;
use crate::cli::common::terminal::put_line;

/// Restore an export byte for byte, or a backup into an empty folder.
#[derive(Debug, Clone, Args)]
pub(super) struct RestoreArgs {
    /// The file
    file: PathBuf,
}

#[async_trait(?Send)]
impl Effect for RestoreArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        if App::is_backup(&self.file) {
            session.must_be_here("a backup is put into a folder")?;
            restore_backup(&session.options, &self)?;
        } else {
            restore_export(session.desk_to_begin()?, &self).await?;
        }
        Ok(exit::DONE)
    }
}

/// What became of an export.
#[derive(Debug, Deserialize)]
struct Restored {
    added: u64,
    already_kept: u64,
}

async fn restore_export(desk: &Desk, args: &RestoreArgs) -> Result<(), Failure> {
    let body = read_file(&args.file, "the export")?;
    let answer = desk.client.ask(post_lines(&Address::of(&["v1", "record"]), body)?).await?;
    if desk.json {
        return answer.put();
    }
    let Restored { added, already_kept } = answer.json()?;
    put_line(&format!("{added} events restored, {already_kept} there already"))
}

fn restore_backup(options: &GlobalOptions, args: &RestoreArgs) -> Result<(), Failure> {
    if let StoreAddress::Cluster(cluster) = store::chosen(options.store.as_ref())? {
        return Err(Failure::new(
            Kind::BadInput,
            format!("a backup is the file of a folder, and cannot be restored into {cluster}"),
            "restore it into an empty folder, and copy it from there: scribe copy --from FOLDER --to 'esdb://…'",
        ));
    }
    let made = App::restore(&options.data, &args.file).map_err(|error| failure(&error))?;
    report(options, &made, &options.data)
}

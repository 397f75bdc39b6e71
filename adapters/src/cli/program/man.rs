//! `scribe man`.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::session::{Effect, Session};

/// Write the manual's pages into a folder.
#[derive(Debug, Clone, Args)]
pub(super) struct ManArgs {
    /// A folder that is there
    folder: PathBuf,
}

#[async_trait(?Send)]
impl Effect for ManArgs {
    /// A page for the program and one for each of its subcommands: `scribe.1`, `scribe-serve.1` …
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        clap_mangen::generate_to((session.grammar.command)(), &self.folder).map_err(|error| {
            let folder = self.folder.display();
            Failure::plain(Kind::BadInput, format!("the pages cannot be written into {folder}: {error}"))
        })?;
        Ok(exit::DONE)
    }
}

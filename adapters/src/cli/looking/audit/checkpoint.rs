//! `scribe audit checkpoint`.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::write_new;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;

/// The record in one signed number: keep it elsewhere, and nobody can rewrite what it covers unseen.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckpointArgs {
    /// Write it to this file, to be kept elsewhere, instead of stdout
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[async_trait(?Send)]
impl Effect for CheckpointArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let note = session.desk_for_looking()?.client.get("/v1/ledger/checkpoint").await?.body;
        match &self.save {
            None => put(&note)?,
            Some(path) => write_new(path, &note, "the checkpoint")?,
        }
        Ok(exit::DONE)
    }
}

//! `scribe audit prove`.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::write_new;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;

/// The proof that one event is in the record, as one file.
#[derive(Debug, Clone, Args)]
pub(super) struct ProveArgs {
    /// The event's id, or its position in the record
    event: String,
    /// Write the proof to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[async_trait(?Send)]
impl Effect for ProveArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let is_position = self.event.bytes().all(|digit| digit.is_ascii_digit());
        let address = Address::of(&["v1", "ledger", "proof"])
            .with(if is_position { "position" } else { "event" }, &self.event);
        let proof = desk.client.get(address.as_str()).await?.body;
        match &self.output {
            None => put(&proof)?,
            Some(path) => write_new(path, &proof, "the proof")?,
        }
        Ok(exit::DONE)
    }
}

//! `scribe audit key`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put_line;
use crate::ledger::Keys;

/// The public key by which checkpoints and proofs are verified.
#[derive(Debug, Clone, Args)]
pub(super) struct KeyArgs {
    /// Also those that signed before, and those of other nodes
    #[arg(long)]
    all: bool,
}

#[async_trait(?Send)]
impl Effect for KeyArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let answer = desk.client.get("/v1/ledger/key").await?;
        if desk.json {
            answer.put()?;
            return Ok(exit::DONE);
        }
        let keys: Keys = answer.json()?;
        put_line(&keys.key)?;
        for key in keys.earlier.iter().chain(&keys.others).filter(|_| self.all) {
            put_line(key)?;
        }
        Ok(exit::DONE)
    }
}

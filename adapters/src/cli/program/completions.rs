//! `scribe completions`.

use async_trait::async_trait;
use clap::Args;
use clap_complete::Shell;

use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;

/// Print completions for a shell.
#[derive(Debug, Clone, Args)]
pub(super) struct CompletionsArgs {
    /// Which
    shell: Shell,
}

#[async_trait(?Send)]
impl Effect for CompletionsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (session.grammar.command)(), "scribe", &mut script);
        put(&script)?;
        Ok(exit::DONE)
    }
}

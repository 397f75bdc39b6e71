//! `scribe resolve`.

use clap::Args;
use scribe_domain::event::life::Resolved;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that it is over.
#[derive(Debug, Clone, Args)]
pub(super) struct ResolveArgs {
    /// How it ended
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
}

impl IncidentCommand for ResolveArgs {
    type Payload = Resolved;
    fn payload(self, desk: &Desk) -> Result<Resolved, Failure> {
        Ok(Resolved { summary: desk.some_text("--summary", self.summary.as_deref())? })
    }
}

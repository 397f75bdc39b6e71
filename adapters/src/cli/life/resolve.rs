//! `scribe resolve`.

use clap::Args;
use scribe_domain::event::life::Resolved;

use crate::cli::common::arguments::Ending;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that it is over.
#[derive(Debug, Clone, Args)]
pub(super) struct ResolveArgs {
    #[command(flatten)]
    summary: Ending,
}

impl IncidentCommand for ResolveArgs {
    type Payload = Resolved;
    fn payload(self, desk: &Desk) -> Result<Resolved, Failure> {
        Ok(Resolved { summary: self.summary.text(desk)? })
    }
}

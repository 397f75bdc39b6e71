//! `scribe reopen`.

use clap::Args;
use scribe_domain::event::life::Reopened;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that it was not over.
#[derive(Debug, Clone, Args)]
pub(super) struct ReopenArgs {
    /// What showed it
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl IncidentCommand for ReopenArgs {
    type Payload = Reopened;
    fn payload(self, desk: &Desk) -> Result<Reopened, Failure> {
        Ok(Reopened { why: desk.text("--why", &self.why)? })
    }
}

//! `scribe reopen`.

use clap::Args;
use scribe_domain::event::life::Reopened;

use crate::cli::common::arguments::Reason;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that it was not over.
#[derive(Debug, Clone, Args)]
pub(super) struct ReopenArgs {
    #[command(flatten)]
    why: Reason,
}

impl IncidentCommand for ReopenArgs {
    type Payload = Reopened;
    fn payload(self, desk: &Desk) -> Result<Reopened, Failure> {
        Ok(Reopened { why: self.why.text(desk)? })
    }
}

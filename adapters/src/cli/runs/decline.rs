//! `scribe decline`.

use clap::Args;
use scribe_domain::command::DeclineRun;

use crate::cli::common::arguments::Because;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Decline a line that somebody else proposed.
#[derive(Debug, Clone, Args)]
pub(super) struct DeclineArgs {
    /// The run's number
    run: u32,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for DeclineArgs {
    type Payload = DeclineRun;
    fn payload(self, desk: &Desk) -> Result<DeclineRun, Failure> {
        Ok(DeclineRun { run: self.run, why: self.why.text(desk)? })
    }
}

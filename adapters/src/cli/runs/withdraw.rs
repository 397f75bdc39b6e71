//! `scribe withdraw`.

use clap::Args;
use scribe_domain::command::WithdrawRun;

use crate::cli::common::arguments::Because;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Withdraw one's own proposal.
#[derive(Debug, Clone, Args)]
pub(super) struct WithdrawArgs {
    /// The run's number
    run: u32,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for WithdrawArgs {
    type Payload = WithdrawRun;
    fn payload(self, desk: &Desk) -> Result<WithdrawRun, Failure> {
        Ok(WithdrawRun { run: self.run, why: self.why.text(desk)? })
    }
}

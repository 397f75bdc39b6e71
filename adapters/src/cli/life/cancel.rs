//! `scribe cancel`.

use clap::Args;
use scribe_domain::event::life::Cancelled;

use crate::cli::common::arguments::Reason;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::Care;

/// Say that it was declared in error.
#[derive(Debug, Clone, Args)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    why: Reason,
}

impl IncidentCommand for CancelArgs {
    type Payload = Cancelled;
    const CARE: Care = Care::Final;

    fn payload(self, desk: &Desk) -> Result<Cancelled, Failure> {
        Ok(Cancelled { why: self.why.text(desk)? })
    }
}

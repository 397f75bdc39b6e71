//! `scribe mitigate`.

use clap::Args;
use scribe_domain::event::life::Mitigated;

use crate::cli::common::arguments::How;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that users are no longer hit.
#[derive(Debug, Clone, Args)]
pub(super) struct MitigateArgs {
    #[command(flatten)]
    how: How,
}

impl IncidentCommand for MitigateArgs {
    type Payload = Mitigated;
    fn payload(self, desk: &Desk) -> Result<Mitigated, Failure> {
        Ok(Mitigated { how: self.how.text(desk)? })
    }
}

//! `scribe phase`.

use clap::Args;
use scribe_domain::command::ChangePhase;
use scribe_domain::values::Phase;

use crate::cli::common::arguments::{Because, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Move the response to another phase.
#[derive(Debug, Clone, Args)]
pub(super) struct PhaseArgs {
    /// The phase; to end the incident there is `scribe resolve`
    #[arg(value_parser = word!(Phase))]
    phase: Phase,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for PhaseArgs {
    type Payload = ChangePhase;
    fn payload(self, desk: &Desk) -> Result<ChangePhase, Failure> {
        Ok(ChangePhase { to: self.phase, why: self.why.text(desk)? })
    }
}

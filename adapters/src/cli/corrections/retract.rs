//! `scribe retract`.

use clap::Args;
use scribe_domain::event::record::Retracted;
use scribe_domain::ids::EventId;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Retract something recorded before; it stays in the record and shows as retracted.
#[derive(Debug, Clone, Args)]
pub(super) struct RetractArgs {
    /// The event's id, as `scribe timeline INCIDENT --ids` shows it
    event: EventId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl IncidentCommand for RetractArgs {
    type Payload = Retracted;
    fn payload(self, desk: &Desk) -> Result<Retracted, Failure> {
        Ok(Retracted { target: self.event, why: desk.text("--why", &self.why)? })
    }
}

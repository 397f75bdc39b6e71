//! `scribe retract`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::record::Retracted;
use scribe_domain::ids::IncidentId;

use crate::cli::common::arguments::Reason;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::EventRef;
use crate::cli::common::failure::Failure;

/// Retract something recorded before; it stays in the record and shows as retracted.
#[derive(Debug, Clone, Args)]
pub(super) struct RetractArgs {
    #[command(flatten)]
    event: EventRef,
    #[command(flatten)]
    why: Reason,
}

#[async_trait(?Send)]
impl IncidentCommand for RetractArgs {
    type Payload = Retracted;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.event.find(desk, incident).await.map(drop)
    }

    fn payload(self, desk: &Desk) -> Result<Retracted, Failure> {
        Ok(Retracted { target: self.event.id()?, why: self.why.text(desk)? })
    }
}

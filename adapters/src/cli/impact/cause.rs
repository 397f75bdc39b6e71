//! `scribe cause`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::impact::CauseNamed;
use scribe_domain::ids::IncidentId;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::Evidence;
use crate::cli::common::failure::Failure;

/// Name the cause, as far as it is known.
#[derive(Debug, Clone, Args)]
pub(super) struct CauseArgs {
    /// The cause
    text: String,
    #[command(flatten)]
    evidence: Evidence,
}

#[async_trait(?Send)]
impl IncidentCommand for CauseArgs {
    type Payload = CauseNamed;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.evidence.find(desk, incident).await
    }

    fn payload(self, desk: &Desk) -> Result<CauseNamed, Failure> {
        Ok(CauseNamed { text: desk.text("the cause", &self.text)?, cites: self.evidence.ids() })
    }
}

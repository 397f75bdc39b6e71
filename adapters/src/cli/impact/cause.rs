//! `scribe cause`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::impact::CauseNamed;
use scribe_domain::ids::{EventId, IncidentId};

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::one_of;
use crate::cli::common::failure::Failure;

/// Name the cause, as far as it is known.
#[derive(Debug, Clone, Args)]
pub(super) struct CauseArgs {
    /// The cause
    text: String,
    /// The id of an event that shows it, or its first characters; may be given several times
    #[arg(short = 'c', long = "cite", value_name = "EVENT")]
    cites: Vec<String>,
    #[arg(skip)]
    shown_by: Vec<EventId>,
}

#[async_trait(?Send)]
impl IncidentCommand for CauseArgs {
    type Payload = CauseNamed;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        for cited in &self.cites {
            self.shown_by.push(one_of(desk, incident, cited).await?);
        }
        Ok(())
    }

    fn payload(self, desk: &Desk) -> Result<CauseNamed, Failure> {
        Ok(CauseNamed { text: desk.text("the cause", &self.text)?, cites: self.shown_by })
    }
}

//! `scribe cause`.

use clap::Args;
use scribe_domain::event::impact::CauseNamed;
use scribe_domain::ids::EventId;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Name the cause, as far as it is known.
#[derive(Debug, Clone, Args)]
pub(super) struct CauseArgs {
    /// The cause
    text: String,
    /// The id of an event that shows it; may be given several times
    #[arg(long = "cite", value_name = "EVENT")]
    cites: Vec<EventId>,
}

impl IncidentCommand for CauseArgs {
    type Payload = CauseNamed;
    fn payload(self, desk: &Desk) -> Result<CauseNamed, Failure> {
        Ok(CauseNamed { text: desk.text("the cause", &self.text)?, cites: self.cites })
    }
}

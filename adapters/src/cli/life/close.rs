//! `scribe close`.

use clap::Args;
use scribe_domain::event::life::Closed;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::Care;

/// Say that the review is done.
#[derive(Debug, Clone, Args)]
pub(super) struct CloseArgs {
    /// A last word
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
}

impl IncidentCommand for CloseArgs {
    type Payload = Closed;
    const CARE: Care = Care::Final;

    fn payload(self, desk: &Desk) -> Result<Closed, Failure> {
        Ok(Closed { summary: desk.some_text("--summary", self.summary.as_deref())? })
    }
}

//! `scribe nudge`.

use clap::Args;
use scribe_domain::event::record::Nudged;
use scribe_domain::text::Label;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Record that somebody was reminded.
#[derive(Debug, Clone, Args)]
pub(super) struct NudgeArgs {
    /// Who
    whom: Label,
    /// Of what
    text: String,
}

impl IncidentCommand for NudgeArgs {
    type Payload = Nudged;
    fn payload(self, desk: &Desk) -> Result<Nudged, Failure> {
        Ok(Nudged { whom: self.whom, text: desk.text("the text", &self.text)? })
    }
}

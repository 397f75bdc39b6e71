//! `scribe note`.

use clap::Args;
use scribe_domain::event::words::Noted;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Note an observation.
#[derive(Debug, Clone, Args)]
pub(super) struct NoteArgs {
    /// What was seen or thought
    text: String,
}

impl IncidentCommand for NoteArgs {
    type Payload = Noted;
    fn payload(self, desk: &Desk) -> Result<Noted, Failure> {
        Ok(Noted { text: desk.text("the text", &self.text)? })
    }
}

//! `scribe note`.

use clap::Args;
use scribe_domain::event::words::Noted;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::editor;
use crate::cli::common::failure::Failure;

/// Note an observation.
#[derive(Debug, Clone, Args)]
pub(super) struct NoteArgs {
    /// What was seen or thought; left out on a terminal, $VISUAL or $EDITOR opens
    #[arg(required = !editor::is_at_hand())]
    text: Option<String>,
}

impl IncidentCommand for NoteArgs {
    type Payload = Noted;
    fn payload(self, desk: &Desk) -> Result<Noted, Failure> {
        Ok(Noted { text: desk.text_or_editor(self.text.as_deref(), "What was seen or thought?")? })
    }
}

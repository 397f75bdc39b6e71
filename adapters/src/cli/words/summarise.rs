//! `scribe summarise`.

use clap::Args;
use scribe_domain::event::words::Summarised;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::editor;
use crate::cli::common::failure::Failure;

/// Summarise where things stand, for whoever joins now.
#[derive(Debug, Clone, Args)]
pub(super) struct SummariseArgs {
    /// What is going on; left out on a terminal, $VISUAL or $EDITOR opens
    #[arg(id = "text", value_name = "TEXT", required = !editor::is_at_hand())]
    status: Option<String>,
    /// The cause as understood now
    #[arg(short, long, value_name = "TEXT")]
    cause: Option<String>,
    /// What comes next
    #[arg(short, long, value_name = "TEXT")]
    plan: Option<String>,
}

impl IncidentCommand for SummariseArgs {
    type Payload = Summarised;
    fn payload(self, desk: &Desk) -> Result<Summarised, Failure> {
        Ok(Summarised {
            status: desk
                .text_or_editor(self.status.as_deref(), "What is going on, for whoever joins now?")?,
            cause: desk.some_text("--cause", self.cause.as_deref())?,
            plan: desk.some_text("--plan", self.plan.as_deref())?,
        })
    }
}

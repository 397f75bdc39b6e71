//! `scribe regroup`.

use clap::Args;
use scribe_domain::event::words::Regrouped;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::editor;
use crate::cli::common::failure::Failure;

/// Record that the team came back together to compare notes.
#[derive(Debug, Clone, Args)]
pub(super) struct RegroupArgs {
    /// What everybody brought; left out on a terminal, $VISUAL or $EDITOR opens
    #[arg(id = "text", value_name = "TEXT", required = !editor::is_at_hand())]
    findings: Option<String>,
    /// What comes next
    #[arg(long, value_name = "TEXT")]
    plan: Option<String>,
}

impl IncidentCommand for RegroupArgs {
    type Payload = Regrouped;
    fn payload(self, desk: &Desk) -> Result<Regrouped, Failure> {
        let plan = desk.some_text("--plan", self.plan.as_deref())?;
        Ok(Regrouped {
            findings: desk.text_or_editor(self.findings.as_deref(), "What did everybody bring?")?,
            plan,
        })
    }
}

//! `scribe decide`.

use clap::Args;
use scribe_domain::event::words::Decided;
use scribe_domain::text::Label;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Record a decision, and what else was considered.
#[derive(Debug, Clone, Args)]
pub(super) struct DecideArgs {
    /// What was decided
    choice: String,
    /// What else was considered; may be given several times
    #[arg(long = "option", value_name = "WHAT")]
    options: Vec<Label>,
    /// Why
    #[arg(short, long, value_name = "TEXT")]
    why: Option<String>,
    /// Who saw it differently, and how
    #[arg(long, value_name = "TEXT")]
    dissent: Option<String>,
}

impl IncidentCommand for DecideArgs {
    type Payload = Decided;
    fn payload(self, desk: &Desk) -> Result<Decided, Failure> {
        Ok(Decided {
            choice: desk.text("the choice", &self.choice)?,
            options: self.options,
            why: desk.some_text("--why", self.why.as_deref())?,
            dissent: desk.some_text("--dissent", self.dissent.as_deref())?,
        })
    }
}

//! `scribe propose`.

use clap::Args;
use scribe_domain::command::ProposeRun;
use scribe_domain::text::Label;

use super::line::Line;
use crate::cli::common::arguments::Why;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Propose a line without running it.
#[derive(Debug, Clone, Args)]
pub(super) struct ProposeArgs {
    #[command(flatten)]
    line: Line,
    /// Where it is to run
    #[arg(long, value_name = "HOST")]
    on: Option<Label>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for ProposeArgs {
    type Payload = ProposeRun;
    fn payload(self, desk: &Desk) -> Result<ProposeRun, Failure> {
        let why = self.why.text(desk)?;
        Ok(ProposeRun { line: self.line.line()?, host: self.on, why })
    }
}

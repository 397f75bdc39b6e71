//! `scribe severity`.

use clap::Args;
use scribe_domain::command::ChangeSeverity;
use scribe_domain::values::Severity;

use crate::cli::common::arguments::{Because, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Change the severity, either way.
#[derive(Debug, Clone, Args)]
pub(super) struct SeverityArgs {
    /// The severity; sev1 is the worst
    #[arg(value_parser = word!(Severity))]
    severity: Severity,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for SeverityArgs {
    type Payload = ChangeSeverity;
    fn payload(self, desk: &Desk) -> Result<ChangeSeverity, Failure> {
        Ok(ChangeSeverity { to: self.severity, why: self.why.text(desk)? })
    }
}

//! `scribe acknowledge`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::command::AcknowledgePage;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Answer a page.
#[derive(Debug, Clone, Args)]
pub(super) struct AcknowledgeArgs {
    /// The page's number
    page: u32,
    /// Who answers [default: you]
    #[arg(long, value_name = "NAME")]
    by: Option<Person>,
}

impl IncidentCommand for AcknowledgeArgs {
    type Payload = AcknowledgePage;
    fn payload(self, _: &Desk) -> Result<AcknowledgePage, Failure> {
        Ok(AcknowledgePage { page: self.page, by: self.by })
    }
}

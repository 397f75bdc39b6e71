//! `scribe merge`.

use clap::Args;
use scribe_domain::event::life::MergedInto;
use scribe_domain::ids::IncidentId;

use crate::cli::common::arguments::Why;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say that it is part of another incident.
#[derive(Debug, Clone, Args)]
pub(super) struct MergeArgs {
    /// The incident it is part of
    into: IncidentId,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for MergeArgs {
    type Payload = MergedInto;
    fn payload(self, desk: &Desk) -> Result<MergedInto, Failure> {
        Ok(MergedInto { into: self.into, why: self.why.text(desk)? })
    }
}

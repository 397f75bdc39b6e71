//! `scribe milestone`.

use clap::Args;
use scribe_domain::event::life::MilestoneSet;
use scribe_domain::milestone::Milestone;

use crate::cli::common::arguments::{Known, Word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Set a point that metrics are computed from, at the time given as --occurred.
#[derive(Debug, Clone, Args)]
pub(super) struct MilestoneArgs {
    /// Which; custom:NAME is one of your own, such as custom:data_restored
    #[arg(value_parser = Word::<Milestone>::of([Milestone::WORDS.as_slice(), &["custom:NAME"]].concat()))]
    milestone: Milestone,
    #[command(flatten)]
    note: Known,
}

impl IncidentCommand for MilestoneArgs {
    type Payload = MilestoneSet;
    fn payload(self, desk: &Desk) -> Result<MilestoneSet, Failure> {
        let note = self.note.text(desk)?;
        Ok(MilestoneSet { milestone: self.milestone, note })
    }
}

//! `scribe downgrade`.

use clap::Args;
use scribe_domain::command::Downgrade;
use scribe_domain::values::Tier;

use crate::cli::common::arguments::{Because, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Lower the tier.
#[derive(Debug, Clone, Args)]
pub(super) struct DowngradeArgs {
    /// The lower tier
    #[arg(value_parser = word!(Tier))]
    tier: Tier,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for DowngradeArgs {
    type Payload = Downgrade;
    fn payload(self, desk: &Desk) -> Result<Downgrade, Failure> {
        Ok(Downgrade { to: self.tier, why: self.why.text(desk)? })
    }
}

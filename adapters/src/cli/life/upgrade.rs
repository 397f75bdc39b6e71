//! `scribe upgrade`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::command::Upgrade;
use scribe_domain::values::Tier;

use crate::cli::common::arguments::{Because, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Raise the tier; leaves a page for the commander on call.
#[derive(Debug, Clone, Args)]
pub(super) struct UpgradeArgs {
    /// The higher tier
    #[arg(value_parser = word!(Tier))]
    tier: Tier,
    #[command(flatten)]
    why: Because,
    /// Who commands when on call, and gets the page [default: as the settings say]
    #[arg(long, value_name = "NAME")]
    commander_on_call: Option<Person>,
}

impl IncidentCommand for UpgradeArgs {
    type Payload = Upgrade;
    fn payload(self, desk: &Desk) -> Result<Upgrade, Failure> {
        let why = self.why.text(desk)?;
        Ok(Upgrade { to: self.tier, why, commander_on_call: self.commander_on_call })
    }
}

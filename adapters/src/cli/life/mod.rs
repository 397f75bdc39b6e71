//! How an incident begins, gets worse or better, and ends.

mod cancel;
mod close;
mod declare;
mod downgrade;
mod merge;
mod mitigate;
mod phase;
mod reopen;
mod resolve;
mod severity;
mod upgrade;

use super::common::subcommand::{Entry, Group};
use cancel::CancelArgs;
use close::CloseArgs;
use declare::DeclareArgs;
use downgrade::DowngradeArgs;
use merge::MergeArgs;
use mitigate::MitigateArgs;
use phase::PhaseArgs;
use reopen::ReopenArgs;
use resolve::ResolveArgs;
use severity::SeverityArgs;
use upgrade::UpgradeArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Where things stand",
    entries: &[
        Entry::new::<DeclareArgs>("declare"),
        Entry::on_incident::<UpgradeArgs>("upgrade"),
        Entry::on_incident::<DowngradeArgs>("downgrade"),
        Entry::on_incident::<SeverityArgs>("severity"),
        Entry::on_incident::<PhaseArgs>("phase"),
        Entry::on_incident::<MitigateArgs>("mitigate"),
        Entry::on_incident::<ResolveArgs>("resolve"),
        Entry::on_incident::<ReopenArgs>("reopen"),
        Entry::on_incident::<CloseArgs>("close"),
        Entry::on_incident::<CancelArgs>("cancel"),
        Entry::on_incident::<MergeArgs>("merge"),
    ],
};

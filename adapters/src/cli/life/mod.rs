//! How an incident begins, gets worse or better, and ends.

mod cancel;
mod close;
mod declare;
mod downgrade;
mod merge;
mod mitigate;
mod phase;
mod relate;
mod reopen;
mod resolve;
mod severity;
mod upgrade;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Where things stand",
    entries: &[
        Entry::new::<declare::DeclareArgs>("declare"),
        Entry::on_incident::<upgrade::UpgradeArgs>("upgrade"),
        Entry::on_incident::<downgrade::DowngradeArgs>("downgrade"),
        Entry::on_incident::<severity::SeverityArgs>("severity"),
        Entry::on_incident::<phase::PhaseArgs>("phase"),
        Entry::on_incident::<mitigate::MitigateArgs>("mitigate"),
        Entry::on_incident::<resolve::ResolveArgs>("resolve"),
        Entry::on_incident::<reopen::ReopenArgs>("reopen"),
        Entry::on_incident::<close::CloseArgs>("close").also(&["clo"]),
        Entry::on_incident::<cancel::CancelArgs>("cancel"),
        Entry::on_incident::<merge::MergeArgs>("merge"),
        Entry::on_incident::<relate::RelateArgs>("relate"),
    ],
};

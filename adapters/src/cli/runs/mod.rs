//! Shell lines and queries in production.

mod approve;
mod decline;
mod line;
mod propose;
mod ran;
mod run;
mod standing;
mod withdraw;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Lines in production",
    entries: &[
        Entry::new::<run::RunArgs>("run"),
        Entry::on_incident::<ran::RanArgs>("ran"),
        Entry::on_incident::<propose::ProposeArgs>("propose"),
        Entry::new::<approve::ApproveArgs>("approve"),
        Entry::on_incident::<decline::DeclineArgs>("decline"),
        Entry::on_incident::<withdraw::WithdrawArgs>("withdraw"),
    ],
};

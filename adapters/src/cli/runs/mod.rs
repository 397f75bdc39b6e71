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
use approve::ApproveArgs;
use decline::DeclineArgs;
use propose::ProposeArgs;
use ran::RanArgs;
use run::RunArgs;
use withdraw::WithdrawArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Lines in production",
    entries: &[
        Entry::new::<RunArgs>("run"),
        Entry::on_incident::<RanArgs>("ran"),
        Entry::on_incident::<ProposeArgs>("propose"),
        Entry::new::<ApproveArgs>("approve"),
        Entry::on_incident::<DeclineArgs>("decline"),
        Entry::on_incident::<WithdrawArgs>("withdraw"),
    ],
};

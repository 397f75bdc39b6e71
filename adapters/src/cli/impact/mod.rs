//! Who was hit, when, and why.

mod cause;
mod impact;
mod milestone;

use super::common::subcommand::{Entry, Group};
use cause::CauseArgs;
use impact::ImpactCommand;
use milestone::MilestoneArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Impact",
    entries: &[
        Entry::family::<ImpactCommand>("impact"),
        Entry::on_incident::<CauseArgs>("cause"),
        Entry::on_incident::<MilestoneArgs>("milestone"),
    ],
};

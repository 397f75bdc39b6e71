//! Who was hit, when, and why.

mod cause;
#[expect(clippy::module_inception, reason = "a subcommand's file is named as it is typed")]
mod impact;
mod milestone;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Impact",
    entries: &[
        Entry::family::<impact::ImpactCommand>("impact"),
        Entry::on_incident::<cause::CauseArgs>("cause"),
        Entry::on_incident::<milestone::MilestoneArgs>("milestone"),
    ],
};

//! The retrospective.

#[expect(clippy::module_inception, reason = "a subcommand's file is named as it is typed")]
mod review;
mod risk;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Review",
    entries: &[
        Entry::family::<review::ReviewCommand>("review"),
        Entry::on_incident::<risk::RiskArgs>("risk"),
    ],
};

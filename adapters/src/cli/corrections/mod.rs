//! Putting right what was recorded wrongly; nothing is changed, only added.

mod correct;
mod erase_person;
mod nudge;
mod redact;
mod retract;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Putting right",
    entries: &[
        Entry::on_incident::<correct::CorrectArgs>("correct"),
        Entry::on_incident::<retract::RetractArgs>("retract"),
        Entry::new::<redact::RedactArgs>("redact"),
        Entry::new::<erase_person::ErasePersonArgs>("erase-person"),
        Entry::on_incident::<nudge::NudgeArgs>("nudge"),
    ],
};

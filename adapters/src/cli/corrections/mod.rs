//! Putting right what was recorded wrongly; nothing is changed, only added.

mod correct;
mod nudge;
mod redact;
mod retract;

use super::common::subcommand::{Entry, Group};
use correct::CorrectArgs;
use nudge::NudgeArgs;
use redact::RedactArgs;
use retract::RetractArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Putting right",
    entries: &[
        Entry::on_incident::<CorrectArgs>("correct"),
        Entry::on_incident::<RetractArgs>("retract"),
        Entry::new::<RedactArgs>("redact"),
        Entry::on_incident::<NudgeArgs>("nudge"),
    ],
};

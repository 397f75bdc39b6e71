//! What shows what happened: links, alerts, changes, attachments.

mod alert;
mod attach;
mod change;
mod gap;
mod link;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Evidence",
    entries: &[
        Entry::on_incident::<link::LinkArgs>("link"),
        Entry::family::<alert::AlertCommand>("alert"),
        Entry::on_incident::<change::ChangeArgs>("change"),
        Entry::on_incident::<attach::AttachArgs>("attach"),
        Entry::family::<gap::GapCommand>("gap"),
    ],
};

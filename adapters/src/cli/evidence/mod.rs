//! What shows what happened: links, alerts, changes, attachments.

mod alert;
mod attach;
mod change;
mod link;

use super::common::subcommand::{Entry, Group};
use alert::AlertCommand;
use attach::AttachArgs;
use change::ChangeArgs;
use link::LinkArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Evidence",
    entries: &[
        Entry::on_incident::<LinkArgs>("link"),
        Entry::family::<AlertCommand>("alert"),
        Entry::on_incident::<ChangeArgs>("change"),
        Entry::on_incident::<AttachArgs>("attach"),
    ],
};

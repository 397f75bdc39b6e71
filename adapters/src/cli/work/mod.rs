//! Who does what, and what must wait: actions, follow-ups, deploy holds.

mod action;
mod follow_up;
mod hold;

use super::common::subcommand::{Entry, Group};
use action::ActionCommand;
use follow_up::FollowUpCommand;
use hold::HoldCommand;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Work",
    entries: &[
        Entry::family::<ActionCommand>("action"),
        Entry::family::<FollowUpCommand>("follow-up"),
        Entry::family::<HoldCommand>("hold"),
    ],
};

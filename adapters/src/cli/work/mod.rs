//! Who does what, and what must wait: actions, follow-ups, deploy holds.

mod action;
mod follow_up;
mod hold;
mod workaround;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Work",
    entries: &[
        Entry::family::<action::ActionCommand>("action"),
        Entry::family::<follow_up::FollowUpCommand>("follow-up"),
        Entry::family::<hold::HoldCommand>("hold"),
        Entry::family::<workaround::WorkaroundCommand>("workaround"),
    ],
};

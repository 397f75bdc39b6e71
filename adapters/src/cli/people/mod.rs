//! Who takes part, and in which role.

mod acknowledge;
mod join;
mod leave;
mod page;
mod role;

use super::common::subcommand::{Entry, Group};
use acknowledge::AcknowledgeArgs;
use join::JoinArgs;
use leave::LeaveArgs;
use page::PageArgs;
use role::RoleCommand;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "People",
    entries: &[
        Entry::family::<RoleCommand>("role"),
        Entry::on_incident::<PageArgs>("page"),
        Entry::on_incident::<AcknowledgeArgs>("acknowledge"),
        Entry::on_incident::<JoinArgs>("join"),
        Entry::on_incident::<LeaveArgs>("leave"),
    ],
};

//! Who takes part, and in which role.

mod acknowledge;
mod join;
mod leave;
mod page;
mod role;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "People",
    entries: &[
        Entry::family::<role::RoleCommand>("role"),
        Entry::on_incident::<page::PageArgs>("page"),
        Entry::on_incident::<acknowledge::AcknowledgeArgs>("acknowledge").also(&["ack"]),
        Entry::on_incident::<join::JoinArgs>("join"),
        Entry::on_incident::<leave::LeaveArgs>("leave"),
    ],
};

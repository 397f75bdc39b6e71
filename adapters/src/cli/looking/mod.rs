//! What is to be seen: every subcommand here only reads.

mod actions;
mod audit;
mod clock;
mod events;
mod list;
mod postmortem;
mod receipt;
mod roles;
mod show;
pub(super) mod status;
mod status_page;
mod timeline;
mod watch;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Looking",
    entries: &[
        Entry::new::<status::StatusArgs>("status"),
        Entry::new::<list::ListArgs>("list").also(&["ls"]),
        Entry::new::<show::ShowArgs>("show"),
        Entry::new::<timeline::TimelineArgs>("timeline"),
        Entry::new::<status_page::StatusPageArgs>("status-page"),
        Entry::new::<postmortem::PostmortemArgs>("postmortem"),
        Entry::new::<roles::RolesArgs>("roles"),
        Entry::new::<actions::ActionsArgs>("actions"),
        Entry::new::<audit::AuditArgs>("audit"),
        Entry::new::<clock::ClockArgs>("clock"),
        Entry::new::<events::EventsArgs>("events"),
        Entry::new::<receipt::ReceiptArgs>("receipt"),
        Entry::new::<watch::WatchArgs>("watch"),
    ],
};

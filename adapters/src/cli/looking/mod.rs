//! What is to be seen: every subcommand here only reads.

mod actions;
mod audit;
mod events;
mod list;
mod postmortem;
mod receipt;
mod roles;
mod show;
mod status_page;
mod timeline;
mod watch;

use super::common::subcommand::{Entry, Group};
use actions::ActionsArgs;
use audit::AuditCommand;
use events::EventsArgs;
use list::ListArgs;
use postmortem::PostmortemArgs;
use receipt::ReceiptArgs;
use roles::RolesArgs;
use show::ShowArgs;
use status_page::StatusPageArgs;
use timeline::TimelineArgs;
use watch::WatchArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Looking",
    entries: &[
        Entry::new::<ListArgs>("list"),
        Entry::new::<ShowArgs>("show"),
        Entry::new::<TimelineArgs>("timeline"),
        Entry::new::<StatusPageArgs>("status-page"),
        Entry::new::<PostmortemArgs>("postmortem"),
        Entry::new::<RolesArgs>("roles"),
        Entry::new::<ActionsArgs>("actions"),
        Entry::family::<AuditCommand>("audit"),
        Entry::new::<EventsArgs>("events"),
        Entry::new::<ReceiptArgs>("receipt"),
        Entry::new::<WatchArgs>("watch"),
    ],
};

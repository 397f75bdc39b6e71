//! Moving whole records, and their views.

mod backup;
mod copy;
mod export;
mod import;
mod restore;
mod views;

use super::common::subcommand::{Entry, Group};
use backup::BackupArgs;
use copy::CopyArgs;
use export::ExportArgs;
use import::ImportCommand;
use restore::RestoreArgs;
use views::ViewsArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Moving records",
    entries: &[
        Entry::family::<ImportCommand>("import"),
        Entry::new::<ExportArgs>("export"),
        Entry::new::<BackupArgs>("backup"),
        Entry::new::<RestoreArgs>("restore"),
        Entry::new::<CopyArgs>("copy"),
        Entry::new::<ViewsArgs>("views"),
    ],
};

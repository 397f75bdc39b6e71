//! Moving whole records, and their views.

mod another_record;
mod backup;
mod copy;
mod export;
mod import;
mod restore;
mod views;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Moving records",
    entries: &[
        Entry::family::<import::ImportCommand>("import"),
        Entry::new::<export::ExportArgs>("export"),
        Entry::new::<backup::BackupArgs>("backup"),
        Entry::new::<restore::RestoreArgs>("restore"),
        Entry::new::<copy::CopyArgs>("copy"),
        Entry::new::<views::ViewsArgs>("views"),
    ],
};

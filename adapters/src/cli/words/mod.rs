//! What is observed, decided and told to audiences.

mod decide;
mod hypothesis;
mod note;
mod regroup;
mod summarise;
mod update;

use super::common::subcommand::{Entry, Group};
use decide::DecideArgs;
use hypothesis::HypothesisCommand;
use note::NoteArgs;
use regroup::RegroupArgs;
use summarise::SummariseArgs;
use update::UpdateArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Words",
    entries: &[
        Entry::on_incident::<NoteArgs>("note"),
        Entry::on_incident::<DecideArgs>("decide"),
        Entry::on_incident::<SummariseArgs>("summarise"),
        Entry::family::<HypothesisCommand>("hypothesis"),
        Entry::on_incident::<UpdateArgs>("update"),
        Entry::on_incident::<RegroupArgs>("regroup"),
    ],
};

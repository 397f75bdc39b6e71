//! What is observed, decided and told to audiences.

mod component;
mod decide;
mod describe;
mod hypothesis;
mod note;
mod regroup;
mod summarise;
mod tell;
mod update;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Words",
    entries: &[
        Entry::on_incident::<note::NoteArgs>("note"),
        Entry::on_incident::<decide::DecideArgs>("decide"),
        Entry::on_incident::<summarise::SummariseArgs>("summarise").also(&["summarize"]),
        Entry::family::<hypothesis::HypothesisCommand>("hypothesis"),
        Entry::on_incident::<update::UpdateArgs>("update"),
        Entry::on_incident::<describe::DescribeArgs>("describe"),
        Entry::family::<component::ComponentCommand>("component"),
        Entry::on_incident::<regroup::RegroupArgs>("regroup"),
        Entry::on_incident::<tell::TellArgs>("tell"),
    ],
};

//! The program's help: nearly sixty commands are found more easily in groups than in one list.

use std::fmt::Write as _;

use clap::{Command, Subcommand};

use super::{admin, evidence, impact, life, looks, people, record, review, runs, words, work};

/// The template of `scribe --help`, with each group's commands under a heading.
pub(super) fn template() -> String {
    let groups = [
        group::<life::Life>("Where things stand"),
        group::<people::People>("People"),
        group::<runs::Runs>("Lines in production"),
        group::<words::Words>("Words"),
        group::<evidence::Evidence>("Evidence"),
        group::<work::Work>("Work"),
        group::<impact::Impact>("Impact"),
        group::<review::Review>("Review"),
        group::<record::Record>("Putting right"),
        group::<looks::Looks>("Looking"),
        group::<admin::Admin>("Moving records"),
        group::<admin::Program>("The program"),
    ];
    let width =
        groups.iter().flat_map(|(_, commands)| commands).map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from("{about}\n\n{usage-heading} {usage}\n");
    for (heading, commands) in &groups {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{heading}:");
        for (name, about) in commands {
            let _ = writeln!(text, "  {name:width$}  {about}");
        }
    }
    text.push_str("\nOptions, for every command:\n{options}{after-help}");
    text
}

type Group = (&'static str, Vec<(String, String)>);

fn group<T: Subcommand>(heading: &'static str) -> Group {
    let commands = T::augment_subcommands(Command::new("scribe"));
    let line = |command: &Command| {
        (command.get_name().to_owned(), command.get_about().map(ToString::to_string).unwrap_or_default())
    };
    (heading, commands.get_subcommands().map(line).collect())
}

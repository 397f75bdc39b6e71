//! A command line as it was typed, before it is read: with `SCRIBE_INCIDENT` set, the incident may be left out.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, Error};

/// Names the incident for a whole shell.
pub const INCIDENT: &str = "SCRIBE_INCIDENT";
/// The argument that names it.
const ARGUMENT: &str = "incident";

/// Reads a command line; one that says no incident is about the one that `standing` names.
pub fn read(command: &Command, words: &[OsString], standing: Option<&str>) -> Result<ArgMatches, Error> {
    let given = command.clone().try_get_matches_from(words);
    let Some((place, standing)) = incident_place(command, words).zip(standing) else { return given };
    // A text such as "All good." is no incident's name either, so that is an error too.
    if !given.as_ref().is_err_and(|error| !is_help(error)) {
        return given;
    }
    let mut with_incident = words.to_vec();
    with_incident.insert(place, standing.into());
    match (command.clone().try_get_matches_from(&with_incident), given) {
        (Ok(read), _) => Ok(read),
        (Err(error), Err(first)) if first.kind() == ErrorKind::MissingRequiredArgument => Err(error),
        (Err(_), given) => given,
    }
}

/// The grammar with plain usage lines: clap's own, after a slip, shows as needed what the environment gives.
pub fn as_explained(mut command: Command, incident_stands: bool) -> Command {
    command.build();
    plainly(command, incident_stands)
}

fn plainly(mut command: Command, incident_stands: bool) -> Command {
    if command.has_subcommands() {
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        for name in names {
            command = command.mut_subcommand(name, |sub| plainly(sub, incident_stands));
        }
        return command;
    }
    let mut usage = command.render_usage().to_string().trim_start_matches("Usage: ").to_owned();
    if incident_stands && names_an_incident(&command) {
        usage = usage.replace("<INCIDENT>", "[INCIDENT]");
    }
    command.override_usage(usage)
}

fn names_an_incident(command: &Command) -> bool {
    command
        .get_positionals()
        .next()
        .is_some_and(|first| first.get_id() == ARGUMENT && first.is_required_set())
}

/// Where the incident stands, or would: behind the subcommand's last word.
fn incident_place(command: &Command, words: &[OsString]) -> Option<usize> {
    let mut command = command;
    let mut place = 1;
    while command.has_subcommands() {
        let word = words.get(place)?.to_str()?;
        place += 1;
        if let Some(option) = word.strip_prefix("--") {
            let takes_the_next = !option.contains('=') && takes_a_value(command, option);
            place += usize::from(takes_the_next);
        } else if !word.starts_with('-') {
            command = command.find_subcommand(word)?;
        }
    }
    names_an_incident(command).then_some(place)
}

fn takes_a_value(command: &Command, option: &str) -> bool {
    command.get_arguments().any(|argument| {
        let names = argument.get_long_and_visible_aliases().unwrap_or_default();
        names.contains(&option) && argument.get_action().takes_values()
    })
}

fn is_help(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}

//! A command line as it was typed, before it is read: with `SCRIBE_INCIDENT` set, the incident may be left out, and
//! `--last` stands for an event.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, Error};

/// Names the incident for a whole shell.
pub const INCIDENT: &str = "SCRIBE_INCIDENT";
/// Options of every command that take a value, which a subcommand does not list itself.
const GLOBAL: [&str; 9] =
    ["data", "store", "server", "config", "as", "on-behalf-of", "zone", "colour", "color"];
/// The argument that names it.
const ARGUMENT: &str = "incident";

/// Reads a command line; one that says no incident is about the one that `standing` names.
pub fn read(command: &Command, words: &[OsString], standing: Option<&str>) -> Result<ArgMatches, Error> {
    let given = command.clone().try_get_matches_from(with_last(command, words));
    let Some((place, standing)) = incident_place(command, words).zip(standing) else { return given };
    // A text such as "All good." is no incident's name, so that is an error too.
    let left_out = match &given {
        Err(error) => !is_help(error),
        Ok(read) => lacks_a_text(read),
    };
    if !left_out {
        return given;
    }
    let mut with_incident = words.to_vec();
    with_incident.insert(place, standing.into());
    match (command.clone().try_get_matches_from(with_last(command, &with_incident)), given) {
        // Where an editor would open, one word is rather the text than an incident.
        (Ok(read), Ok(given)) if lacks_a_text(&read) => Ok(given),
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

/// The flag `--last` in the place where the event would stand: what follows is then the text, and not an event.
fn with_last(command: &Command, words: &[OsString]) -> Vec<OsString> {
    let mut words = words.to_vec();
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let flag = words[..end].iter().position(|word| word == "--last");
    let Some((flag, (leaf, place))) = flag.zip(leaf(command, &words)) else { return words };
    if !leaf.get_positionals().any(|argument| argument.get_id() == "event") {
        return words;
    }
    words.remove(flag);
    let event = if names_an_incident(leaf) {
        positional(leaf, &words, place).map_or(words.len(), |incident| incident + 1)
    } else {
        place
    };
    words.insert(event.min(words.len()), "last".into());
    words
}

/// The next word that is no option, nor an option's value.
fn positional(leaf: &Command, words: &[OsString], from: usize) -> Option<usize> {
    let mut place = from;
    while let Some(word) = words.get(place) {
        match word.to_str().and_then(|word| word.strip_prefix("--")) {
            Some("") => return None,
            Some(option) => place += 1 + usize::from(!option.contains('=') && takes_a_value(leaf, option)),
            None => return Some(place),
        }
    }
    None
}

/// Where the incident stands, or would: behind the subcommand's last word.
fn incident_place(command: &Command, words: &[OsString]) -> Option<usize> {
    leaf(command, words).filter(|(leaf, _)| names_an_incident(leaf)).map(|(_, place)| place)
}

/// The subcommand that is meant, and where what it is given begins.
fn leaf<'a>(command: &'a Command, words: &[OsString]) -> Option<(&'a Command, usize)> {
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
    Some((command, place))
}

fn takes_a_value(command: &Command, option: &str) -> bool {
    command.get_arguments().any(|argument| {
        let names = argument.get_long_and_visible_aliases().unwrap_or_default();
        names.contains(&option) && argument.get_action().takes_values()
    }) || GLOBAL.contains(&option)
}

/// Whether the command has a text that is not there.
fn lacks_a_text(read: &ArgMatches) -> bool {
    let mut leaf = read;
    while let Some((_, below)) = leaf.subcommand() {
        leaf = below;
    }
    matches!(leaf.try_get_raw("text"), Ok(None))
}

fn is_help(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}

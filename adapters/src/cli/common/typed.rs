//! A command line as it was typed, before it is read: a command may be begun only, the incident may be left out, and
//! `--last` stands for an event.

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, Error};

use super::incident::{IMPLIED, IncidentRef};

/// Names the incident for a whole shell.
pub const INCIDENT: &str = "SCRIBE_INCIDENT";
/// Options of every command that take a value, which a subcommand does not list itself.
const GLOBAL: [&str; 9] =
    ["data", "store", "server", "config", "as", "on-behalf-of", "zone", "colour", "color"];
/// The argument that names it.
const ARGUMENT: &str = "incident";
/// Commands that cannot be undone are typed whole: nobody should come upon one by a slip.
const WHOLE: [&str; 6] = ["cancel", "drop", "merge", "redact", "restore", "rotate-key"];
/// Commands whose incident is named, if only by `@`: its one word could as well be what else they are given.
const NAMED: [&str; 2] = ["cancel", "merge"];

/// Reads a command line; one that says no incident is about the one that `standing` names, or else about the one that
/// is open.
pub fn read(command: &Command, words: &[OsString], standing: Option<&str>) -> Result<ArgMatches, Error> {
    let words = &with_whole_names(command, words);
    let given = command.clone().try_get_matches_from(with_last(command, words));
    let Some((leaf, place)) = leaf(command, words).filter(|(leaf, _)| names_an_incident(leaf)) else {
        return given;
    };
    let may_be_implied = !NAMED.contains(&leaf.get_name());
    let may_be_implied = may_be_implied && !could_be_either(leaf, words, place);
    let Some(standing) = standing.or(may_be_implied.then_some(IMPLIED)) else { return given };
    // A text such as "All good." is no incident's name, so that is an error too.
    let left_out = match &given {
        Err(error) => !is_help(error),
        // Whoever named none for a whole shell may well name one here, and write in an editor.
        Ok(read) => standing != IMPLIED && lacks_a_text(read),
    };
    if !left_out {
        return given;
    }
    let mut with_incident = words.clone();
    with_incident.insert(place, standing.into());
    match (command.clone().try_get_matches_from(with_last(command, &with_incident)), given) {
        // Where an editor would open, one word is rather the text than an incident.
        (Ok(read), Ok(given)) if lacks_a_text(&read) => Ok(given),
        (Ok(read), _) => Ok(read),
        (Err(error), Err(first)) if first.kind() == ErrorKind::MissingRequiredArgument => Err(error),
        // The text was taken for an incident, and what is really missing is something else.
        (Err(error), Err(first))
            if error.kind() == ErrorKind::MissingRequiredArgument && is_no_incident(&first) =>
        {
            Err(error)
        }
        (Err(_), given) => given,
    }
}

/// Whether a word that stands where the incident would is none.
fn is_no_incident(error: &Error) -> bool {
    let about = |argument: &ContextValue| matches!(argument, ContextValue::String(of) if of == "<INCIDENT>");
    error.get(ContextKind::InvalidArg).is_some_and(about)
}

/// The grammar with plain usage lines: clap's own, after a slip, shows as needed what may be left out.
pub fn as_explained(mut command: Command, incident_stands: bool) -> Command {
    command.build();
    plainly(command, incident_stands)
}

/// The commands that begin so, of those on this level.
pub fn beginning<'a>(command: &'a Command, typed: &str) -> Vec<&'a str> {
    let begins =
        |sub: &&Command| sub.get_name_and_visible_aliases().iter().any(|name| name.starts_with(typed));
    command.get_subcommands().filter(begins).map(Command::get_name).collect()
}

/// Each command that was begun only, if it is the one that begins so.
fn with_whole_names(command: &Command, words: &[OsString]) -> Vec<OsString> {
    let mut words = words.to_vec();
    let (mut command, mut place) = (command, 1);
    while command.has_subcommands()
        && let Some((at, typed)) = next_name(command, &words, place)
    {
        if command.find_subcommand(&typed).is_none()
            && let [only] = beginning(command, &typed).as_slice()
            && !WHOLE.contains(only)
        {
            words[at] = (*only).into();
        }
        let Some(below) = words[at].to_str().and_then(|name| command.find_subcommand(name)) else { break };
        (command, place) = (below, at + 1);
    }
    words
}

/// Where the next command is named, and how.
fn next_name(command: &Command, words: &[OsString], from: usize) -> Option<(usize, String)> {
    let at = positional(command, words, from)?;
    words[at].to_str().filter(|word| !word.is_empty()).map(|word| (at, word.to_owned()))
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
    let may_be_left_out = incident_stands || !NAMED.contains(&command.get_name());
    if may_be_left_out && names_an_incident(&command) {
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

/// Whether the one word that is given could be an incident as well as a text: then it is for whoever typed it to say.
fn could_be_either(leaf: &Command, words: &[OsString], place: usize) -> bool {
    let is_text = |argument: &Arg| argument.get_value_parser().type_id() == TypeId::of::<String>();
    let Some(first) = positional(leaf, words, place) else { return false };
    positional(leaf, words, first + 1).is_none()
        && leaf.get_positionals().nth(1).is_some_and(is_text)
        && words[first].to_str().is_some_and(|word| word.parse::<IncidentRef>().is_ok())
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
        let Some(option) = word.to_str().filter(|word| word.len() > 1 && word.starts_with('-')) else {
            return Some(place);
        };
        let takes_the_next = match option.strip_prefix("--") {
            Some("") => return None,
            Some(long) => !long.contains('=') && takes_a_value(leaf, long),
            None => takes_a_value_in_short(leaf, option),
        };
        place += 1 + usize::from(takes_the_next);
    }
    None
}

/// The subcommand that is meant, and where what it is given begins: where its incident stands, or would.
fn leaf<'a>(command: &'a Command, words: &[OsString]) -> Option<(&'a Command, usize)> {
    let (mut command, mut place) = (command, 1);
    while command.has_subcommands() {
        let (at, name) = next_name(command, words, place)?;
        command = command.find_subcommand(name)?;
        place = at + 1;
    }
    Some((command, place))
}

/// Whether the next word is what `-x` is given; in `-x1` it stands there already.
fn takes_a_value_in_short(command: &Command, option: &str) -> bool {
    let mut letters = option.chars().skip(1);
    let letter = letters.next();
    letters.next().is_none()
        && command
            .get_arguments()
            .any(|argument| argument.get_short() == letter && argument.get_action().takes_values())
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

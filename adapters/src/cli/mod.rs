//! The command line: a client of the API.
//!
//! A subcommand is one file in the room of its group, named as it is typed: its arguments with their help, and
//! what it does with them. To add one, write that file and give it a line in its room's `GROUP`. Arguments
//! mirror the commands of the API, and what a word means is decided there; here only the words themselves are
//! read, so that a slip is reported before anything is sent.
//!
//! A room knows only of `common`, which knows of no room; this file joins them.

#![expect(
    clippy::doc_markdown,
    reason = "comments of arguments are the help on the terminal, where backticks would show"
)]

/// What every subcommand stands on.
pub mod common;
/// How an incident begins, gets worse or better, and ends.
mod life;
/// Who takes part, and in which role.
mod people;
/// Shell lines and queries in production.
mod runs;
/// What is observed, decided and told to audiences.
mod words;
/// What shows what happened.
mod evidence;
/// Who does what, and what must wait.
mod work;
/// Who was hit, when, and why.
mod impact;
/// The retrospective.
mod review;
/// Putting right what was recorded wrongly.
mod corrections;
mod doors;
/// What is to be seen.
mod looking;
/// Moving whole records, and their views.
mod records;
/// What the program does by itself.
mod program;

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches, Parser, Subcommand};

use common::exit;
use common::failure::Failure;
use common::options::GlobalOptions;
use common::session::{CommandLine, Effect, Grammar, Session};
use common::subcommand::{Entry, Group};
use common::typed;

/// Every subcommand, in the groups and the order of the help.
const GROUPS: [Group; 13] = [
    life::GROUP,
    people::GROUP,
    runs::GROUP,
    words::GROUP,
    evidence::GROUP,
    work::GROUP,
    impact::GROUP,
    review::GROUP,
    corrections::GROUP,
    doors::GROUP,
    looking::GROUP,
    records::GROUP,
    program::GROUP,
];

/// For the subcommands that describe the command line or read one themselves.
const GRAMMAR: Grammar = Grammar {
    command: || typed::as_explained(Cli::command(), false),
    read: |words| {
        Cli::try_parse_from(words)
            .map(|cli| CommandLine { options: cli.options, effect: effect(cli.command) })
    },
};

/// Records incidents: every action is kept as an event, every view is derived from them.
#[derive(Parser)]
#[command(
    name = "scribe",
    version,
    help_template = help_template(),
    after_help = guide(),
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Options that every subcommand takes.
    #[command(flatten)]
    pub options: GlobalOptions,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A subcommand whose arguments are read.
pub struct Command(Box<dyn Effect>);

/// Reads a command line, the program's name first.
pub fn read(words: &[OsString]) -> Result<Cli, clap::Error> {
    let standing = std::env::var(typed::INCIDENT).ok().filter(|incident| !incident.trim().is_empty());
    let standing = standing.as_deref();
    let matches = typed::read(&Cli::command(), words, standing).or_else(|_| {
        // What is explained is explained with all that may be left out.
        typed::read(&typed::as_explained(Cli::command(), standing.is_some()), words, standing)
    })?;
    Cli::from_arg_matches(&matches)
}

/// The commands that begin like a word that is none.
pub fn commands_beginning(typed: &str) -> Vec<String> {
    let command = Cli::command();
    typed::beginning(&command, typed).into_iter().map(str::to_owned).collect()
}

/// The command that was most likely meant by a word that is none.
pub fn nearest_command(typed: &str) -> Option<String> {
    common::meant::nearest(typed, entries().map(|entry| entry.name))
}

/// Does what a command line says; the exit code.
pub async fn carry_out(cli: Cli) -> Result<u8, Failure> {
    let session = Session::new(cli.options, GRAMMAR);
    // Whoever types the name alone wants to know what goes on, or, where nothing ever did, what this is.
    if cli.command.is_none() && session.must_have_a_record().is_err() {
        let help = Cli::command().render_help().to_string();
        common::terminal::put(help.as_bytes())?;
        return Ok(exit::DONE);
    }
    let effect = effect(cli.command);
    if effect.minds_the_outbox() {
        return effect.carry_out(&session).await;
    }
    session.send_what_waits().await?;
    let tells_of_the_clock = effect.tells_of_the_clock();
    let code = effect.carry_out(&session).await?;
    if !tells_of_the_clock {
        session.tell_of_the_clock().await;
    }
    if code != exit::WAITING {
        // The server may have come back in between.
        session.send_what_waits().await?;
    }
    Ok(code)
}

fn effect(command: Option<Command>) -> Box<dyn Effect> {
    command.map_or_else(
        || Box::<looking::status::StatusArgs>::default() as Box<dyn Effect>,
        |Command(effect)| effect,
    )
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|group| group.entries)
}

impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        entries().fold(command, |command, entry| command.subcommand(entry.command()))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        entries().any(|entry| entry.name == name)
    }
}

impl FromArgMatches for Command {
    fn from_arg_matches(given: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut given.clone())
    }

    fn from_arg_matches_mut(given: &mut ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::raw(ErrorKind::MissingSubcommand, "a subcommand is needed\n");
        let (name, mut arguments) = given.remove_subcommand().ok_or_else(missing)?;
        let entry = entries().find(|entry| entry.name == name).ok_or_else(missing)?;
        entry.effect(&mut arguments).map(Self)
    }

    fn update_from_arg_matches(&mut self, given: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(given)?;
        Ok(())
    }
}

/// The template of `scribe --help`: nearly sixty subcommands are found more easily in groups than in one list.
fn help_template() -> String {
    let width = entries().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text = String::from("{about}\n\n{usage-heading} {usage}\n");
    for group in &GROUPS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}:", group.heading);
        for entry in group.entries {
            let about = entry.command().get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {:width$}  {about}", entry.name);
        }
    }
    text.push_str("\nOptions, for every command:\n{options}{after-help}");
    text
}

/// What stands below the options in `scribe --help`.
fn guide() -> String {
    format!(
        "\
Texts: `-` in place of a text reads it from stdin.
Times: \"2023-01-04 13:05 America/New_York\", RFC 3339, \"about …\" of either, unknown.
       \"10 min ago\", \"yesterday 23:00\", \"2:50 pm\", a day alone, \"20:00 to 21:00\"; with --zone, without a zone.
Incidents: an id, any part of one, or @ for the open one, which need not be named; SCRIBE_INCIDENT names it for a
       whole shell.
Commands and words of fixed meaning may be begun only: `scribe mit` is `scribe mitigate` as long as no other begins so.

Exit codes:
{}  `scribe run` passes on the exit status of what it ran (128 + N if signal N ended it).

Data goes to stdout, everything else to stderr.",
        exit::help()
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_says_what_it_is_for() {
        for entry in entries() {
            let about = entry.command().get_about().map(ToString::to_string);
            assert!(about.is_some_and(|about| !about.is_empty()), "{}", entry.name);
        }
    }

    /// Every command that does something, by the words that name it.
    fn leaves(command: &clap::Command, before: &[String], into: &mut Vec<Vec<String>>) {
        for sub in command.get_subcommands() {
            let name = [before, &[sub.get_name().to_owned()]].concat();
            if !sub.is_subcommand_required_set() {
                into.push(name.clone());
            }
            leaves(sub, &name, into);
        }
    }

    #[test]
    fn every_command_has_an_example_that_is_one_of_it() {
        let mut names = Vec::new();
        leaves(&Cli::command(), &[], &mut names);
        assert!(names.len() > 70, "{names:?}");
        for name in names {
            let example = common::examples::of(&name.join(" "));
            let example = example.unwrap_or_else(|| panic!("{name:?} has no example"));
            let words: Vec<OsString> =
                shlex::split(example).unwrap().into_iter().map(OsString::from).collect();
            assert!(
                words.len() > name.len()
                    && words[1..=name.len()].iter().zip(&name).all(|(a, b)| a == b.as_str())
            );
            if let Err(error) = typed::read(&Cli::command(), &words, None) {
                panic!("{example}: {error}");
            }
        }
    }

    #[test]
    fn what_was_meant_is_found() {
        for (typed, meant) in [
            ("serverity", "severity"),
            ("lst", "list"),
            ("resolved", "resolve"),
            ("mitigated", "mitigate"),
            ("tmeline", "timeline"),
            ("comment", "note"),
            ("handoff", "role handoff"),
            ("ps", "status"),
            ("statuspage", "status-page"),
            ("acknowlege", "acknowledge"),
        ] {
            assert_eq!(nearest_command(typed).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(nearest_command("xyzzy"), None);
    }

    #[test]
    fn the_incident_may_be_left_out_where_one_stands() {
        let read = |line: &str, standing| {
            let words: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
            let read = typed::read(&Cli::command(), &words, standing);
            read.map(|read| {
                let mut leaf = &read;
                while let Some((_, below)) = leaf.subcommand() {
                    leaf = below;
                }
                leaf.get_raw("incident").unwrap().next().unwrap().to_string_lossy().into_owned()
            })
        };
        for (line, incident) in [
            ("scribe note 'It is slow.'", "@"),
            ("scribe note checkout 'It is slow.'", "checkout"),
            ("scribe --as 'Ada Okafor' note hello", "@"),
            ("scribe --zone=UTC acknowledge 1", "@"),
            ("scribe role assign ic Sam", "@"),
            ("scribe role assign checkout ic Sam", "checkout"),
            ("scribe resolve 'All good.'", "@"),
            ("scribe severity 2", "@"),
            ("scribe run -- ls", "@"),
            ("scribe show", "@"),
            ("scribe retract --last 'A slip.'", "@"),
            ("scribe retract checkout --last 'A slip.'", "checkout"),
            ("scribe correct --why 'A slip.' checkout --set text=x --last", "checkout"),
        ] {
            assert_eq!(read(line, Some("@")).unwrap(), incident, "{line}");
        }
        // Where none stands, it is the open one; but not where it cannot be undone.
        for line in [
            "scribe note 'It is slow.'",
            "scribe ack 1",
            "scribe resolve 'All good.'",
            "scribe show",
            "scribe close",
        ] {
            assert_eq!(read(line, None).unwrap(), common::incident::IMPLIED, "{line}");
        }
        assert!(read("scribe cancel 'A false alarm.'", None).is_err());
        assert!(read("scribe merge checkout", None).is_err());
        assert!(
            read("scribe note checkout -t 14:05", None).is_err(),
            "an incident, or all that is said of it"
        );
        assert!(read("scribe note --bogus x", Some("@")).is_err());
        // What is said to be missing is what is missing, and not the incident.
        for line in ["scribe update 'We are on it.'", "scribe describe 'Some fail.' --title 'Failing'"] {
            assert!(read(line, None).unwrap_err().to_string().contains("--audience <AUDIENCE>"), "{line}");
        }
        let error = read("scribe note bad_id 'It is slow.'", None).unwrap_err().to_string();
        assert!(error.contains("\"bad_id\" is not an incident id"), "{error}");
    }

    #[test]
    fn a_command_may_be_begun_only_where_no_other_begins_so() {
        let read = |line: &str| {
            let words: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
            typed::read(&Cli::command(), &words, None).map(|read| {
                let (name, below) = read.subcommand().unwrap();
                [name, below.subcommand_name().unwrap_or_default()].join(" ").trim_end().to_owned()
            })
        };
        for (line, name) in [
            ("scribe mit", "mitigate"),
            ("scribe --as 'Ada Okafor' no 'It is slow.' -t 14:05", "note"),
            ("scribe sev 1", "severity"),
            ("scribe role as ic", "role assign"),
            ("scribe fo ag 'Watch it.' -o Ada -d 2026-12-01", "follow-up agree"),
            ("scribe upd -a int -s id -c 'API=deg' 'We know why.'", "update"),
        ] {
            assert_eq!(read(line).unwrap(), name, "{line}");
        }
        // What cannot be undone is typed whole.
        for line in ["scribe canc @ x", "scribe redac @ x", "scribe me a b", "scribe res", "scribe up"] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(commands_beginning("res"), ["resolve", "restore"]);
    }

    #[test]
    fn every_subcommand_is_found_by_its_name() {
        let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
        let names: Vec<String> = fs::read_dir(rooms)
            .unwrap()
            .filter_map(|room| fs::read_dir(room.unwrap().path()).ok())
            .flatten()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().replace('_', "-"))
            .collect();
        for entry in entries() {
            assert!(names.iter().any(|name| name == entry.name), "no file is named {}", entry.name);
        }
    }

    #[test]
    fn the_demonstration_is_a_row_of_command_lines() {
        program::demo::scripts_must_be_readable(GRAMMAR);
    }
}

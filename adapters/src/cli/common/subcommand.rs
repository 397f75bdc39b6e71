//! Subcommands as entries of a table: adding one is a file, and a line in its group.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches as _, Subcommand};

use super::command::{IncidentCommand, OnIncident};
use super::examples::with_examples;
use super::session::Effect;

/// A group of subcommands, as `scribe --help` shows them.
pub struct Group {
    /// The line above them.
    pub heading: &'static str,
    /// The subcommands, in reading order.
    pub entries: &'static [Entry],
}

/// A subcommand: its name, its arguments with their help, and how it becomes an effect.
pub struct Entry {
    /// As it is typed.
    pub name: &'static str,
    /// What else it is called.
    aliases: &'static [&'static str],
    define: fn(Command) -> Command,
    read: fn(&mut ArgMatches) -> Result<Box<dyn Effect>, Error>,
}

impl Entry {
    /// A subcommand whose arguments say what it does. The first line of its help is their doc comment.
    pub const fn new<T: Args + Effect + 'static>(name: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            define: T::augment_args,
            read: |given| Ok(Box::new(T::from_arg_matches_mut(given)?)),
        }
    }

    /// A subcommand that records one command about an incident.
    pub const fn on_incident<T: IncidentCommand + 'static>(name: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            define: |command| {
                let about = T::augment_args(Command::new("")).get_about().cloned();
                let command = OnIncident::<T>::augment_args(command);
                about.into_iter().fold(command, Command::about)
            },
            read: |given| Ok(Box::new(OnIncident::<T>::from_arg_matches_mut(given)?)),
        }
    }

    /// A subcommand that has subcommands itself.
    pub const fn family<T: Subcommand + Effect + 'static>(name: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            define: |command| {
                let command = command.subcommand_required(true).arg_required_else_help(true);
                T::augment_subcommands(command)
            },
            read: |given| Ok(Box::new(T::from_arg_matches_mut(given)?)),
        }
    }

    /// The same, by other names too.
    #[must_use]
    pub const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The subcommand as clap knows it.
    pub fn command(&self) -> Command {
        let command = (self.define)(Command::new(self.name));
        with_examples(command, self.name).visible_aliases(self.aliases.iter().copied())
    }

    /// Reads its arguments.
    pub fn effect(&self, given: &mut ArgMatches) -> Result<Box<dyn Effect>, Error> {
        (self.read)(given)
    }
}

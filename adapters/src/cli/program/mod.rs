//! What the program does by itself, without being a client.

mod completions;
pub(super) mod demo;
mod log;
mod serve;

use super::common::subcommand::{Entry, Group};
use completions::CompletionsArgs;
use demo::DemoArgs;
use serve::ServeArgs;

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "The program",
    entries: &[
        Entry::new::<ServeArgs>("serve"),
        Entry::new::<DemoArgs>("demo"),
        Entry::new::<CompletionsArgs>("completions"),
    ],
};

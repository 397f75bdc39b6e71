//! `scribe help`: the guide's topics, and every command's own help.

use std::fmt::Write as _;

use clap::{Args, Command};

use super::failure::{Failure, Kind};
use super::terminal::put;
use crate::guide::{TOPICS, topic};

/// What to explain.
#[derive(Debug, Clone, Args)]
pub struct HelpArgs {
    /// A topic of the guide, or a command; without it, all of them are listed
    #[arg(value_name = "TOPIC")]
    pub words: Vec<String>,
}

/// `scribe help`: shows a page of the guide, a command's help, or what there is.
pub(super) fn help(args: &HelpArgs, mut program: Command) -> Result<u8, Failure> {
    program.build();
    let named = match args.words.as_slice() {
        [name] => topic(name),
        _ => None,
    };
    let text = match (named, args.words.as_slice()) {
        (Some(topic), _) => topic.page(),
        (None, []) => format!("{}\n\n{}", program.render_help(), topics()),
        (None, words) => command(&mut program, words)?,
    };
    put(text.as_bytes())?;
    Ok(0)
}

fn topics() -> String {
    let mut text = String::from("Topics of the guide, for `scribe help TOPIC`:\n");
    for topic in TOPICS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:9}  {}", topic.name, topic.title());
    }
    text
}

fn command(program: &mut Command, words: &[String]) -> Result<String, Failure> {
    let found = words.iter().try_fold(program, |command, word| command.find_subcommand_mut(word));
    let command = found.ok_or_else(|| {
        let names: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        Failure::new(
            Kind::BadInput,
            format!("there is no topic and no command {:?}", words.join(" ")),
            format!("topics are {}; `scribe help` lists the commands too", names.join(", ")),
        )
    })?;
    Ok(command.render_long_help().to_string())
}

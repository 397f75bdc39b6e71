//! `scribe help`: the guide's topics, and every command's own help.

use std::fmt::Write as _;

use async_trait::async_trait;
use clap::{Args, Command};

use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;
use crate::guide::{TOPICS, topic};

/// Explain a topic or a command; list them all.
#[derive(Debug, Clone, Args)]
pub(super) struct HelpArgs {
    /// A topic of the guide, or a command; without it, all of them are listed
    #[arg(value_name = "TOPIC")]
    words: Vec<String>,
}

#[async_trait(?Send)]
impl Effect for HelpArgs {
    /// Shows a page of the guide, a command's help, or what there is.
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let mut program = (session.grammar.command)();
        program.build();
        let named = match self.words.as_slice() {
            [name] => topic(name),
            _ => None,
        };
        let text = match (named, self.words.as_slice()) {
            (Some(topic), _) => topic.page(),
            (None, []) => format!("{}\n\n{}", program.render_help(), topics()),
            (None, words) => command(&mut program, words)?,
        };
        put(text.as_bytes())?;
        Ok(exit::DONE)
    }
}

fn topics() -> String {
    let mut text = String::from("Topics of the guide, for `scribe help TOPIC`:\n");
    for topic in TOPICS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:11}  {}", topic.name, topic.title());
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

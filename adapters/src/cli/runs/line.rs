//! The line that a run is about.

use clap::Args;
use scribe_domain::text::ShellLine;

use crate::cli::common::failure::Failure;
use crate::cli::common::quote;

/// A line, given in one of two ways.
#[derive(Debug, Clone, Args)]
pub(super) struct Line {
    /// The line itself, for `sh -c`: pipes, variables and redirections work
    #[arg(long = "shell", value_name = "LINE", conflicts_with = "words", required_unless_present = "words",
        value_parser = line_ends)]
    pub(super) shell: Option<String>,
    /// The program and its arguments; recorded as a line that a shell would read as exactly these words
    #[arg(last = true, value_name = "CMD", required_unless_present = "shell", value_parser = line_ends)]
    pub(super) words: Vec<String>,
}

/// What runs is what is kept, where line ends are `\n`.
#[expect(clippy::unnecessary_wraps, reason = "clap takes parsers that may fail")]
fn line_ends(given: &str) -> Result<String, std::convert::Infallible> {
    Ok(given.replace("\r\n", "\n"))
}

impl Line {
    /// The line as it is proposed, approved and kept.
    pub(super) fn line(&self) -> Result<ShellLine, Failure> {
        let line = self.shell.clone().unwrap_or_else(|| quote::join(&self.words));
        ShellLine::new(line).map_err(|error| Failure::bad_text("the line", &error))
    }

    /// The line of a run that scribe does not make: one word is the line as it was typed there.
    pub(super) fn as_typed_elsewhere(&self) -> Result<ShellLine, Failure> {
        match (&self.shell, self.words.as_slice()) {
            (None, [line]) => {
                ShellLine::new(line.as_str()).map_err(|error| Failure::bad_text("the line", &error))
            }
            _ => self.line(),
        }
    }
}

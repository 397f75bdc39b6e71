//! What the reader's side looks like, and writing to it.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use scribe_domain::text::Text;

use super::failure::Failure;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Columns when nothing tells how many there are: what most people's terminals have at least.
const USUAL_WIDTH: usize = 80;

impl Colour {
    /// Whether to colour what goes to stdout.
    pub fn on_stdout(self) -> bool {
        self.wanted(io::stdout().is_terminal())
    }

    /// Whether to colour what goes to stderr.
    pub fn on_stderr(self) -> bool {
        self.wanted(io::stderr().is_terminal())
    }

    fn wanted(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            // https://no-color.org: set and not empty means no.
            Self::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// Columns to write in.
pub fn width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    given
        .or_else(|| if io::stdout().is_terminal() { seen() } else { None })
        .filter(|columns| (20..=1_000).contains(columns))
        .unwrap_or(USUAL_WIDTH)
}

/// Writes data to stdout, at once.
pub fn put(data: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(data)?;
    stdout.flush()?;
    Ok(())
}

/// Writes one line of data to stdout.
pub fn put_line(line: &str) -> Result<(), Failure> {
    put(format!("{line}\n").as_bytes())
}

/// Says something to the person at the terminal, on stderr. If nobody can hear it, nothing is lost.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// So many of something: "1 event", "2 events".
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Reports a failure: what is wrong, and what to do.
pub fn report(failure: &Failure, colour: bool) {
    let mark = |hue: AnsiColor, word: &str| {
        let style = if colour { Style::new().bold().fg_color(Some(hue.into())) } else { Style::new() };
        format!("{style}{word}{style:#}")
    };
    say(&format!("{} {}", mark(AnsiColor::Red, "error:"), printable(&failure.message)));
    if let Some(hint) = &failure.hint {
        say(&format!("{} {}", mark(AnsiColor::Cyan, "hint:"), printable(hint)));
    }
}

/// The text with whatever could forge a terminal's output made visible.
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}')
    };
    // What the record takes is taken here too: Hebrew and Arabic need some of these.
    if !text.contains(hidden) || Text::new(text).is_ok() {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            shown.push_str(&code_point(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A character by its number, as Unicode writes it.
pub fn code_point(c: char) -> String {
    format!("<U+{:04X}>", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_output_is_shown() {
        assert_eq!(printable("a\u{1b}[31mb\n\u{202e}c"), "a<U+001B>[31mb\n<U+202E>c");
        assert_eq!(printable("plain ü \u{200f}ש"), "plain ü \u{200f}ש");
    }
}

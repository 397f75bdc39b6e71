//! Every exit code of the program, with its name and what it means to a script.

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode {
    /// What a shell sees in `$?`.
    pub code: u8,
    /// A word for it.
    pub name: &'static str,
    /// What it says, and what may be done next; broken into lines for the help.
    pub meaning: &'static str,
}

/// Done.
pub const DONE: u8 = 0;
/// A check came to "no", or something failed that has no code of its own.
pub const FAILED: u8 = 1;
/// The command line cannot be read. The number is clap's, and most programs'.
pub const USAGE: u8 = 2;
/// scribe understood and said no.
pub const REFUSED: u8 = 3;
/// A deploy hold is taken, so a pipeline must not go on.
pub const HOLD_TAKEN: u8 = REFUSED;
/// Something given cannot be used.
pub const BAD_INPUT: u8 = 4;
/// The store or the server is out of reach.
pub const UNAVAILABLE: u8 = 5;
/// The store says no until somebody changes something.
pub const BARRED: u8 = 6;
/// Nothing is wrong, and who vouches for it is not known.
pub const UNPROVEN: u8 = 7;
/// The server is out of reach, and what was told waits here to be sent.
pub const WAITING: u8 = 8;
/// A clock is wrong, so that nothing is recorded.
pub const CLOCK: u8 = 9;

/// Every exit code. `scribe run` passes on those of the line it ran as well.
pub const EXIT_CODES: &[ExitCode] = &[
    ExitCode { code: DONE, name: "done", meaning: "done; `hold check`: no hold is taken" },
    ExitCode {
        code: FAILED,
        name: "failed",
        meaning: "anything not listed below; `audit replay`: a view differs;\n\
                  `audit verify`, `audit consistency`: not proven",
    },
    ExitCode { code: USAGE, name: "usage", meaning: "the command line cannot be read" },
    ExitCode {
        code: REFUSED,
        name: "refused",
        meaning: "scribe understood and said no, and nothing was recorded;\n\
                  `hold check`: a hold is taken",
    },
    ExitCode {
        code: BAD_INPUT,
        name: "bad input",
        meaning: "a text, time, file or address that cannot be used; nothing was\nrecorded",
    },
    ExitCode {
        code: UNAVAILABLE,
        name: "unavailable",
        meaning: "the store or the server is unavailable; sending it again is\nsafe",
    },
    ExitCode {
        code: BARRED,
        name: "barred",
        meaning: "the store says no until somebody changes something: a login, a\n\
                  right, a certificate, an address; nothing was recorded, and\n\
                  sending it again alone will not help",
    },
    ExitCode {
        code: UNPROVEN,
        name: "unproven",
        meaning: "`audit verify`: nothing in the record is wrong, but a\n\
                  checkpoint is signed by a key that is not known here",
    },
    ExitCode {
        code: WAITING,
        name: "waiting",
        meaning: "the server is out of reach: what was told is kept in the\n\
                  outbox and NOT recorded yet; `scribe outbox send` sends it",
    },
    ExitCode {
        code: CLOCK,
        name: "clock wrong",
        meaning: "the clock of the machine that would record it differs from its\n\
                  cluster's: nothing was recorded; sending it again once the\n\
                  clock is right is safe. `clock`: something speaks against it",
    },
];

/// The table as `scribe --help` prints it.
pub fn help() -> String {
    let width = EXIT_CODES.iter().map(|exit| exit.name.len()).max().unwrap_or(0);
    let indent = format!("\n{}", " ".repeat(width + 7));
    let line = |exit: &ExitCode| {
        format!("  {}  {:width$}  {}\n", exit.code, exit.name, exit.meaning.replace('\n', &indent))
    };
    EXIT_CODES.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_fits_the_help() {
        for (place, exit) in EXIT_CODES.iter().enumerate() {
            assert_eq!(usize::from(exit.code), place, "{} is out of order", exit.name);
        }
        // clap wraps what is longer than a terminal, and goes on at the margin.
        for line in help().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

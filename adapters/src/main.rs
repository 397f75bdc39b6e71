//! The binary: reads the command line, does what it says, and decides the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use scribe::cli::args::Cli;
use scribe::cli::carry_out;
use scribe::cli::common::store::without_logins;
use scribe::cli::common::terminal::{printable, say, tell};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    let colour = cli.global.colour;
    let done = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| {
        let done = runtime.block_on(carry_out(cli));
        // What still waits for stdin or a socket must not keep the program.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if failure.kind.exit_code() != 0 {
                tell(&failure, colour.on_stderr());
            }
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Help and version as clap has them; a command line that cannot be read is told like any other error,
/// and without letting what was typed paint on the terminal.
fn explain(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // Whoever closed the pipe has read enough.
        let _ = error.print();
        return ExitCode::from(u8::from(error.use_stderr()) * 2);
    }
    let text = without_logins(&error.render().to_string());
    let text = printable(text.trim_end()).replace("\nFor more information, try", "hint: for more, try");
    say(&text.replace("\n  tip: ", "\nhint: "));
    ExitCode::from(2)
}

//! The binary: reads the command line, does what it says, and decides the exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use scribe::cli::common::exit;
use scribe::cli::common::store::without_logins;
use scribe::cli::common::terminal::{printable, report, say};
use scribe::cli::{carry_out, commands_beginning, nearest_command, read};

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = match read(&words) {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    let colour = cli.options.colour;
    let done = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| {
        let done = runtime.block_on(carry_out(cli));
        // What still waits for stdin or a socket must not keep the program.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if failure.kind.exit_code() != exit::DONE {
                report(&failure, colour.on_stderr());
            }
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Help and version as clap has them; a command line that cannot be read is reported like any other error,
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
        return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
    }
    let text = without_logins(&error.render().to_string());
    let text = printable(text.trim_end()).replace("\nFor more information, try", "hint: for more, try");
    let mut text = text.replace("\n  tip: ", "\nhint: ");
    if let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand)
        && text.contains("Usage: scribe [OPTIONS]")
    {
        let meant = match commands_beginning(typed).as_slice() {
            [] => nearest_command(typed).map(|meant| format!("hint: did you mean `scribe {meant}`?\n")),
            // Not read as it, because it cannot be undone.
            [only] => Some(format!("hint: this one is typed whole: `scribe {only}`\n")),
            several => Some(format!("hint: several begin so: {}\n", several.join(", "))),
        };
        text = without_lines(&text, &["hint: some similar", "hint: a similar"]);
        text = text.replacen("\n\nUsage:", &format!("\n\n{}Usage:", meant.unwrap_or_default()), 1);
    }
    if text.contains("hint: a similar argument exists") {
        // Nobody who slipped wants the slip taken for a value.
        text = without_lines(&text, &["hint: to pass "]);
    }
    say(&text);
    if error.kind() == ErrorKind::MissingRequiredArgument && text.contains("<INCIDENT>") {
        say("hint: the incident stands first: its id, a part of it, or @ for the open one");
    }
    ExitCode::from(exit::USAGE)
}

fn without_lines(text: &str, beginnings: &[&str]) -> String {
    let kept =
        text.split_inclusive('\n').filter(|line| !beginnings.iter().any(|begin| line.starts_with(begin)));
    kept.collect::<String>().replace("\n\n\n", "\n\n")
}

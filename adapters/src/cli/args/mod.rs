//! The command line, one file per group of commands.
//!
//! Arguments mirror the commands of the API; what a word means is decided there. Read here are only the
//! words themselves, so that a slip is told before anything is sent.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help on the terminal, where backticks would show"
)]

/// Serving, moving records, and everything around.
pub mod admin;
/// The program's help, in groups.
mod help;
/// Links, alerts, changes, attachments.
pub mod evidence;
/// Who was hit, when, and why.
pub mod impact;
/// Where things stand: declare, upgrade, resolve …
pub mod life;
/// Checking the record without believing whoever keeps it.
pub mod ledger;
/// Looking.
pub mod looks;
/// Roles, pages, who came and went.
pub mod people;
/// Corrections.
pub mod record;
/// The retrospective.
pub mod review;
/// Shell lines and queries in production.
pub mod runs;
/// Notes, decisions, hypotheses, and what audiences are told.
pub mod words;
/// Actions, follow-ups, deploy holds.
pub mod work;

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use scribe_domain::actor::{Person, Who};

use crate::cli::common::store::TypedAddress;
use crate::cli::common::terminal::Colour;

const GUIDE: &str = "\
Texts: `-` in place of a text reads it from stdin.
Times: \"2023-01-04 13:05 America/New_York\", RFC 3339, \"about …\" of either, unknown.
       With --zone, a time may leave out its zone, and a time of day alone is today's.

Exit codes:
  0  done
  1  anything not below; `audit replay`: a view differs; `audit verify`, `audit consistency`: not so
  2  the command line cannot be read
  3  refused: scribe understood and said no, and nothing was recorded; `hold check`: taken
  4  bad input: a text, time, file or address that cannot be used; nothing was recorded
  5  the store or the server is unavailable; sending it again is safe
  6  the store says no until somebody changes something: a login, a right, a certificate, an address;
     nothing was recorded, and sending it again alone will not help
  `scribe run` passes on the exit status of what it ran (128 + N if signal N ended it).

Data goes to stdout, everything else to stderr.";

/// Records incidents: every action is kept as an event, every view is derived from them.
#[derive(Debug, Parser)]
#[command(
    name = "scribe",
    version,
    help_template = help::template(),
    after_help = GUIDE,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The folder with the record
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SCRIBE_DATA",
        default_value = "scribe-data",
        hide_env_values = true
    )]
    pub data: PathBuf,
    /// The cluster with the record, esdb://HOST:PORT, instead of the folder, which then holds what goes with it
    #[arg(long, global = true, value_name = "STORE", env = "SCRIBE_STORE", hide_env_values = true)]
    pub store: Option<TypedAddress>,
    /// Speak to a server, http://HOST:PORT, instead of to the folder
    #[arg(long, global = true, value_name = "URL", env = "SCRIBE_SERVER", hide_env_values = true)]
    pub server: Option<String>,
    /// The settings file [default: scribe.toml in the folder, if there]
    #[arg(long, global = true, value_name = "FILE", env = "SCRIBE_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Who says this: a name, or integration:NAME [default: the user who is logged in]
    #[arg(
        id = "speaker",
        long = "as",
        global = true,
        value_name = "WHO",
        env = "SCRIBE_AS",
        hide_env_values = true
    )]
    pub who: Option<Who>,
    /// The person for whom an integration speaks
    #[arg(long, global = true, value_name = "NAME")]
    pub on_behalf_of: Option<Person>,
    /// The zone to read times without a zone in, and to show times in [default: the settings', or UTC]
    #[arg(long, global = true, value_name = "ZONE", env = "SCRIBE_ZONE", hide_env_values = true, value_parser = zone)]
    pub zone: Option<Tz>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", visible_alias = "color")]
    pub colour: Colour,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Where things stand.
    #[command(flatten)]
    Life(life::Life),
    /// Who is in it.
    #[command(flatten)]
    People(people::People),
    /// What is run.
    #[command(flatten)]
    Runs(runs::Runs),
    /// What is said.
    #[command(flatten)]
    Words(words::Words),
    /// What shows it.
    #[command(flatten)]
    Evidence(evidence::Evidence),
    /// What is to be done.
    #[command(flatten)]
    Work(work::Work),
    /// Who was hit.
    #[command(flatten)]
    Impact(impact::Impact),
    /// What is learned.
    #[command(flatten)]
    Review(review::Review),
    /// What was told wrongly.
    #[command(flatten)]
    Record(record::Record),
    /// What is to be seen.
    #[command(flatten)]
    Looks(looks::Looks),
    /// Moving records.
    #[command(flatten)]
    Admin(admin::Admin),
    /// Everything around.
    #[command(flatten)]
    Program(admin::Program),
}

/// Why, where that may be left out.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

fn zone(name: &str) -> Result<Tz, String> {
    Tz::from_str_insensitive(name)
        .map_err(|_| "use a name from the tz database, such as Europe/Berlin".into())
}

/// Reads one of a vocabulary's words, and lets clap list and complete them.
macro_rules! word {
    ($vocabulary:ty) => {{
        let words = <$vocabulary>::ALL.iter().map(|word| word.as_str());
        $crate::cli::args::one_of(words).try_map(|word| word.parse::<$vocabulary>())
    }};
}
use word;

fn one_of(words: impl IntoIterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}

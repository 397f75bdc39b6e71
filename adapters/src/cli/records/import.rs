//! `scribe import …`: taking over what happened before scribe.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::common::client::post_lines;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::files::read_file;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{counted, printable, put, put_line, say};

/// Import what happened before scribe.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ImportCommand {
    /// Events as JSON lines: incident, occurred, actor, kind, fields
    Events(ImportEventsArgs),
}

#[async_trait(?Send)]
impl Effect for ImportCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let Self::Events(args) = *self;
        import_events(session.desk_to_begin()?, &args).await?;
        Ok(exit::DONE)
    }
}

/// A file of events, as JSON lines.
#[derive(Debug, Clone, Args)]
pub(super) struct ImportEventsArgs {
    /// The file
    file: PathBuf,
    /// Only say what would be imported, and every line's problem
    #[arg(long)]
    dry_run: bool,
}

/// What an import did, or would do.
#[derive(Debug, Deserialize)]
struct Report {
    incidents: Vec<Imported>,
    problems: Vec<RejectedLine>,
}

/// What became of one incident.
#[derive(Debug, Deserialize)]
struct Imported {
    incident: String,
    added: u64,
    already_known: u64,
    refused: bool,
}

/// A line that cannot be imported, and why.
#[derive(Debug, Deserialize)]
struct RejectedLine {
    line: u64,
    message: String,
}

/// Every line's problem on stderr, what came of each incident on stdout.
async fn import_events(desk: &Desk, args: &ImportEventsArgs) -> Result<(), Failure> {
    let body = read_file(&args.file, "the events")?;
    let address = Address::of(&["v1", "imports"]).with("dry_run", args.dry_run);
    let answer = desk.client.ask(post_lines(&address, body)?).await?;
    let report: Report = answer.json()?;
    for problem in &report.problems {
        say(&format!("{}:{}: {}", args.file.display(), problem.line, printable(&problem.message)));
    }
    if desk.json {
        put(&answer.body)?;
        put_line("")?;
    } else {
        let verb = if args.dry_run { "would be added" } else { "added" };
        for Imported { incident, added, already_known, refused } in &report.incidents {
            put_line(&if *refused {
                format!("{incident}  left out")
            } else {
                format!("{incident}  {added} {verb}, {already_known} known already")
            })?;
        }
    }
    match report.problems.len() {
        0 => Ok(()),
        count => Err(Failure::new(
            Kind::BadInput,
            format!("{} cannot be imported", counted(count as u64, "line")),
            "nothing of an incident with such a line was recorded; repeating an import adds only what is new",
        )),
    }
}

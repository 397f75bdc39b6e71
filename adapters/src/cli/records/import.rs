//! `scribe import …`: taking over what happened before scribe.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use clap::{Args, Subcommand};
use serde::Deserialize;

use super::another_record::{self, ImportRecordArgs};
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
    /// What stands in another record, such as a folder that was filled while this one was out of reach
    Record(ImportRecordArgs),
}

#[async_trait(?Send)]
impl Effect for ImportCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let (body, from, dry_run) = match *self {
            Self::Events(args) => (read_file(&args.file, "the events")?, args.file, args.dry_run),
            Self::Record(args) => (another_record::lines(&args).await?, args.from, args.dry_run),
        };
        import(session.desk_to_begin()?, body, &from, dry_run).await?;
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
async fn import(desk: &Desk, body: Vec<u8>, from: &Path, dry_run: bool) -> Result<(), Failure> {
    let address = Address::of(&["v1", "imports"]).with("dry_run", dry_run);
    let answer = desk.client.ask(post_lines(&address, body)?).await?;
    let report: Report = answer.json()?;
    for problem in &report.problems {
        say(&format!("{}:{}: {}", from.display(), problem.line, printable(&problem.message)));
    }
    if desk.json {
        put(&answer.body)?;
        put_line("")?;
    } else {
        let verb = if dry_run { "would be added" } else { "added" };
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

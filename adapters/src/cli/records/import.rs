//! `scribe import …`: taking over what happened before scribe.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use scribe_domain::when::When;
use serde::Deserialize;
use serde_json::Value;

use super::another_record::{self, ImportRecordArgs};
use crate::cli::common::address::Address;
use crate::cli::common::client::post_lines;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::files::read_file;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{counted, printable, put_line, say};

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
            Self::Events(args) => {
                let told = read_file(&args.file, "the events")?;
                (in_zone(told, session.desk_to_begin()?.zone), args.file, args.dry_run)
            }
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

/// The lines with their times as they are in this zone, where they name none. What does not read is left as it is, and
/// told with its line's number by whoever takes it.
fn in_zone(told: Vec<u8>, zone: Option<Tz>) -> Vec<u8> {
    let (Some(zone), Ok(text)) = (zone, std::str::from_utf8(&told)) else { return told };
    let read = |time: &mut Value| {
        let Some(given) = time.as_str() else { return };
        if let Ok(when) = When::parse(given, Some(zone))
            && When::parse(given, None) != Ok(when)
        {
            *time = when.to_string().into();
        }
    };
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Value::Object(mut event)) => {
                event.get_mut("occurred").into_iter().for_each(read);
                if let Some(fields) = event.get_mut("fields").and_then(Value::as_object_mut) {
                    for name in ["occurred", "started", "ended", "check_back"] {
                        fields.get_mut(name).into_iter().for_each(read);
                    }
                }
                lines.push_str(&Value::Object(event).to_string());
            }
            _ => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines.into_bytes()
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
        answer.put()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_zone_are_in_the_one_that_is_told() {
        let told = concat!(
            "{\"occurred\":\"2024-05-01 10:00\",\"kind\":\"noted\"}\n",
            "{\"occurred\":\"2024-05-01T10:00Z\",\"fields\":{\"check_back\":\"about 2024-05-01 11:00\"}}\n",
            "\n{\"occurred\":\"2024-05-01\"}\nnot JSON\n"
        );
        let read = in_zone(told.into(), Some(Tz::Europe__London));
        assert_eq!(
            String::from_utf8(read).unwrap(),
            concat!(
                "{\"kind\":\"noted\",\"occurred\":\"2024-05-01T09:00Z\"}\n",
                "{\"fields\":{\"check_back\":\"~2024-05-01T10:00Z\"},\"occurred\":\"2024-05-01T10:00Z\"}\n",
                "\n{\"occurred\":\"2024-04-30T23:00Z/2024-05-01T23:00Z\"}\nnot JSON\n"
            )
        );
        assert_eq!(in_zone(told.into(), None), told.as_bytes());
    }
}

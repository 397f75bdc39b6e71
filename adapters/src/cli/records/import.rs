//! Moving records: importing what happened before scribe, exporting, restoring.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::args::admin::{ImportEventsArgs, RestoreArgs};
use crate::cli::common::client::{read_file, request};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::view::pass_on;
use crate::cli::common::terminal::{printable, put, put_line, say};

/// What an import did, or would do.
#[derive(Debug, Deserialize)]
struct Report {
    incidents: Vec<Imported>,
    problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Imported {
    incident: String,
    added: u64,
    already_known: u64,
    refused: bool,
}

#[derive(Debug, Deserialize)]
struct Problem {
    line: u64,
    message: String,
}

/// What a restore did.
#[derive(Debug, Deserialize)]
struct Restored {
    added: u64,
    already_kept: u64,
}

/// `scribe import events`: every line's problem on stderr, what came of each incident on stdout.
pub(in crate::cli) async fn import_events(desk: &Desk, args: &ImportEventsArgs) -> Result<(), Failure> {
    let body = read_file(&args.file, "the events")?;
    let address = Address::of(&["v1", "imports"]).with("dry_run", args.dry_run);
    let answer = desk.client.ask(lines(&address, body)?).await?;
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
            format!("{count} {} cannot be imported", if count == 1 { "line" } else { "lines" }),
            "nothing of an incident with such a line was recorded; repeating an import adds only what is new",
        )),
    }
}

/// `scribe export`.
pub(in crate::cli) async fn export(desk: &Desk) -> Result<(), Failure> {
    pass_on(desk, &Address::of(&["v1", "record"])).await
}

/// `scribe restore`.
pub(in crate::cli) async fn restore(desk: &Desk, args: &RestoreArgs) -> Result<(), Failure> {
    let body = read_file(&args.file, "the export")?;
    let answer = desk.client.ask(lines(&Address::of(&["v1", "record"]), body)?).await?;
    if desk.json {
        put(&answer.body)?;
        return put_line("");
    }
    let Restored { added, already_kept } = answer.json()?;
    put_line(&format!("{added} events restored, {already_kept} kept already"))
}

fn lines(address: &Address, body: Vec<u8>) -> Result<axum::http::Request<Body>, Failure> {
    let mut request = request(Method::POST, address.as_str(), Body::from(body))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(request)
}

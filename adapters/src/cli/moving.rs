//! Moving records: importing what happened before scribe, exporting, restoring.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::address::Address;
use super::args::admin::{ImportEventsArgs, RestoreArgs};
use super::client::{read_file, request};
use super::desk::Desk;
use super::failure::{Failure, Kind};
use super::look::pass_on;
use super::terminal::{printable, put, put_line, say};

/// What an import did, or would do.
#[derive(Debug, Deserialize)]
struct Report {
    incidents: Vec<Imported>,
    problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Imported {
    incident: String,
    #[serde(default)]
    added: u64,
    #[serde(default)]
    already_known: u64,
}

#[derive(Debug, Deserialize)]
struct Problem {
    line: u64,
    message: String,
}

/// `scribe import events`: every line's problem on stderr, what came of each incident on stdout.
pub(super) async fn import_events(desk: &Desk, args: &ImportEventsArgs) -> Result<(), Failure> {
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
        for imported in &report.incidents {
            put_line(&format!(
                "{}  {} {verb}, {} known already",
                imported.incident, imported.added, imported.already_known
            ))?;
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
pub(super) async fn export(desk: &Desk) -> Result<(), Failure> {
    pass_on(desk, &Address::of(&["v1", "record"])).await
}

/// `scribe restore`.
pub(super) async fn restore(desk: &Desk, args: &RestoreArgs) -> Result<(), Failure> {
    let body = read_file(&args.file, "the export")?;
    let answer = desk.client.ask(lines(&Address::of(&["v1", "record"]), body)?).await?;
    if desk.json {
        put(&answer.body)?;
        return put_line("");
    }
    let report: Value = answer.json().unwrap_or_default();
    let events = report.get("events").map(|events| format!(": {events} events")).unwrap_or_default();
    put_line(&format!("restored{events}"))
}

fn lines(address: &Address, body: Vec<u8>) -> Result<axum::http::Request<Body>, Failure> {
    let mut request = request(Method::POST, address.as_str(), Body::from(body))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(request)
}

//! The demonstration: a real incident, told through the same commands that a user types.
//!
//! The scripts beside this file hold command lines and the moments at which they were typed. The record's
//! clock is set to those moments, so that a question about 14:10 that day has the answer it would have had
//! then. Every line carries an idempotency key, so telling it again adds nothing.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Parser as _;
use scribe_domain::ids::{CommandId, Position};
use scribe_domain::when::When;

use crate::cli::args::{Cli, Global};
use crate::cli::common::client::Client;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::mask::Masks;
use crate::cli::common::quote::join;
use crate::cli::common::store::store;
use crate::cli::common::terminal::{Colour, put_line, say};
use crate::app::{App, Options};
use crate::clock::Clock;
use crate::config::Config;
use crate::http;

/// Where it happened, and so the zone it is told in.
const ZONE: Tz = Tz::America__New_York;

const SCRIPTS: [(&str, &str); 2] =
    [("klaviyo", include_str!("klaviyo.scribe")), ("drill", include_str!("drill.scribe"))];

/// What is shown of it, as command lines.
const LOOKS: [&[&str]; 7] = [
    &["list", "--state", "all", "--drills"],
    &["timeline", "20230104-list-import-problems"],
    &["status-page", "--audience", "internal", "--as-of", "2023-01-04 14:10 America/New_York"],
    &["status-page", "--audience", "internal", "--as-of", "2023-01-04 16:40 America/New_York"],
    &["status-page", "--audience", "public"],
    &["audit", "runs"],
    &["postmortem", "20230104-list-import-problems"],
];

/// Tells the demonstration to the record, which must be empty or hold it already.
pub(in crate::cli) async fn tell(global: &Global) -> Result<(), Failure> {
    let moment = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
    let clock: Clock = {
        let moment = Arc::clone(&moment);
        Arc::new(move || *moment.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let config = Config { zone: Some(ZONE), ..Config::default() };
    let (data, store) = (global.data.clone(), store(global)?);
    let options = Options { data, store, clock: Arc::clone(&clock), config };
    let app = App::open(options).map_err(|error| Failure::unopened(&error))?;
    must_be_ours(&app).await?;
    let client = Client::in_process(http::router(app));
    for (name, script) in SCRIPTS {
        for step in steps(name, script)? {
            *moment.lock().unwrap_or_else(PoisonError::into_inner) = step.at;
            let desk = Desk {
                client: client.clone(),
                zone: Some(ZONE),
                json: false,
                colour: Colour::Never,
                quiet: true,
                masks: Masks::default(),
                who: step.cli.global.who,
                on_behalf_of: step.cli.global.on_behalf_of,
                clock: Arc::clone(&clock),
                stdin_taken: Cell::new(true),
            };
            crate::cli::at(&desk, step.cli.command).await?;
        }
    }
    Ok(())
}

/// Shows what comes of it, each view under the command line that shows it.
pub(in crate::cli) async fn show(mut desk: Desk) -> Result<(), Failure> {
    let zone = *desk.zone.get_or_insert(ZONE);
    for look in LOOKS {
        let line = join(&look.iter().map(ToString::to_string).collect::<Vec<_>>());
        put_line(&format!("\n$ scribe {line} --zone {zone}\n"))?;
        let words = ["scribe"].into_iter().chain(look.iter().copied());
        let cli =
            Cli::try_parse_from(words).map_err(|error| Failure::plain(Kind::Other, error.to_string()))?;
        crate::cli::at(&desk, cli.command).await?;
    }
    say("\nLook around: the same commands work as long as you are in this folder.");
    Ok(())
}

/// A demonstration among real incidents would be a lie in the record, and its old dates would have to
/// be bent to come after theirs.
async fn must_be_ours(app: &App) -> Result<(), Failure> {
    let first = app.store().read(Position::default(), 1).await;
    let first = first.map_err(|error| Failure::plain(Kind::Unavailable, error.to_string()))?;
    let (name, _) = SCRIPTS[0];
    if first.first().is_none_or(|first| first.cause.command_id == CommandId::from_key(&key(name, 1))) {
        return Ok(());
    }
    Err(Failure::new(
        Kind::BadInput,
        "there is a record already, and the demonstration is not part of it",
        "give it a folder of its own: scribe --data scribe-demo demo",
    ))
}

/// One command line and when it was typed.
struct Step {
    at: DateTime<Utc>,
    cli: Cli,
}

fn steps(name: &str, script: &str) -> Result<Vec<Step>, Failure> {
    let mut at = DateTime::<Utc>::UNIX_EPOCH;
    let mut steps = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let unreadable =
            |why: &dyn std::fmt::Display| Failure::plain(Kind::Other, format!("{name}: {line}: {why}"));
        if let Some(told) = line.strip_prefix("at ") {
            at = When::parse_known(told, Some(ZONE)).map_err(|error| unreadable(&error))?;
            continue;
        }
        let mut words = shlex::split(line).ok_or_else(|| unreadable(&"a quote is not closed"))?;
        // Behind `--` stand the words of a line that was run.
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        if !words[..end].iter().any(|word| word == "--key") {
            words.splice(end..end, ["--key".to_owned(), key(name, steps.len() + 1)]);
        }
        words.insert(0, "scribe".to_owned());
        let cli = Cli::try_parse_from(words).map_err(|error| unreadable(&error))?;
        steps.push(Step { at, cli });
    }
    Ok(steps)
}

fn key(name: &str, number: usize) -> String {
    format!("scribe demo, {name}, line {number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_command_line_and_time_goes_forward() {
        for (name, script) in SCRIPTS {
            let steps = steps(name, script).unwrap();
            assert!(steps.len() > 5, "{name}");
            assert!(steps.is_sorted_by_key(|step| step.at), "{name}");
        }
    }
}

//! `scribe demo`: a real incident, told through the same commands that a user types.
//!
//! The scripts beside this file hold command lines and the moments at which they were typed: what the company's
//! account tells, what was added to show the tool, and a drill. The record's clock is set to those moments, so
//! that a question about 14:10 that day has the answer it would have had then. Every line carries an idempotency
//! key, so telling it again adds nothing.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use scribe_domain::ids::{CommandId, Position};
use scribe_domain::when::When;

use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::questions::Events;
use crate::app::{App, Options};
use crate::cli::common::client::Client;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::home;
use crate::cli::common::mask::Masks;
use crate::cli::common::options::GlobalOptions;
use crate::cli::common::quote::join;
use crate::cli::common::session::{CommandLine, Effect, Grammar, Session, open_desk};
use crate::cli::common::store;
use crate::cli::common::terminal::{Colour, put_line, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::http;

/// Where it happened, and so the zone it is told in.
const ZONE: Tz = Tz::America__New_York;

/// Told together, in the order of the moments at which they were typed.
const SCRIPTS: [(&str, &str); 3] = [
    ("klaviyo", include_str!("klaviyo.scribe")),
    ("added", include_str!("added.scribe")),
    ("drill", include_str!("drill.scribe")),
];

/// What is true of it, and what is not.
const PROVENANCE: &str = "\
This is a demonstration. The incident of 4 January 2023 retells a company's public account (Klaviyo, its engineering
blog, 8 April 2024) in words of our own, until 16:34 of that day. What integration:demonstration and people called
Example tell (its end, the public page, the review, the follow-ups) was added to show scribe, and never happened;
so was the drill of 5 January.";

/// What is shown of it, as command lines.
const LOOKS: [&[&str]; 8] = [
    &["list", "--state", "all", "--drills"],
    &["timeline", "20230104-list-import-problems"],
    &["status-page", "--audience", "internal", "--as-of", "2023-01-04 14:10 America/New_York"],
    &["status-page", "--audience", "internal", "--as-of", "2023-01-04 16:40 America/New_York"],
    &["status-page", "--audience", "public", "--as-of", "2023-01-04 18:00 America/New_York"],
    &["audit", "runs"],
    &["postmortem", "20230104-list-import-problems"],
    &["postmortem", "20230104-list-import-problems", "--edition", "public"],
];

/// Record the demonstration incident in an empty folder, and show what comes of it.
#[derive(Debug, Clone, Args)]
pub(super) struct DemoArgs {
    /// Only record the incident, and show nothing
    #[arg(long)]
    quiet: bool,
}

#[async_trait(?Send)]
impl Effect for DemoArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        session.must_be_here("the demonstration is recorded in a folder")?;
        let options = record_demonstration(session).await?;
        if !self.quiet {
            show(session, options).await?;
        }
        Ok(exit::DONE)
    }
}

/// Records the demonstration, in a record that must be empty or hold it already; the options that lead to it.
pub(super) async fn record_demonstration(session: &Session) -> Result<GlobalOptions, Failure> {
    let moment = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
    let clock: Clock = {
        let moment = Arc::clone(&moment);
        Arc::new(move || *moment.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let config = Config { zone: Some(ZONE), ..Config::default() };
    // Asked once: as soon as the folder is there, it is also where everything else looks.
    let data = folder(&session.options);
    let store = store::chosen(session.options.store.as_ref())?;
    let options = Options { data: data.clone(), store, clock: Arc::clone(&clock), config };
    let app = App::open(options).map_err(|error| Failure::unopened(&error))?;
    must_be_ours(&app).await?;
    let client = Client::in_process(http::router(app));
    for Step { at, line } in told(session.grammar)? {
        *moment.lock().unwrap_or_else(PoisonError::into_inner) = at;
        let desk = Desk {
            client: client.clone(),
            zone: Some(ZONE),
            json: false,
            colour: Colour::Never,
            quiet: true,
            masks: Masks::default(),
            who: line.options.who.clone(),
            on_behalf_of: line.options.on_behalf_of.clone(),
            clock: Arc::clone(&clock),
            memory: None,
            outbox: None,
            stdin_taken: Cell::new(true),
            readings: RefCell::default(),
        };
        let session = Session::at(desk, line.options, session.grammar);
        line.effect.carry_out(&session).await?;
    }
    Ok(GlobalOptions { data, ..session.options.clone() })
}

/// Where it is told: in the folder one is in, unless another is named. It must not lie in anybody's own record.
fn folder(options: &GlobalOptions) -> PathBuf {
    let is_named = options.data != home::data_folder() || std::env::var_os("SCRIBE_DATA").is_some();
    if is_named { options.data.clone() } else { home::HERE.into() }
}

/// Shows what comes of it, each view under the command line that shows it.
async fn show(session: &Session, options: GlobalOptions) -> Result<(), Failure> {
    let mut desk = open_desk(&options)?;
    let zone = *desk.zone.get_or_insert(ZONE);
    let session = Session::at(desk, options, session.grammar);
    put_line(PROVENANCE)?;
    for look in LOOKS {
        let line = join(&look.iter().map(ToString::to_string).collect::<Vec<_>>());
        put_line(&format!("\n$ scribe {line} --zone {zone}\n"))?;
        let words = ["scribe"].iter().chain(look).map(ToString::to_string).collect();
        let line =
            (session.grammar.read)(words).map_err(|error| Failure::plain(Kind::Other, error.to_string()))?;
        line.effect.carry_out(&session).await?;
    }
    say("\nLook around: the same commands work as long as you are in this folder.");
    Ok(())
}

/// A demonstration among real incidents would be a lie in the record, and its old dates would have to
/// be bent to come after theirs.
async fn must_be_ours(app: &App) -> Result<(), Failure> {
    let caller = Caller::owner(Edge::CommandLine);
    let first = app.ask(&caller, Events { after: Position::default(), limit: 1 }).await;
    let first = first.map_err(|error| Failure::plain(Kind::Unavailable, error.to_string()))?;
    let (name, _) = SCRIPTS[0];
    if first.events.first().is_none_or(|first| first.cause.command_id == CommandId::from_key(&key(name, 1))) {
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
    line: CommandLine,
}

/// The lines of all scripts, in the order in which they were typed.
fn told(grammar: Grammar) -> Result<Vec<Step>, Failure> {
    let mut told = Vec::new();
    for (name, script) in SCRIPTS {
        told.extend(steps(name, script, grammar)?);
    }
    // Stable: what was typed at one moment stays as it stands in its script.
    told.sort_by_key(|step| step.at);
    Ok(told)
}

fn steps(name: &str, script: &str, grammar: Grammar) -> Result<Vec<Step>, Failure> {
    let mut at = DateTime::<Utc>::UNIX_EPOCH;
    let mut steps = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let unreadable =
            |why: &dyn std::fmt::Display| Failure::plain(Kind::Other, format!("{name}: {line}: {why}"));
        if let Some(given) = line.strip_prefix("at ") {
            at = When::parse_known(given, Some(ZONE)).map_err(|error| unreadable(&error))?;
            continue;
        }
        let mut words = shlex::split(line).ok_or_else(|| unreadable(&"a quote is not closed"))?;
        // Behind `--` stand the words of a line that was run.
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        if !words[..end].iter().any(|word| word == "--key") {
            words.splice(end..end, ["--key".to_owned(), key(name, steps.len() + 1)]);
        }
        words.insert(0, "scribe".to_owned());
        let read = (grammar.read)(words).map_err(|error| unreadable(&error))?;
        steps.push(Step { at, line: read });
    }
    Ok(steps)
}

fn key(name: &str, number: usize) -> String {
    format!("scribe demo, {name}, line {number}")
}

/// Every line of the scripts is a command line, and time goes forward in them.
#[cfg(test)]
pub(in crate::cli) fn scripts_must_be_readable(grammar: Grammar) {
    for (name, script) in SCRIPTS {
        let steps = steps(name, script, grammar).unwrap();
        assert!(steps.len() > 5, "{name}");
        assert!(steps.is_sorted_by_key(|step| step.at), "{name}");
    }
}

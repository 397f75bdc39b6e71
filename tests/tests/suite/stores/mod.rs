//! Records in clusters and in folders, named on the command line of the real program, and carried from one to
//! the other.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod clusters;
mod door;
mod folders;
mod refusals;
mod silence;
mod sizes;

use std::path::Path;
use std::process::Output;

use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{EventStore as _, TreeHead};
use scribe_protocol_server::{Cluster, Settings};
use scribe_tests::made_up;
use scribe_tests::program::{Outcome, Program};

const ID: &str = "20230104-imports-fail";

/// The largest append that a cluster takes here: a made-up one is larger than the default of servers.
const LARGEST: usize = 64 << 20;

/// A program whose record has an incident with so many notes.
fn with_notes(notes: usize) -> Program {
    let program = Program::new();
    program.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    for number in 0..notes {
        program.ok(&["note", ID, &format!("note {number}")]);
    }
    program
}

/// A cluster of one node.
fn cluster() -> Cluster {
    Cluster::with(1, Settings { largest_append: LARGEST, ..Settings::default() }).unwrap()
}

/// Fills a folder with so many made-up events.
async fn fill(folder: &Path, events: usize) {
    let store = SqliteStore::open(folder, clock::system()).unwrap();
    made_up::tell(&store, events).await;
}

/// The tree of a folder's record.
async fn tree(folder: &Path) -> TreeHead {
    SqliteStore::open(folder, clock::system()).unwrap().tree().await.unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a command line with more of an environment.
fn run_in(program: &Program, environment: &[(&str, &str)], args: &[&str]) -> Outcome {
    let mut command = program.command();
    let Output { status, stdout, stderr } =
        command.envs(environment.iter().copied()).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Copies from one store to another.
fn copy(program: &Program, from: &str, to: &str) -> Outcome {
    program.run(&["copy", "--from", from, "--to", to])
}

/// The JSON of a copy that must succeed.
fn copied(program: &Program, from: &str, to: &str) -> [u64; 4] {
    let report = program.json(&["copy", "--from", from, "--to", to]);
    ["events", "added", "already_kept", "checkpoints"].map(|name| report[name].as_u64().unwrap())
}

fn is_refused(outcome: &Outcome, code: i32, told: &str) {
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    let Outcome { stdout, stderr, .. } = outcome;
    assert!(
        stdout.is_empty() && stderr.starts_with("error: ") && stderr.contains("\nhint: "),
        "{outcome:#?}"
    );
    assert!(stderr.contains(told), "{told}: {outcome:#?}");
}

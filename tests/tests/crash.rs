//! Acknowledged means kept: a process that appends dies at a random moment, or its disk fails; whatever it
//! was told is kept must be there, whole.
//!
//! `SCRIBE_CRASH_ROUNDS` sets the number of kills (5), `SCRIBE_CRASH_SEED` repeats a run. A killed process
//! loses nothing that the operating system has taken, so this shows that no acknowledgement comes early or
//! for half of something; that the disk has it too is shown by the counted flushes of `first_figures`.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use scribe_domain::event_store::{Append, AppendError, EventStore, Receipt, StoreError};
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use scribe_tests::contract::place::Folder;
use scribe_tests::contract::told::{everything, incident, new_command, note, words};
use serde::{Deserialize, Serialize};

const TASKS: usize = 8;

/// The folder to append to: set for the process that is to die, which is this same program.
const CHILD: &str = "SCRIBE_CRASH_CHILD";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_append_survives_a_kill() {
    if let Ok(dir) = std::env::var(CHILD) {
        return append_until_it_ends(Path::new(&dir)).await;
    }
    let rounds = from_environment("SCRIBE_CRASH_ROUNDS").unwrap_or(5);
    let seed = from_environment("SCRIBE_CRASH_SEED").unwrap_or_else(clock_bits);
    say(&format!("{rounds} kills, SCRIBE_CRASH_SEED={seed}"));
    let folder = Folder::default();
    let (mut random, mut told) = (seed, Vec::new());
    for round in 1..=rounds {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lifetime = Duration::from_micros(10_000 + (random >> 33) % 400_000);
        let before = told.len();
        told.extend(run_for(lifetime, &mut child("every_acknowledged_append_survives_a_kill", &folder)));
        let appends = check(&folder, &told, round * TASKS as u64).await;
        say(&format!(
            "round {round}: killed after {lifetime:?}; {} acknowledged in it, {appends} appends in the record",
            told.len() - before
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failing_disk_loses_nothing_acknowledged() {
    if let Ok(dir) = std::env::var(CHILD) {
        return append_until_it_ends(Path::new(&dir)).await;
    }
    // Files may not grow beyond some megabytes: the log's next write fails half-way, as on a bad disk.
    let folder = Folder::default();
    let child = child("a_failing_disk_loses_nothing_acknowledged", &folder);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\""]).arg(child.get_program());
    limited.args(child.get_args());
    for (name, value) in child.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    let told = run_for(Duration::from_mins(1), limited.stdout(Stdio::piped()));
    assert!(told.len() > 100, "only {} were acknowledged", told.len());
    let ended = told.iter().filter(|told| matches!(told, Told::Refused(_))).count();
    assert_eq!(ended, TASKS, "each task should have ended by a refusal");
    check(&folder, &told, TASKS as u64 * 4).await;
}

/// What the child says, a line each.
#[derive(Debug, Serialize, Deserialize)]
enum Told {
    /// This was acknowledged.
    Kept { command_id: CommandId, receipt: Receipt },
    /// From here on, nothing is.
    Refused(String),
}

/// This program again, to run only one test, as the child.
fn child(test: &str, folder: &Folder) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(CHILD, folder.path()).stdout(Stdio::piped());
    child
}

/// Lets the child run, kills it unless it has ended, and gives every whole line that it said.
fn run_for(lifetime: Duration, child: &mut Command) -> Vec<Told> {
    let mut running = child.spawn().unwrap();
    let output = running.stdout.take().unwrap();
    let listener = std::thread::spawn(move || {
        let mut told = Vec::new();
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            told.extend(serde_json::from_slice::<Told>(&line));
        }
        told
    });
    let killer = std::thread::spawn(move || {
        let until = SystemTime::now() + lifetime;
        while running.try_wait().unwrap().is_none() {
            if SystemTime::now() >= until {
                running.kill().unwrap();
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    });
    killer.join().unwrap();
    listener.join().unwrap()
}

/// The child: each task appends to its own incident, one to five events at a time and now and then many,
/// and says so once it is acknowledged.
async fn append_until_it_ends(dir: &Path) {
    let store = scribe::store::sqlite::SqliteStore::open(dir, scribe::clock::system()).unwrap();
    let store: Arc<dyn EventStore> = Arc::new(store);
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(append_on(Arc::clone(&store), task))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn append_on(store: Arc<dyn EventStore>, task: usize) {
    let history = store.history(&incident(task), Revision::NEW).await.unwrap();
    let mut revision = history.len() as u64;
    for turn in 0_usize.. {
        let count = if turn % 40 == 39 { 200 } else { 1 + turn % 5 };
        let append = Append {
            incident: incident(task),
            expected: Revision(revision),
            command_id: new_command(),
            events: (1..=count).map(|index| note(&text(index, count))).collect(),
        };
        let command_id = append.command_id;
        match store.append(append).await {
            Ok(receipt) => {
                revision = receipt.revision.0;
                tell(&Told::Kept { command_id, receipt });
            }
            Err(AppendError::Store(StoreError::Unavailable(why))) => {
                refuse_for_good(&*store, task, revision).await;
                return tell(&Told::Refused(why));
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// After a failed write the store takes nothing more, however small: what is on the disk is in doubt.
async fn refuse_for_good(store: &dyn EventStore, task: usize, revision: u64) {
    for _ in 0..3 {
        let append = Append {
            incident: incident(task),
            expected: Revision(revision),
            command_id: new_command(),
            events: vec![note(&text(1, 1))],
        };
        let refused = store.append(append).await;
        assert!(matches!(refused, Err(AppendError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    }
}

/// A text that says which of how many events of its append it stands in.
fn text(index: usize, count: usize) -> String {
    format!("{index}/{count} {}", "x".repeat(index * 7 % 300))
}

/// Everything that was acknowledged is there, and everything that is there is whole and without gaps.
/// Returns the number of appends in the record.
async fn check(folder: &Folder, told: &[Told], unacknowledged_at_most: u64) -> u64 {
    let store = folder.open_sqlite();
    let record = everything(&store).await;
    let mut revisions: BTreeMap<IncidentId, u64> = BTreeMap::new();
    for (recorded, place) in record.iter().zip(1..) {
        assert_eq!(recorded.position.0, place);
        let revision = revisions.entry(recorded.incident.clone()).or_default();
        *revision += 1;
        assert_eq!(recorded.revision.0, *revision);
    }
    let mut appends = 0;
    for append in record.chunk_by(|one, next| one.cause.command_id == next.cause.command_id) {
        appends += 1;
        for (recorded, index) in append.iter().zip(1..) {
            assert_eq!(words(recorded), text(index, append.len()));
        }
    }
    let mut acknowledged = 0;
    for told in told {
        let Told::Kept { command_id, receipt } = told else { continue };
        acknowledged += 1;
        assert_eq!(store.receipt(*command_id).await.as_ref(), Ok(&Some(receipt.clone())));
        let last = usize::try_from(receipt.position.0).unwrap();
        let added = &record[last - receipt.events.len()..last];
        let ids: Vec<_> = added.iter().map(scribe_domain::recorded::Recorded::event_id).collect();
        assert_eq!(ids, receipt.events);
        assert!(added.iter().all(|recorded| recorded.incident == receipt.incident));
    }
    let unacknowledged = appends - acknowledged;
    assert!(unacknowledged <= unacknowledged_at_most, "{unacknowledged} appends that nobody was told of");
    appends
}

fn tell(told: &Told) {
    let line = format!("\n{}\n", serde_json::to_string(told).unwrap());
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

fn say(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").unwrap();
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn clock_bits() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos().into()
}

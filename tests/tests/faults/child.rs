//! A process that appends, and says what it was told.
//!
//! What an append holds follows from its incident and its turn there, its command id too: so whoever looks
//! later knows from the record alone what should stand in it, and the next process can send again what
//! the one before had not heard about.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use scribe::store::sqlite::{FILE_NAME, SqliteStore};
use scribe_domain::event_store::{Append, AppendError, EventStore, Receipt, StoreError};
use scribe_domain::ids::{CommandId, Revision};
use scribe_tests::contract::told::{incident, note};
use scribe_tests::program::PATIENCE;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::power::trace;

/// The orders of the process: set for it alone.
const ORDERS: &str = "SCRIBE_FAULT_CHILD";

/// What the process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Orders {
    /// The folder to append to.
    pub(crate) dir: PathBuf,
    /// The incidents to append to, one task each: from this one on …
    pub(crate) first: usize,
    /// … so many.
    pub(crate) tasks: usize,
    /// How many appends each makes; without, until it ends.
    pub(crate) turns: Option<u64>,
    /// How often each sends an append again that the store could not take, before it gives up.
    pub(crate) patience: u32,
    /// Whether each begins by sending again what it finds last in the record.
    pub(crate) again: bool,
    /// Whether another connection folds the log in, every so many appends.
    pub(crate) fold_every: Option<u64>,
    /// Whether it goes when all is done without closing the record.
    pub(crate) abandon: bool,
    /// Whether it is the copy of a record that lies elsewhere.
    pub(crate) mirror: bool,
    /// Where to mark, between the changes of the files, what was acknowledged.
    pub(crate) marks: Option<PathBuf>,
}

impl Orders {
    /// So many tasks that append until they are ended, and give up at the third refusal.
    pub(crate) fn new(dir: &Path, tasks: usize) -> Self {
        Self {
            dir: dir.to_owned(),
            first: 0,
            tasks,
            turns: None,
            patience: 3,
            again: false,
            fold_every: None,
            abandon: false,
            mirror: false,
            marks: None,
        }
    }
}

/// What the process says, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// This was acknowledged.
    Kept { command_id: CommandId, receipt: Receipt },
    /// The store could not take this.
    Refused { incident: usize, turn: u64, why: String },
    /// The store did not open.
    NotOpened(String),
    /// Everything was done.
    Done,
    /// What no store may answer.
    Wrong(String),
}

/// What became of the process.
#[derive(Debug)]
pub(crate) struct Run {
    /// All that it said.
    pub(crate) told: Vec<Answer>,
    /// How it ended.
    pub(crate) status: ExitStatus,
}

impl Run {
    /// What was acknowledged.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (CommandId, &Receipt)> {
        self.told.iter().filter_map(|told| match told {
            Answer::Kept { command_id, receipt } => Some((*command_id, receipt)),
            _ => None,
        })
    }

    /// Why the store could not take something, each time.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = &str> {
        self.told.iter().filter_map(|told| match told {
            Answer::Refused { why, .. } => Some(why.as_str()),
            _ => None,
        })
    }

    /// Nothing was answered that no store may answer, and once a task was told that nothing more is taken
    /// until the store is opened again, nothing more was.
    pub(crate) fn must_be_consistent(&self) {
        let mut ended = std::collections::BTreeSet::new();
        for told in &self.told {
            match told {
                Answer::Wrong(what) => panic!("{what}"),
                Answer::Refused { incident, why, .. } if why.contains("restart scribe") => {
                    ended.insert(scribe_tests::contract::told::incident(*incident));
                }
                Answer::Kept { receipt, .. } => {
                    assert!(!ended.contains(&receipt.incident), "taken after a failed write: {receipt:?}");
                }
                _ => {}
            }
        }
    }
}

/// This program again, as the process that follows these orders.
pub(crate) fn child(orders: &Orders) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child::the_process_that_appends", "--nocapture"])
        .env(ORDERS, serde_json::to_string(orders).unwrap())
        .stdout(Stdio::piped());
    child
}

/// How long a process may live.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Life {
    /// To its own end.
    Whole,
    /// So long from its start.
    FromStart(Duration),
    /// So long from when something was first acknowledged.
    FromFirst(Duration),
}

/// Lets the process run to its end, or kills it when its time has come; gives every whole line that it said.
pub(crate) fn run(child: &mut Command, life: Life) -> Run {
    let mut running = child.spawn().unwrap();
    let output = running.stdout.take().unwrap();
    let (first, heard) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        let mut told = Vec::new();
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            told.extend(serde_json::from_slice::<Answer>(&line));
            if told.len() == 1 {
                // Whoever waits for the first may be gone by now.
                let _ = first.send(());
            }
        }
        told
    });
    let mut until = Instant::now() + PATIENCE;
    match life {
        Life::Whole => {}
        Life::FromStart(lifetime) => until = Instant::now() + lifetime,
        Life::FromFirst(lifetime) => {
            // It may also end without a word.
            let _ = heard.recv_timeout(PATIENCE);
            until = Instant::now() + lifetime;
        }
    }
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        if Instant::now() >= until {
            running.kill().unwrap();
            assert!(!matches!(life, Life::Whole), "the process did not end by itself");
        }
        std::thread::sleep(Duration::from_micros(500));
    };
    Run { told: listener.join().unwrap(), status }
}

/// Not a check by itself: the process that is to suffer. Without orders there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_process_that_appends() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let mouth = Arc::new(Mouth(orders.marks.as_deref().map(trace::Marks::in_file)));
    let open = if orders.mirror { SqliteStore::open_mirror } else { SqliteStore::open };
    let store = match open(&orders.dir, scribe::clock::system()) {
        Ok(store) => Arc::new(store),
        Err(error) => return mouth.tell(&Answer::NotOpened(error.to_string())),
    };
    let tasks: Vec<_> = (orders.first..orders.first + orders.tasks)
        .map(|task| tokio::spawn(append_on(Arc::clone(&store), orders.clone(), task, Arc::clone(&mouth))))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    mouth.tell(&Answer::Done);
    if orders.abandon {
        std::process::exit(0);
    }
}

async fn append_on(store: Arc<SqliteStore>, orders: Orders, task: usize, mouth: Arc<Mouth>) {
    let history = match store.history(&incident(task), Revision::NEW).await {
        Ok(history) => history,
        Err(error) => return mouth.tell(&Answer::NotOpened(error.to_string())),
    };
    let mut revision = history.len() as u64;
    let mut turn = 0;
    if let Some(last) = history.last() {
        let (_, last) = made_of(last.cause.command_id).expect("only this appends here");
        turn = if orders.again { last } else { last + 1 };
        if orders.again {
            revision -= count(last) as u64;
        }
    }
    let (mut taken, mut refused) = (0, 0);
    while orders.turns.is_none_or(|turns| taken < turns) {
        let append = append(task, turn, revision);
        let command_id = append.command_id;
        match store.append(append).await {
            Ok(receipt) => {
                (revision, refused) = (receipt.revision.0, 0);
                mouth.tell(&Answer::Kept { command_id, receipt });
                turn += 1;
                taken += 1;
                if orders.fold_every.is_some_and(|every| turn % every == 0) {
                    fold(&orders.dir, turn);
                }
            }
            Err(AppendError::Store(StoreError::Unavailable(why))) => {
                mouth.tell(&Answer::Refused { incident: task, turn, why });
                refused += 1;
                if refused >= orders.patience {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Err(other) => {
                return mouth.tell(&Answer::Wrong(format!("incident {task}, turn {turn}: {other}")));
            }
        }
    }
}

/// Folds the log in from another connection, as another process would. Whether that succeeds is its own
/// affair.
fn fold(dir: &Path, turn: u64) {
    let other = rusqlite::Connection::open(dir.join(FILE_NAME)).unwrap();
    let how = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"][usize::try_from(turn % 4).unwrap()];
    let _ = other.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()));
}

/// Every append of this suite is recognised by its command id.
const OURS: u128 = 0x5c21_be00_0000_7000_8000 << 48;

/// A turn of an incident.
pub(crate) fn append(task: usize, turn: u64, expected: u64) -> Append {
    let count = count(turn);
    Append {
        incident: incident(task),
        expected: Revision(expected),
        command_id: CommandId(Uuid::from_u128(OURS | (task as u128) << 32 | u128::from(turn))),
        request: None,
        events: (1..=count).map(|index| note(&text(task, turn, index, count))).collect(),
    }
}

/// Which turn of which incident a command is.
pub(crate) fn made_of(command_id: CommandId) -> Option<(usize, u64)> {
    let id = command_id.0.as_u128() ^ OURS;
    let task = usize::try_from(id >> 32).ok().filter(|task| *task < 1 << 16)?;
    Some((task, u64::try_from(id & 0xffff_ffff).ok()?))
}

/// How many events a turn has: a few, and now and then many.
pub(crate) fn count(turn: u64) -> usize {
    if turn % 40 == 39 { 200 } else { 1 + usize::try_from(turn % 5).unwrap() }
}

/// The incidents from this one on are told at length, so that they soon fill a log.
pub(crate) const AT_LENGTH: usize = 1_000;

/// What an event of a turn says.
pub(crate) fn text(task: usize, turn: u64, index: usize, count: usize) -> String {
    let more = if task < AT_LENGTH { index * 7 % 300 } else { 19_000 };
    format!("{index}/{count} of {turn} {}", "x".repeat(more))
}

/// Says what was told, to whoever listens and in the trace.
struct Mouth(Option<trace::Marks>);

impl Mouth {
    fn tell(&self, told: &Answer) {
        let json = serde_json::to_string(told).unwrap();
        if let Some(marks) = &self.0 {
            marks.mark(json.as_bytes());
        }
        std::io::stdout().lock().write_all(format!("\n{json}\n").as_bytes()).unwrap();
    }
}

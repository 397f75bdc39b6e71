//! The one thread that appends, and its queue.
//!
//! **Group commit**: whatever waits in the queue goes into one transaction with one flush to the disk,
//! and is acknowledged together after it. One writer alone pays a flush an append; sixty-four of them
//! share it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use scribe_domain::event_store::{AppendError, StoreError};
use scribe_projections::ledger::frontier::Frontier;
use tokio::sync::{mpsc, oneshot};

use super::erase::{self, Forget};
use crate::clock::Timekeeping;
use crate::store::sqlite::error::{OpenError, Trouble};
use crate::store::sqlite::file::open::Files;
use crate::store::sqlite::file::schema::{self, Access};
use crate::store::sqlite::file::wal::Wal;
use crate::store::sqlite::health::{Counters, Health};
use crate::store::sqlite::look::live::Heads;
use crate::store::sqlite::tables::append::{End, Prepared, Verdict, insert};
use crate::store::sqlite::tables::query;
use crate::store::sqlite::tables::row::Addition;
use crate::store::sqlite::tables::tree;

/// How many appends wait at most; whoever comes then waits to wait.
const QUEUE: usize = 1_024;
/// How many appends go into one transaction at most.
const GROUP: usize = 512;
/// How long to wait for as many appends as came last time. Those who were just acknowledged together
/// come back almost together; without this the first of them would take a flush for itself. One writer
/// alone never waits.
const GATHER: Duration = Duration::from_micros(200);
const GATHER_STEP: Duration = Duration::from_micros(20);

type Answer = Result<Addition, AppendError>;

/// An append on its way to the thread.
struct Job {
    append: Prepared,
    answer: oneshot::Sender<Answer>,
}

/// The thread's front door. Dropping it lets the thread finish what is in the queue, and waits for that.
pub(in crate::store::sqlite) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Whoever writes in this process waits for their turn here, for as long as it takes; the database's own
/// lock is for other processes, and waiting for it has an end.
pub(in crate::store::sqlite) type Turns = Arc<Mutex<()>>;

/// What the thread shares with the rest of the store.
pub(in crate::store::sqlite) struct Shared {
    pub(in crate::store::sqlite) time: Timekeeping,
    pub(in crate::store::sqlite) turns: Turns,
    pub(in crate::store::sqlite) access: Access,
    pub(in crate::store::sqlite) forget: Forget,
    pub(in crate::store::sqlite) heads: Arc<Heads>,
    pub(in crate::store::sqlite) health: Arc<Health>,
    pub(in crate::store::sqlite) counters: Arc<Counters>,
}

impl Writer {
    /// Starts the thread.
    pub(in crate::store::sqlite) fn start(path: &Path, shared: Shared) -> Result<Self, OpenError> {
        let appender = Appender::open(path, shared)
            .map_err(|trouble| OpenError::from_trouble(path.to_owned(), trouble))?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("scribe-writer".to_owned())
            .spawn(move || appender.run(jobs))
            .map_err(|error| OpenError::Unavailable { path: path.to_owned(), why: error.to_string() })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Appends, and answers once that is on the disk.
    pub(in crate::store::sqlite) async fn append(&self, append: Prepared) -> Answer {
        let gone = || StoreError::Unavailable("the writer has stopped".to_owned());
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Job { append, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It fails only if the thread panicked, which has been reported then.
            let _ = thread.join();
        }
    }
}

/// What lives on the thread.
struct Appender {
    connection: Connection,
    /// The tree's edge, where this thread last left it.
    frontier: Frontier,
    wal: Wal,
    files: Files,
    shared: Shared,
}

impl Appender {
    /// Opens the connection, and looks through it once, so that damage shows now and not later.
    fn open(path: &Path, shared: Shared) -> Result<Self, Trouble> {
        let mut connection = schema::connect(path, shared.access)?;
        query::tip(&connection)?;
        erase::make_up(&mut connection, &*shared.forget);
        let wal = Wal::watch(&mut connection, schema::LOG_PAGES)?;
        Ok(Self { connection, frontier: Frontier::default(), wal, files: Files::of(path), shared })
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        let mut usual = 1;
        while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
            gather(&mut jobs, &mut group, usual);
            usual = group.len();
            let turns = Arc::clone(&self.shared.turns);
            let _turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
            self.serve(&mut group);
            if self.shared.health.check().is_ok()
                && let Err(trouble) = self.wal.keep_short(&mut self.connection)
            {
                self.shared.health.diagnose(trouble);
            }
        }
    }

    /// Answers every append of a group, after its transaction is on the disk or has failed.
    fn serve(&mut self, group: &mut Vec<Job>) {
        let outcome = match self.shared.health.check() {
            Ok(()) => self.transact(group).map_err(|trouble| self.shared.health.diagnose(trouble)),
            Err(broken) => Err(broken),
        };
        // An answer that nobody waits for any more is of no use to anybody else either.
        match outcome {
            Ok(verdicts) => {
                self.shared.counters.count(&verdicts);
                for (job, verdict) in group.drain(..).zip(verdicts) {
                    let _ = job.answer.send(verdict.into());
                }
            }
            Err(error) => {
                for job in group.drain(..) {
                    let _ = job.answer.send(Err(error.clone().into()));
                }
            }
        }
    }

    /// One transaction. Another process may have appended since the last one, so the record's end and the
    /// incidents' revisions are read inside it, under the write lock.
    fn transact(&mut self, group: &[Job]) -> Result<Vec<Verdict>, Trouble> {
        let transaction = schema::begin(&mut self.connection)?;
        let before = query::tip(&transaction)?;
        let mut end = End { frontier: tree::catch_up(&transaction, &self.frontier, &before)?, tip: before };
        let verdicts = group
            .iter()
            .map(|job| insert(&transaction, &mut end, &job.append, &self.shared.time))
            .collect::<Result<Vec<_>, Trouble>>()?;
        if end.tip.position == before.position {
            // Conflicts and repeats only: there is nothing to flush.
            transaction.rollback()?;
        } else {
            transaction.commit()?;
            if let Some(path) = self.files.missing() {
                return Err(Trouble::Gone(path.to_owned()));
            }
            self.shared.heads.reached(end.tip.position);
        }
        self.frontier = end.frontier;
        Ok(verdicts)
    }
}

fn gather(jobs: &mut mpsc::Receiver<Job>, group: &mut Vec<Job>, usual: usize) {
    let until = Instant::now() + GATHER;
    while group.len() < usual.min(GROUP) {
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) if Instant::now() < until => thread::sleep(GATHER_STEP),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use scribe_domain::event_store::Append;
    use scribe_domain::ids::{CommandId, Revision};
    use uuid::Uuid;

    use super::*;
    use crate::store::sqlite::file::open::find_or_found;
    use crate::store::sqlite::health::Stats;
    use crate::store::sqlite::samples::notes;

    /// The thread's work without the thread, so that a test decides what is a group.
    fn appender(dir: &Path) -> Appender {
        let path = find_or_found(dir).unwrap().path.clone();
        let shared = Shared {
            time: crate::clock::system().into(),
            turns: Turns::default(),
            access: Access::Write,
            forget: Arc::new(|| Ok(())),
            heads: Arc::new(Heads::new()),
            health: Arc::default(),
            counters: Arc::default(),
        };
        Appender::open(&path, shared).unwrap()
    }

    fn serve(appender: &mut Appender, appends: &[Append]) -> Vec<Answer> {
        let (mut group, answers): (Vec<_>, Vec<_>) = appends
            .iter()
            .map(|append| {
                let (answer, answered) = oneshot::channel();
                (Job { append: Prepared::new(append.clone()).unwrap(), answer }, answered)
            })
            .unzip();
        appender.serve(&mut group);
        answers.into_iter().map(|mut answered| answered.try_recv().unwrap()).collect()
    }

    fn is_unavailable(answer: &Answer, because: &str) -> bool {
        matches!(answer, Err(AppendError::Store(StoreError::Unavailable(why))) if why.contains(because))
    }

    #[test]
    fn one_commit_serves_a_group_and_each_append_gets_its_own_answer() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = appender(dir.path());
        let (first, late, next) = (notes(0, &["a", "b"]), notes(0, &["late"]), notes(2, &["c"]));
        let answers = serve(&mut appender, &[first.clone(), late, first.clone(), next, first]);

        assert_eq!(answers[0].as_ref().unwrap().position, 2);
        let conflict = AppendError::Conflict { expected: Revision(0), actual: Revision(2) };
        assert_eq!(answers[1], Err(conflict));
        assert_eq!(answers[2], answers[0]);
        assert_eq!(answers[3].as_ref().unwrap().position, 3);
        assert_eq!(answers[4], answers[0]);
        let stats = Stats { commits: 1, appends: 2, events: 3, repeats: 2, conflicts: 1 };
        assert_eq!(appender.shared.counters.stats(), stats);
    }

    #[test]
    fn a_repeat_for_another_incident_leaves_no_trace_in_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = appender(dir.path());
        let first = notes(0, &["a"]);
        let stray = Append { incident: "20230104-b".parse().unwrap(), ..first.clone() };
        let answers = serve(&mut appender, &[first, stray.clone(), notes(1, &["b"])]);
        assert_eq!(answers[1], answers[0]);
        assert_eq!(answers[2].as_ref().unwrap().position, 2);
        let own = Append { command_id: CommandId(Uuid::now_v7()), ..stray };
        assert_eq!(serve(&mut appender, &[own])[0].as_ref().unwrap().revision, 1);
    }

    #[test]
    fn a_full_disk_takes_nothing_and_may_recover() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = appender(dir.path());
        assert!(serve(&mut appender, &[notes(0, &["a"])])[0].is_ok());
        let pages: u32 = appender.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let set_limit = |appender: &Appender, pages: u32| {
            appender
                .connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
                .unwrap();
        };
        set_limit(&appender, pages + 1);

        let long = "x".repeat(20_000);
        let group = [notes(1, &["small"]), notes(2, &[&long])];
        for answer in serve(&mut appender, &group) {
            assert!(is_unavailable(&answer, "disk is full"), "{answer:?}");
        }
        assert_eq!(query::tip(&appender.connection).unwrap().position, 1);

        set_limit(&appender, 1_000_000);
        for (answer, position) in serve(&mut appender, &group).into_iter().zip(2..) {
            assert_eq!(answer.unwrap().position, position);
        }
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = appender(dir.path());
        let failed = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        appender.shared.health.diagnose(rusqlite::Error::SqliteFailure(failed, None).into());
        for _ in 0..2 {
            let answers = serve(&mut appender, &[notes(0, &["a"])]);
            assert!(is_unavailable(&answers[0], "restart scribe"), "{answers:?}");
        }
        assert_eq!(query::tip(&appender.connection).unwrap().position, 0);
    }
}

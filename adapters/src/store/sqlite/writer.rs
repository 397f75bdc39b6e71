//! The one thread that appends, and its queue.
//!
//! **Group commit**: whatever waits in the queue goes into one transaction with one flush to the disk,
//! and is acknowledged together after it. One writer alone pays a flush an append; sixty-four of them
//! share it.

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use scribe_domain::event_store::{AppendError, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::append::{Prepared, Verdict, insert};
use super::error::{OpenError, Trouble};
use super::health::{Counters, Health};
use super::live::Heads;
use super::query::{self, Tip};
use super::row::Taken;
use super::schema::{self, Access};
use crate::clock::Clock;

/// How many appends wait at most; whoever comes then waits to wait.
const QUEUE: usize = 1_024;
/// How many appends go into one transaction at most.
const GROUP: usize = 512;
/// How long to wait for as many appends as came last time. Those who were just acknowledged together
/// come back almost together; without this the first of them would take a flush for itself. One writer
/// alone never waits.
const GATHER: Duration = Duration::from_micros(200);
const GATHER_STEP: Duration = Duration::from_micros(20);

type Answer = Result<Taken, AppendError>;

/// An append on its way to the thread.
struct Job {
    append: Prepared,
    answer: oneshot::Sender<Answer>,
}

/// The thread's front door. Dropping it lets the thread finish what is in the queue, and waits for that.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread shares with the rest of the store.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) heads: Arc<Heads>,
    pub(super) health: Arc<Health>,
    pub(super) counters: Arc<Counters>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(path: &Path, shared: Shared) -> Result<Self, OpenError> {
        let opened = schema::connect(path, Access::Write).map_err(Trouble::from).and_then(|connection| {
            query::tip(&connection)?;
            Ok(connection)
        });
        let connection = opened.map_err(|trouble| OpenError::from_trouble(path.to_owned(), trouble))?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let appender = Appender { connection, shared };
        let thread = thread::Builder::new()
            .name("scribe-writer".to_owned())
            .spawn(move || appender.run(jobs))
            .map_err(|error| OpenError::Unavailable { path: path.to_owned(), why: error.to_string() })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Appends, and answers once that is on the disk.
    pub(super) async fn append(&self, append: Prepared) -> Answer {
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
    shared: Shared,
}

impl Appender {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        let mut usual = 1;
        while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
            gather(&mut jobs, &mut group, usual);
            usual = group.len();
            self.serve(&mut group);
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
        let now = (self.shared.clock)().timestamp_micros();
        let mut tip = Tip { recorded_at: before.recorded_at.max(Some(now)), ..before };
        let verdicts = group
            .iter()
            .map(|job| insert(&transaction, &mut tip, &job.append))
            .collect::<Result<Vec<_>, Trouble>>()?;
        if tip.position == before.position {
            // Conflicts and repeats only: there is nothing to flush.
            transaction.rollback()?;
        } else {
            transaction.commit()?;
            self.shared.heads.reached(tip.position);
        }
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

//! Running tasks until the server stops.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::status::{TaskBoard, TaskState};
use super::{Failure, Next, Task};
use crate::clock::Clock;

/// When a task whose program code failed is tried again.
const AFTER_A_PANIC: Duration = Duration::from_mins(1);

/// The tasks of a server, at work.
#[must_use = "tasks that are not finished leave work undone"]
pub struct Tasks {
    stop: watch::Sender<bool>,
    running: Vec<(Arc<dyn Task>, JoinHandle<()>)>,
}

/// Starts tasks, each of its own. How they stand is told on the board, by this clock.
pub fn start(tasks: Vec<Arc<dyn Task>>, board: &Arc<TaskBoard>, clock: &Clock) -> Tasks {
    let stop = watch::Sender::new(false);
    let running = tasks.into_iter().map(|task| {
        let driver = Driver {
            line: board.enter(&*task),
            task: Arc::clone(&task),
            board: Arc::clone(board),
            clock: Arc::clone(clock),
        };
        let mut stopped = stop.subscribe();
        let at_work = tokio::spawn(async move {
            tokio::select! {
                () = driver.drive() => {}
                // The sender lives as long as the tasks, so waiting cannot fail.
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
        (task, at_work)
    });
    let running = running.collect();
    Tasks { stop, running }
}

impl Tasks {
    /// Has every task give way, and then lets each do what is left, one after the other in the order in which
    /// they were started. To be called when requests are finished.
    pub async fn finish(self) {
        self.stop.send_replace(true);
        for (task, at_work) in self.running {
            // A panic is caught within, and told.
            let _ = at_work.await;
            if let Err(Failure { why, known, .. }) = task.finish().await
                && !known
            {
                tracing::error!(task = task.name(), why, "a task could not finish");
            }
        }
    }
}

struct Driver {
    task: Arc<dyn Task>,
    line: usize,
    board: Arc<TaskBoard>,
    clock: Clock,
}

impl Driver {
    async fn drive(&self) {
        loop {
            self.board.running(self.line);
            let mut outcome = caught(self.task.run()).await;
            loop {
                let wait = match self.told(outcome) {
                    Next::Never => return,
                    Next::After(wait) => Some(wait),
                    Next::WhenWoken => None,
                };
                let woken = tokio::select! {
                    () = slept(wait) => Ok(()),
                    woken = caught(self.task.wake()) => woken,
                };
                match woken {
                    Ok(()) => break,
                    Err(failure) => outcome = Err(failure),
                }
            }
        }
    }

    /// Tells what came of a run; when the next one is.
    fn told(&self, outcome: Result<Next, Failure>) -> Next {
        let now = (self.clock)();
        let at = |wait: Duration| -> Option<DateTime<Utc>> {
            now.checked_add_signed(TimeDelta::from_std(wait).ok()?)
        };
        match outcome {
            Ok(next) => {
                let (state, next_run) = match next {
                    Next::After(wait) => (TaskState::Idle, at(wait)),
                    Next::WhenWoken => (TaskState::Idle, None),
                    Next::Never => (TaskState::Done, None),
                };
                self.board.succeeded(self.line, now, state, next_run);
                next
            }
            Err(failure) => {
                let is_news = self.board.failed(self.line, now, &failure, failure.again.and_then(at));
                let (task, why) = (self.task.name(), &failure.why);
                if is_news && !failure.known {
                    tracing::error!(task, why, "a task could not do its work");
                } else {
                    tracing::debug!(task, why, "a task could not do its work");
                }
                failure.again.map_or(Next::Never, Next::After)
            }
        }
    }
}

async fn slept(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// A panic in one task must neither end the server nor go unseen. The panic hook has logged where it was.
async fn caught<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Failure::again("it failed by a fault of this program", AFTER_A_PANIC)))
}

#[cfg(test)]
mod tests;

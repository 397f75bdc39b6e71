//! How each task stands, to be asked at any time.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::{Failure, Task};

/// Stands where something is told to auditors of the whole record alone.
pub const TOLD_TO: &str = "the log says it, and so does this to whoever may audit all of the record";

/// The tasks of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskList {
    /// In the order in which they were started; none in a program that does not serve.
    pub tasks: Vec<TaskReport>,
}

impl TaskList {
    /// The same without why one fails, which may quote what it works on.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        for error in self.tasks.iter_mut().filter_map(|report| report.error.as_mut()) {
            TOLD_TO.clone_into(error);
        }
        self
    }
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskReport {
    /// Its name.
    pub task: String,
    /// What it does and for whom.
    pub purpose: String,
    /// How it stands.
    pub state: TaskState,
    /// Since when it has failed each time, if it did the last time.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why it failed the last time, if it did.
    pub error: Option<String>,
    /// When it last did its work.
    pub last_success: Option<DateTime<Utc>>,
    /// When it is run next, if nothing wakes it before; null if only something else wakes it.
    pub next_run: Option<DateTime<Utc>>,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It is at work.
    Running,
    /// It waits for its time, or for something to do.
    Idle,
    /// It could not do its work the last time. It is tried again if there is a next run.
    Failing,
    /// It has done all there was to do.
    Done,
}

/// The reports of all tasks that were started.
#[derive(Debug, Default)]
pub struct TaskBoard(Mutex<Vec<TaskReport>>);

impl TaskBoard {
    /// How each task stands.
    pub fn list(&self) -> TaskList {
        TaskList { tasks: self.reports().clone() }
    }

    /// A new line for a task that is about to be started.
    pub(super) fn enter(&self, task: &dyn Task) -> usize {
        let mut reports = self.reports();
        reports.push(TaskReport {
            task: task.name().to_owned(),
            purpose: task.purpose().to_owned(),
            state: TaskState::Running,
            failing_since: None,
            error: None,
            last_success: None,
            next_run: None,
        });
        reports.len() - 1
    }

    pub(super) fn running(&self, line: usize) {
        self.change(line, |report| {
            report.state = TaskState::Running;
            report.next_run = None;
        });
    }

    pub(super) fn succeeded(
        &self,
        line: usize,
        now: DateTime<Utc>,
        state: TaskState,
        next: Option<DateTime<Utc>>,
    ) {
        self.change(line, |report| {
            report.state = state;
            report.failing_since = None;
            report.error = None;
            report.last_success = Some(now);
            report.next_run = next;
        });
    }

    /// Whether this failure is news: the last run did not fail for the same reason.
    pub(super) fn failed(
        &self,
        line: usize,
        now: DateTime<Utc>,
        failure: &Failure,
        next: Option<DateTime<Utc>>,
    ) -> bool {
        let mut is_news = false;
        self.change(line, |report| {
            is_news = report.error.as_ref() != Some(&failure.why);
            report.state = TaskState::Failing;
            report.failing_since.get_or_insert(now);
            report.error = Some(failure.why.clone());
            report.next_run = next;
        });
        is_news
    }

    fn change(&self, line: usize, change: impl FnOnce(&mut TaskReport)) {
        if let Some(report) = self.reports().get_mut(line) {
            change(report);
        }
    }

    fn reports(&self) -> MutexGuard<'_, Vec<TaskReport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line, as an operator reads it: `signing: idle, next run at 2026-11-27T15:00:00Z`.
impl fmt::Display for TaskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let state = match self.state {
            TaskState::Running => "running",
            TaskState::Idle => "idle",
            TaskState::Failing => "failing",
            TaskState::Done => "done",
        };
        write!(f, "{}: {state}", self.task)?;
        if let (Some(since), Some(error)) = (&self.failing_since, &self.error) {
            // One line, whatever somebody's words may hold.
            write!(f, ", without success since {}: {}", at(since), error.replace(['\n', '\r'], " "))?;
        }
        match &self.next_run {
            Some(next) => write!(f, ", next run at {}", at(next)),
            None if self.state == TaskState::Failing => f.write_str(", not tried again"),
            None => Ok(()),
        }
    }
}

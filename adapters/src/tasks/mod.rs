//! Work that a server does beside its requests: one small trait, and one driver that runs whatever implements it
//! and tells how each task stands. In reading order:

/// How each task stands, to be asked at any time.
pub mod status;
/// Running tasks until the server stops.
pub mod driver;

use std::time::Duration;

use async_trait::async_trait;

/// Work that is done again and again, or once, while a server runs.
///
/// When the server stops, [`run`](Self::run) and [`wake`](Self::wake) are dropped wherever they wait, so both must
/// bear that: what is half done then is done again after the next start.
#[async_trait]
pub trait Task: Send + Sync {
    /// Its name, as it stands in answers and in the log.
    fn name(&self) -> &'static str;
    /// What it does and for whom, as a sentence.
    fn purpose(&self) -> &'static str;
    /// Does what there is to do now, and says when to do it next. It is run first when the server starts.
    async fn run(&self) -> Result<Next, Failure>;
    /// Returns when there is something to do, however long the task would wait by itself.
    async fn wake(&self) -> Result<(), Failure> {
        std::future::pending().await
    }
    /// What is left to do when the server has finished its requests.
    async fn finish(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// When a task is run next, unless something [wakes](Task::wake) it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After so long.
    After(Duration),
    /// Not by itself.
    WhenWoken,
    /// Never again: it is done.
    Never,
}

/// Why a task could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong, in plain words.
    pub why: String,
    /// When it is tried again, if at all.
    pub again: Option<Duration>,
    /// Whether the log has said it already, or somebody else will.
    pub known: bool,
}

impl Failure {
    /// One that is tried again after a while.
    pub fn again(why: impl Into<String>, after: Duration) -> Self {
        Self { why: why.into(), again: Some(after), known: false }
    }

    /// One that ends the task until the server is started anew.
    pub fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: None, known: false }
    }

    /// The same, of which the log need not say anything.
    #[must_use]
    pub fn known(self) -> Self {
        Self { known: true, ..self }
    }
}

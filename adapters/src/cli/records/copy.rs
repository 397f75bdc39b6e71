//! `scribe copy`: carrying a record from one store to another.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event_store::StoreError;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind};

use crate::app::{App, CopyError, CopyReport, NotCopied, OpenError, Place, Progress};
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::options::GlobalOptions;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::signals::listen;
use crate::cli::common::store::{TypedAddress, place};
use crate::cli::common::terminal::{put_line, say};
use crate::clock;

/// How often a terminal is told how far it is, and how often a log.
const OFTEN: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_secs(10);

const AGAIN: &str = "give the same command again: it continues from there";

/// Copy the whole record from one store to another, folder or cluster; repeat it to continue.
#[derive(Debug, Clone, Args)]
pub(super) struct CopyArgs {
    /// The store with the record: a folder, or esdb://HOST:PORT
    #[arg(long, value_name = "STORE")]
    from: TypedAddress,
    /// The store for it: empty, or with the beginning of the record in it
    #[arg(long, value_name = "STORE")]
    to: TypedAddress,
}

#[async_trait(?Send)]
impl Effect for CopyArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        session.must_be_here("a record is copied between stores")?;
        copy(&session.options, &self).await?;
        Ok(exit::DONE)
    }
}

async fn copy(options: &GlobalOptions, args: &CopyArgs) -> Result<(), Failure> {
    let (from, to) = (place("--from", &args.from)?, place("--to", &args.to)?);
    let signals = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let (stop, progress, clock) = (AtomicBool::new(false), ProgressLine::new(), clock::system().into());
    let (asked_to_stop, show) = (|| stop.load(Ordering::SeqCst), |copied| progress.show(copied));
    let copied = tokio::select! {
        copied = App::copy(&from, &to, &clock, &asked_to_stop, &show) => copied,
        () = until_given_up(signals, &stop) => {
            progress.end();
            return Err(Failure::new(Kind::Unavailable, "interrupted", AGAIN));
        }
    };
    progress.end();
    report(options, &from, &to, &copied.map_err(|error| failure(&error))?)
}

/// Asks to stop at the first signal. Returns at the second: a store may be long in answering.
async fn until_given_up((mut interrupt, mut terminate): (Signal, Signal), stop: &AtomicBool) {
    for _ in 0..2 {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if !stop.swap(true, Ordering::SeqCst) {
            say("stopping after this batch; interrupt again to stop at once");
        }
    }
}

fn report(options: &GlobalOptions, from: &Place, to: &Place, report: &CopyReport) -> Result<(), Failure> {
    let CopyReport { events, added, already_kept, checkpoints, root } = report;
    if options.json {
        let report = json!({
            "events": events,
            "added": added,
            "already_kept": already_kept,
            "checkpoints": checkpoints,
            "root": root,
            "from": from.to_string(),
            "to": to.to_string(),
        });
        put_line(&report.to_string())?;
    } else {
        put_line(&format!("{events} events in {to}: {added} copied, {already_kept} there already"))?;
        put_line(&format!("{checkpoints} checkpoints copied"))?;
        put_line(&format!("ledger root {root}, the same on both sides"))?;
    }
    say(
        "hint: the key that signs was not copied; to move a record for good, move its folder's ledger.key as well",
    );
    Ok(())
}

fn failure(error: &NotCopied) -> Failure {
    let (kind, hint) = match error {
        NotCopied::Itself => (Kind::BadInput, "name another folder, cluster or prefix with --to"),
        NotCopied::NoRecord(_) => (Kind::Unavailable, "name the folder that holds the record with --from"),
        NotCopied::NoMirror(_) => (Kind::Unavailable, "name a folder with free space in TMPDIR"),
        NotCopied::Open(OpenError::OnlyAMirror { .. }) => (Kind::BadInput, "name the cluster itself"),
        NotCopied::Open(error) => (Kind::Unavailable, error.hint()),
        NotCopied::Stopped(stopped) => match stopped {
            CopyError::OtherRecord { .. } | CopyError::Longer { .. } => (
                Kind::Refused,
                "nothing was written; name an empty folder, or an empty prefix of a cluster, with --to",
            ),
            CopyError::ErasedSince { .. } => (
                Kind::Refused,
                "delete that copy, which still contains what was erased, and copy into an empty place",
            ),
            CopyError::Interrupted { .. } => (Kind::Unavailable, AGAIN),
            CopyError::DoesNotAddUp => {
                (Kind::Other, "make sure that nobody records into the target, and copy into an empty place")
            }
            CopyError::Source(error) | CopyError::Target(error) => match error {
                StoreError::Unavailable(_) | StoreError::NotShown(_) | StoreError::NotWiped(_) => {
                    (Kind::Unavailable, AGAIN)
                }
                StoreError::Barred { remedy, .. } => (Kind::Barred, remedy.as_str()),
                StoreError::ClockWrong { remedy, .. } => (Kind::ClockWrong, remedy.as_str()),
                StoreError::Unacceptable(_) => (Kind::Refused, "copy into an empty place"),
                StoreError::Damaged(_) => (Kind::Other, "look at that record: scribe audit verify"),
            },
        },
    };
    Failure::new(kind, error.to_string(), hint)
}

/// Tells how far it is: in one line of a terminal, or now and then in a log.
struct ProgressLine {
    is_terminal: bool,
    last: Mutex<Option<Instant>>,
}

impl ProgressLine {
    fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        // A copy that is done before anybody wonders has nothing to tell a log.
        Self { is_terminal, last: Mutex::new((!is_terminal).then(Instant::now)) }
    }

    fn show(&self, Progress { done, of }: Progress) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.is_terminal { OFTEN } else { SELDOM };
        if last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        *last = Some(Instant::now());
        if self.is_terminal {
            // If nobody can see it, nothing is lost.
            let _ = write!(io::stderr().lock(), "\r\x1b[K{done} of {of} events");
        } else {
            say(&format!("{done} of {of} events"));
        }
    }

    fn end(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

//! The line itself: started, passed through, and waited for.

use std::io::Write;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{io, os::unix::process::ExitStatusExt as _};

use scribe_domain::event::runs::Exit;
use scribe_domain::when::When;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::signal::unix::SignalKind;
use tokio::time::Instant;

use super::group::{Foreground, Group, stop_too};
use super::output::Output;
use super::signals::Signals;
use crate::cli::runs::line::Line;

/// How long output may still come after the line has ended, when something that it left behind keeps
/// its streams open.
const AFTERMATH: Duration = Duration::from_millis(300);
/// The status that shells give what cannot be found, and what cannot be started.
const NOT_FOUND: i32 = 127;
const NOT_STARTED: i32 = 126;

/// Runs the line and passes on what it reads and prints, byte for byte; how and when it ended. Signals
/// that ask scribe to stop are passed on to every process of it, and the line decides; but what is left of it when
/// it has ended so does not go on.
pub(super) async fn run(
    line: &Line,
    output: &mut Output,
    signals: Signals,
    now: impl Fn() -> When,
) -> (Exit, When) {
    let child = match command(line).spawn() {
        Ok(child) => child,
        Err(error) => {
            let program = line.words.first().map_or("sh", String::as_str);
            let message = format!("scribe could not start {program:?}: {error}\n");
            // If stderr is gone there is nobody to tell; the record still is.
            let _ = io::stderr().write_all(message.as_bytes());
            output.add(message.as_bytes());
            let missing = error.kind() == io::ErrorKind::NotFound;
            return (Exit::Code(if missing { NOT_FOUND } else { NOT_STARTED }), now());
        }
    };
    let group = Group::of(&child);
    let stopping = Arc::new(AtomicBool::new(false));
    let forwarding = group.map(|group| tokio::spawn(stand_by(group, signals, Arc::clone(&stopping))));
    let ended = attend(child, output, now).await;
    if let Some(group) = group.filter(|_| stopping.load(Ordering::Relaxed)) {
        group.must_end().await;
    }
    if let Some(forwarding) = forwarding {
        forwarding.abort();
        // What it holds of the terminal is given back before anything else is said.
        let _ = forwarding.await;
    }
    ended
}

/// Lends the terminal to a line, and passes on every signal by which somebody asks scribe to stop.
async fn stand_by(group: Group, mut signals: Signals, stopping: Arc<AtomicBool>) {
    let mut foreground = Foreground::give(group);
    // Without it, only Ctrl-Z is not understood.
    let mut children = tokio::signal::unix::signal(SignalKind::child()).ok();
    loop {
        let changed = async {
            match &mut children {
                Some(children) => children.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            signal = signals.next() => {
                stopping.store(true, Ordering::Relaxed);
                group.signal(signal);
            }
            _ = changed => {
                if foreground.is_given() && group.is_stopped() {
                    drop(foreground);
                    stop_too();
                    foreground = Foreground::give(group);
                    group.go_on();
                }
            }
        }
    }
}

fn command(line: &Line) -> Command {
    let mut command = match (&line.shell, line.words.split_first()) {
        (None, Some((program, arguments))) => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        (shell, _) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(shell.as_deref().unwrap_or_default());
            command
        }
    };
    command.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A line may be many processes, and all of them are to hear a signal.
    command.process_group(0);
    command
}

async fn attend(mut child: Child, output: &mut Output, now: impl Fn() -> When) -> (Exit, When) {
    let mut stdout = Stream::new(child.stdout.take());
    let mut stderr = Stream::new(child.stderr.take());
    let mut status = None;
    let aftermath = tokio::time::sleep(Duration::ZERO);
    tokio::pin!(aftermath);
    loop {
        let over = status.is_some();
        tokio::select! {
            piece = stdout.read(), if stdout.is_open() => stdout.pass_on(piece, &mut io::stdout(), output),
            piece = stderr.read(), if stderr.is_open() => stderr.pass_on(piece, &mut io::stderr(), output),
            ended = child.wait(), if !over => {
                status = Some((ended, now()));
                aftermath.as_mut().reset(Instant::now() + AFTERMATH);
            }
            () = &mut aftermath, if over => break,
        }
        if status.is_some() && !stdout.is_open() && !stderr.is_open() {
            break;
        }
    }
    match status {
        Some((Ok(status), ended)) => (exit_of(status), ended),
        // Waiting for one's own child fails only if somebody else has waited for it.
        Some((Err(_), _)) | None => (Exit::Code(1), now()),
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Code(1),
    }
}

/// One of the line's output streams.
struct Stream<R> {
    source: Option<R>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    fn new(source: Option<R>) -> Self {
        Self { source, buffer: vec![0; 64 << 10] }
    }

    fn is_open(&self) -> bool {
        self.source.is_some()
    }

    /// Safe to give up half-way: nothing is read then.
    async fn read(&mut self) -> io::Result<usize> {
        match &mut self.source {
            Some(source) => source.read(&mut self.buffer).await,
            None => Ok(0),
        }
    }

    fn pass_on(&mut self, piece: io::Result<usize>, to: &mut impl Write, output: &mut Output) {
        let piece = &self.buffer[..piece.unwrap_or(0)];
        output.add(piece);
        // Whoever reads has gone away: so does our end, and the line learns it as it would without us.
        let gone = to.write_all(piece).and_then(|()| to.flush()).is_err();
        if piece.is_empty() || gone {
            self.source = None;
        }
    }
}

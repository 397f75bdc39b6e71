//! The processes of a line: signalled and waited for together, and given the terminal while they run.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal as Raw};
use nix::unistd::{Pid as RawPid, getpgrp, tcgetpgrp, tcsetpgrp};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_current_process_group, kill_process_group,
    test_kill_process_group, waitid,
};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::cli::common::terminal::say;

/// How long what is left of a line that was asked to stop may take to do so.
const GRACE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The processes of a line, by the one that began it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(Pid);

impl Group {
    /// The group that this child leads.
    pub(super) fn of(child: &Child) -> Option<Self> {
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).map(Self)
    }

    /// Sends a signal to every process of it.
    pub(super) fn signal(self, signal: Signal) {
        // If all have ended already, nothing is to be done. One that is stopped hears only when it goes on.
        let _ = kill_process_group(self.0, signal);
        let _ = kill_process_group(self.0, Signal::CONT);
    }

    /// Lets it go on.
    pub(super) fn go_on(self) {
        let _ = kill_process_group(self.0, Signal::CONT);
    }

    /// Whether Ctrl-Z has stopped it.
    pub(super) fn is_stopped(self) -> bool {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        matches!(waitid(WaitId::Pid(self.0), options), Ok(Some(_)))
    }

    /// Returns when none is left; whoever takes too long is ended.
    pub(super) async fn must_end(self) {
        let until = Instant::now() + GRACE;
        while test_kill_process_group(self.0).is_ok() {
            if Instant::now() > until {
                say("what the line had started did not stop when asked to, and is ended");
                let _ = kill_process_group(self.0, Signal::KILL);
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// The terminal, given to a line while it runs: what is typed is its own, and so is Ctrl-C. Taken back when this goes.
pub(super) struct Foreground {
    back_to: Option<RawPid>,
}

impl Foreground {
    /// Gives the terminal to a line, if it is ours to give.
    pub(super) fn give(group: Group) -> Self {
        let ours =
            io::stdin().is_terminal() && tcgetpgrp(io::stdin()).is_ok_and(|holder| holder == getpgrp());
        let to = RawPid::from_raw(group.0.as_raw_nonzero().get());
        let given = ours && hand_over(to).is_ok();
        if given {
            // It may have asked for input before it had the terminal, and was stopped for that.
            group.go_on();
        }
        Self { back_to: given.then(getpgrp) }
    }

    /// Whether the line has it.
    pub(super) fn is_given(&self) -> bool {
        self.back_to.is_some()
    }
}

/// Stops this program too, as the shell expects when what it started is stopped; returns when it is to go on.
pub(super) fn stop_too() {
    let _ = kill_current_process_group(Signal::STOP);
}

impl Drop for Foreground {
    fn drop(&mut self) {
        if let Some(to) = self.back_to {
            // A terminal that has gone is nobody's.
            let _ = hand_over(to);
        }
    }
}

/// Whoever is not in the foreground is stopped for handing a terminal over, unless the signal for that is blocked.
fn hand_over(to: RawPid) -> nix::Result<()> {
    let mut stop = SigSet::empty();
    stop.add(Raw::SIGTTOU);
    stop.thread_block()?;
    let handed = tcsetpgrp(io::stdin(), to);
    stop.thread_unblock()?;
    handed
}

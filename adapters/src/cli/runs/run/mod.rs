//! `scribe run`, two pairs of eyes as a tool: propose a line, wait until somebody else approves exactly that line, run
//! it, and record how it went.
//!
//! Whatever happens half-way, the record stays true: a proposal that nobody waits for any more is
//! withdrawn; nothing runs before its start is recorded; and what was started and not finished shows so.

mod child;
mod group;
mod output;
mod signals;

use std::ops::Deref;
use std::time::Duration;

use async_trait::async_trait;
use chrono::SubsecRound as _;
use clap::Args;
use futures::FutureExt as _;
use scribe_domain::command::{FinishRun, ProposeRun, StartRun, WithdrawRun};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::runs::Exit;
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, ShellLine, Text};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use scribe_projections::document::exactly;
use scribe_projections::runs::RunStage;
use tokio::time::sleep;

use super::line::Line;
use super::standing::{RunNow, Said, run_now};
use crate::cli::common::arguments::Why;
use crate::cli::common::command::{CommandRequest, RecordingOptions};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::feed::added_by;
use crate::cli::common::incident::{Care, IncidentRef};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, say};
use crate::cli::common::{mask, quote};
use output::Output;
use signals::Signals;

/// How often somebody who waits looks whether the run is approved.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// How often what must not be lost is sent before it is given up, with growing pauses between.
const ATTEMPTS: u32 = 5;

/// Propose a line, wait for another person's approval, run it, and record how it went
///
/// Two people see a line before it runs. What a program proposed takes two approvers, or one approver and somebody
/// else who starts it.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = mask::help())]
pub(super) struct RunArgs {
    /// The incident: its id, a part of it, or @ for the open one
    incident: IncidentRef,
    #[command(flatten)]
    line: Line,
    /// Where it runs, as people call it; only recorded, the line runs on this machine
    #[arg(long, value_name = "HOST")]
    on: Option<Label>,
    #[command(flatten)]
    why: Why,
    /// How long to wait for an approval, such as 90s, 15m or 2h; then the proposal is withdrawn
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    wait: Duration,
    /// Use this proposal, made before with the same line and host, instead of making one
    #[arg(long, value_name = "N")]
    run: Option<u32>,
    /// Run at once, without approval, for this reason; the run stays marked
    #[arg(long, value_name = "REASON")]
    emergency: Option<String>,
}

#[async_trait(?Send)]
impl Effect for RunArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let incident = self.incident.clone().find(desk, Care::Usual).await?;
        run(desk, &Task { incident, args: &self }).await
    }
}

/// What is to be run, in an incident that was looked up.
struct Task<'a> {
    incident: IncidentId,
    args: &'a RunArgs,
}

impl Deref for Task<'_> {
    type Target = RunArgs;

    fn deref(&self) -> &RunArgs {
        self.args
    }
}

/// The exit status to pass on.
async fn run(desk: &Desk, args: &Task<'_>) -> Result<u8, Failure> {
    let line = args.line.line()?;
    if desk.masks.finds(line.as_str()) {
        say("warning: the line seems to contain a secret, and the record keeps the line as it is, for ever");
    }
    let mut signals = Signals::listen()?;
    let emergency = desk.some_text("--emergency", args.emergency.as_deref())?;
    let number = match (args.run, &emergency) {
        (run, Some(_)) => run,
        (Some(run), None) => {
            must_be_the_same(args, &line, run, &run_now(desk, &args.incident, run).await?)?;
            Some(run)
        }
        (None, None) => Some(propose(desk, args, &line).await?),
    };
    if let (Some(run), None) = (number, &emergency) {
        let mut shown = exactly(line.as_str()).into_owned();
        if shown.contains('\n') {
            shown = format!("\n  │ {}", shown.replace('\n', "\n  │ "));
        }
        say(&format!("run {run} of {}: {shown}", args.incident));
        say("waiting for another person's approval:");
        say(&format!("  scribe approve {} {run}", args.incident));
        tokio::select! {
            approved = approval(desk, &args.incident, run) => approved?,
            signal = signals.next() => {
                withdraw(desk, args, run, "Whoever proposed it stopped waiting.").await;
                return Ok(status(Exit::Signal(signal.as_raw())));
            }
            () = sleep(args.wait) => {
                withdraw(desk, args, run, "Nobody approved it in time.").await;
                return Err(Failure::new(
                    Kind::Refused,
                    format!("nobody approved run {run} in time; nothing was run"),
                    "ask another person, and wait longer with --wait; or say why it cannot wait: --emergency \"…\"",
                ));
            }
        }
    }
    let run = start(desk, args, &line, number, emergency.clone()).await?;
    let started = now(desk);
    if let Some(signal) = signals.next().now_or_never() {
        // Asked to stop before the line began: it doesn't, and the start that is recorded has its end.
        let excerpt = Text::new("scribe was asked to stop before the line began; nothing was run.").ok();
        let nothing = FinishRun { run, started, ended: started, exit: None, output_digest: None, excerpt };
        record_end(desk, args, &nothing).await?;
        return Ok(status(Exit::Signal(signal.as_raw())));
    }
    let mut output = Output::default();
    let (exit, ended) = child::run(&args.line, &mut output, signals, || now(desk)).await;
    let finish = FinishRun {
        run,
        started,
        ended,
        exit: Some(exit),
        output_digest: Some(output.digest()),
        excerpt: output.excerpt(&desk.masks),
    };
    match record_end(desk, args, &finish).await {
        Ok(receipt) => say(&format!("run {run}: {exit}; recorded, revision {}", receipt.revision)),
        Err(failure) => {
            say(&format!("error: HOW RUN {run} ENDED IS NOT RECORDED: {}", printable(&failure.message)));
            say(&format!("hint: record it by hand: {}", by_hand(args, &line, &finish, emergency.as_ref())));
        }
    }
    Ok(status(exit))
}

/// The value of `--wait`: at most a week.
fn duration(given: &str) -> Result<Duration, String> {
    let form = || "write a number and s, m or h, such as 90s, 15m or 2h".to_owned();
    let end = given.find(|c: char| !c.is_ascii_digit()).unwrap_or(given.len());
    let (number, unit) = given.split_at(end);
    let number: u64 = number.parse().map_err(|_| form())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(form()),
    };
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= 7 * 24 * 3_600)
        .map(Duration::from_secs)
        .ok_or_else(|| "wait at most a week (168h)".to_owned())
}

/// To the millisecond, which is as exact as two machines' clocks can be compared.
fn now(desk: &Desk) -> When {
    When::second((desk.clock)().trunc_subsecs(3))
}

/// As shells tell it.
fn status(exit: Exit) -> u8 {
    match exit {
        Exit::Code(code) => u8::try_from(code & 0xff).unwrap_or(1),
        Exit::Signal(signal) => {
            u8::try_from(signal).ok().and_then(|signal| signal.checked_add(128)).unwrap_or(1)
        }
    }
}

async fn propose(desk: &Desk, args: &Task<'_>, line: &ShellLine) -> Result<u32, Failure> {
    let why = desk.some_text("--why", args.why.why.as_deref())?;
    let command = ProposeRun { line: line.clone(), host: args.on.clone(), why };
    let receipt =
        CommandRequest::new(desk, Some(args.incident.clone()), command, RecordingOptions::default())?
            .send(desk)
            .await?;
    number_in(desk, &receipt).await
}

/// The number that scribe gave the run.
async fn number_in(desk: &Desk, receipt: &Receipt) -> Result<u32, Failure> {
    for line in added_by(desk, receipt).await? {
        match line.event()? {
            IncidentEvent::RunProposed(proposed) => return Ok(proposed.run),
            IncidentEvent::RunStarted(started) => return Ok(started.run),
            _ => {}
        }
    }
    Err(Failure::plain(Kind::Other, format!("the record of {} does not show the run", receipt.incident)))
}

/// Refused here already, and not only when it is to start: nobody should approve what cannot be run.
fn must_be_the_same(args: &Task<'_>, line: &ShellLine, number: u32, run: &RunNow) -> Result<(), Failure> {
    let what = if run.digest != Some(Digest::of_line(line)) {
        "line"
    } else if run.host != args.on {
        "host"
    } else {
        return Ok(());
    };
    Err(Failure::new(
        Kind::Refused,
        format!("this is another {what} than was proposed as run {number}"),
        "propose it as a run of its own: leave out --run",
    ))
}

/// Returns once the run is approved; whatever else becomes of it is a failure.
async fn approval(desk: &Desk, incident: &IncidentId, number: u32) -> Result<(), Failure> {
    let mut lost = false;
    loop {
        match run_now(desk, incident, number).await {
            Ok(run) => {
                lost = false;
                match run.stage {
                    RunStage::Proposed => {}
                    RunStage::Approved => {
                        if let Some(by) = &run.approved_by {
                            say(&format!("{by} approved run {number}"));
                        }
                        return Ok(());
                    }
                    RunStage::Declined => {
                        return Err(refused(number, "declined", run.record.declined.as_ref()));
                    }
                    RunStage::Withdrawn => {
                        return Err(refused(number, "withdrew", run.record.withdrawn.as_ref()));
                    }
                    RunStage::Started | RunStage::Finished => {
                        return Err(Failure::new(
                            Kind::Refused,
                            format!("run {number} has begun already"),
                            "to run the line again, propose it again",
                        ));
                    }
                }
            }
            Err(failure) if failure.kind.may_pass() => {
                if !lost {
                    say(&format!("{}; still waiting", printable(&failure.message)));
                }
                lost = true;
            }
            Err(failure) => return Err(failure),
        }
        sleep(LOOK_EVERY).await;
    }
}

fn refused(number: u32, what: &str, said: Option<&Said>) -> Failure {
    let who = said.map_or_else(|| "somebody".to_owned(), |said| said.by.to_string());
    let why = said.and_then(|said| said.why.as_ref()).map(|why| format!(": {why}")).unwrap_or_default();
    Failure::new(Kind::Refused, format!("{who} {what} run {number}{why}"), "nothing was run")
}

/// A proposal made before with `scribe propose` is left as it was found.
async fn withdraw(desk: &Desk, args: &Task<'_>, run: u32, why: &str) {
    if args.run.is_some() {
        return;
    }
    let withdrawn = async {
        let why = Text::new(why).map_err(|error| Failure::bad_text("why", &error))?;
        let command = WithdrawRun { run, why: Some(why) };
        surely(
            desk,
            CommandRequest::new(desk, Some(args.incident.clone()), command, RecordingOptions::default())?,
        )
        .await
    };
    match withdrawn.await {
        Ok(_) => say(&format!("run {run} is withdrawn")),
        Err(failure) => say(&format!("run {run} could not be withdrawn: {}", printable(&failure.message))),
    }
}

async fn start(
    desk: &Desk,
    args: &Task<'_>,
    line: &ShellLine,
    run: Option<u32>,
    emergency: Option<Text>,
) -> Result<u32, Failure> {
    let command = StartRun { run, line: line.clone(), host: args.on.clone(), emergency };
    let request =
        CommandRequest::new(desk, Some(args.incident.clone()), command, RecordingOptions::default())?;
    let receipt = surely(desk, request).await?;
    match run {
        Some(run) => Ok(run),
        None => number_in(desk, &receipt).await,
    }
}

async fn record_end(desk: &Desk, args: &Task<'_>, finish: &FinishRun) -> Result<Receipt, Failure> {
    let recording = RecordingOptions {
        occurred: Some(finish.ended.to_string()),
        by_clock: true,
        ..RecordingOptions::default()
    };
    surely(desk, CommandRequest::new(desk, Some(args.incident.clone()), finish.clone(), recording)?).await
}

/// Sends what must not be lost until it is answered with a yes or a no. The request's key makes that safe.
async fn surely(desk: &Desk, request: CommandRequest) -> Result<Receipt, Failure> {
    let mut pause = Duration::from_millis(300);
    let mut attempt = 1;
    loop {
        match request.send(desk).await {
            Err(failure) if failure.kind.may_pass() && attempt < ATTEMPTS => {
                say(&format!("{}; trying again", printable(&failure.message)));
            }
            answer => return answer,
        }
        sleep(pause).await;
        pause *= 2;
        attempt += 1;
    }
}

fn by_hand(args: &Task<'_>, line: &ShellLine, finish: &FinishRun, emergency: Option<&Text>) -> String {
    let mut words = ["scribe", "ran", args.incident.as_str()].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    option("--run", Some(finish.run.to_string()));
    option("--on", args.on.as_ref().map(ToString::to_string));
    option("--started", Some(finish.started.to_string()));
    option("--ended", Some(finish.ended.to_string()));
    match finish.exit {
        Some(Exit::Code(code)) => option("--exit", Some(code.to_string())),
        Some(Exit::Signal(signal)) => option("--signal", Some(signal.to_string())),
        None => {}
    }
    option("--output-digest", finish.output_digest.map(|digest| digest.to_string()));
    option("--emergency", emergency.map(ToString::to_string));
    option("--shell", Some(line.to_string()));
    quote::join(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        for bad in ["", "m", "1d", "-1s", "1.5h", "99999999999999999999", "200h"] {
            assert!(duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_status_is_told_as_shells_tell_it() {
        assert_eq!(status(Exit::Code(0)), 0);
        assert_eq!(status(Exit::Code(255)), 255);
        assert_eq!(status(Exit::Signal(9)), 137);
    }
}

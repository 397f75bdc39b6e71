//! Shell lines and queries in production.

use std::time::Duration;

use clap::{Args, Subcommand};
use scribe_domain::actor::Who;
use scribe_domain::command::{DeclineRun, ProposeRun, RecordRun, WithdrawRun};
use scribe_domain::event::runs::Exit;
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, ShellLine};
use scribe_domain::values::Digest;

use super::Why;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::mask;
use crate::cli::common::quote;
use crate::cli::common::command::{On, Tells, Told};

/// What is run.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// Propose a line, wait for another person's approval, run it, and record how it went
    #[command(after_long_help = mask::help())]
    Run(RunArgs),
    /// Record a run made elsewhere
    Ran(On<RanArgs>),
    /// Propose a line without running it
    Propose(On<ProposeArgs>),
    /// Approve exactly the line that somebody else proposed
    Approve(ApproveArgs),
    /// Decline a line that somebody else proposed
    Decline(On<DeclineArgs>),
    /// Withdraw one's own proposal
    Withdraw(On<WithdrawArgs>),
}

/// A line, told in one of two ways.
#[derive(Debug, Clone, Args)]
pub struct Line {
    /// The line itself, for `sh -c`: pipes, variables and redirections work
    #[arg(long = "shell", value_name = "LINE", conflicts_with = "words", required_unless_present = "words")]
    pub shell: Option<String>,
    /// The program and its arguments; recorded as a line that a shell would read as exactly these words
    #[arg(last = true, value_name = "CMD", required_unless_present = "shell")]
    pub words: Vec<String>,
}

impl Line {
    /// The line as it is proposed, approved and kept.
    pub fn line(&self) -> Result<ShellLine, Failure> {
        let line = self.shell.clone().unwrap_or_else(|| quote::join(&self.words));
        ShellLine::new(line).map_err(|error| Failure::bad_text("the line", &error))
    }

    /// The line of a run that scribe does not make: one word is the line as it was typed there.
    fn told(&self) -> Result<ShellLine, Failure> {
        match (&self.shell, self.words.as_slice()) {
            (None, [line]) => {
                ShellLine::new(line.as_str()).map_err(|error| Failure::bad_text("the line", &error))
            }
            _ => self.line(),
        }
    }
}

/// A line to run.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The incident's id
    pub incident: IncidentId,
    /// The line.
    #[command(flatten)]
    pub line: Line,
    /// Where it runs, as people call it; only recorded, the line runs on this machine
    #[arg(long, value_name = "HOST")]
    pub on: Option<Label>,
    /// What for.
    #[command(flatten)]
    pub why: Why,
    /// How long to wait for an approval, such as 90s, 15m or 2h; then the proposal is withdrawn
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub wait: Duration,
    /// Use this proposal, made before with the same line and host, instead of making one
    #[arg(long, value_name = "N")]
    pub run: Option<u32>,
    /// Run at once, without approval, for this reason; the run stays marked
    #[arg(long, value_name = "REASON")]
    pub emergency: Option<String>,
}

fn duration(told: &str) -> Result<Duration, String> {
    let form = || "write a number and s, m or h, such as 90s, 15m or 2h".to_owned();
    let end = told.find(|c: char| !c.is_ascii_digit()).unwrap_or(told.len());
    let (number, unit) = told.split_at(end);
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

/// A run made elsewhere.
#[derive(Debug, Clone, Args)]
pub struct RanArgs {
    #[command(flatten)]
    line: Line,
    /// The proposal's number, if it was proposed here
    #[arg(long, value_name = "N")]
    run: Option<u32>,
    /// Where it ran
    #[arg(long, value_name = "HOST")]
    on: Option<Label>,
    /// Who ran it [default: whoever says this]
    #[arg(long, value_name = "WHO")]
    by: Option<Who>,
    /// When it began
    #[arg(long, value_name = "WHEN")]
    started: String,
    /// When it ended
    #[arg(long, value_name = "WHEN")]
    pub(crate) ended: String,
    /// Its exit status, if known
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    exit: Option<i32>,
    /// The signal that ended it
    #[arg(long, value_name = "N", conflicts_with = "exit")]
    signal: Option<i32>,
    /// The digest of what it printed
    #[arg(long, value_name = "DIGEST")]
    output_digest: Option<Digest>,
    /// The end of what it printed
    #[arg(long, value_name = "TEXT")]
    excerpt: Option<String>,
    /// Why it could not wait for an approval
    #[arg(long, value_name = "REASON", conflicts_with = "unapproved")]
    emergency: Option<String>,
    /// Why nobody was asked, when it was no emergency
    #[arg(long, value_name = "REASON")]
    unapproved: Option<String>,
}

impl Tells for RanArgs {
    type Payload = RecordRun;
    fn payload(self, desk: &Desk) -> Result<RecordRun, Failure> {
        Ok(RecordRun {
            run: self.run,
            line: self.line.told()?,
            by: self.by,
            host: self.on,
            started: desk.when("--started", &self.started)?,
            ended: desk.when("--ended", &self.ended)?,
            exit: self.exit.map(Exit::Code).or(self.signal.map(Exit::Signal)),
            output_digest: self.output_digest,
            excerpt: desk.some_text("--excerpt", self.excerpt.as_deref())?,
            emergency: desk.some_text("--emergency", self.emergency.as_deref())?,
            unapproved: desk.some_text("--unapproved", self.unapproved.as_deref())?,
        })
    }
}

/// A line to propose.
#[derive(Debug, Clone, Args)]
pub struct ProposeArgs {
    #[command(flatten)]
    line: Line,
    /// Where it is to run
    #[arg(long, value_name = "HOST")]
    on: Option<Label>,
    #[command(flatten)]
    why: Why,
}

impl Tells for ProposeArgs {
    type Payload = ProposeRun;
    fn payload(self, desk: &Desk) -> Result<ProposeRun, Failure> {
        let why = desk.some_text("--why", self.why.why.as_deref())?;
        Ok(ProposeRun { line: self.line.line()?, host: self.on, why })
    }
}

/// A line to approve.
#[derive(Debug, Clone, Args)]
pub struct ApproveArgs {
    /// The incident's id
    pub incident: IncidentId,
    /// The run's number
    pub run: u32,
    /// Do not ask; the line that stands in the record is approved, whatever it is
    #[arg(long, conflicts_with = "digest")]
    pub yes: bool,
    /// Of the line that was read, when it was read elsewhere: sha256: and 64 hexadecimal digits
    #[arg(long)]
    pub digest: Option<Digest>,
    /// Under what conditions
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How it is told.
    #[command(flatten)]
    pub told: Told,
}

/// A line to decline.
#[derive(Debug, Clone, Args)]
pub struct DeclineArgs {
    /// The run's number
    run: u32,
    #[command(flatten)]
    why: Why,
}

impl Tells for DeclineArgs {
    type Payload = DeclineRun;
    fn payload(self, desk: &Desk) -> Result<DeclineRun, Failure> {
        Ok(DeclineRun { run: self.run, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// One's own proposal.
#[derive(Debug, Clone, Args)]
pub struct WithdrawArgs {
    /// The run's number
    run: u32,
    #[command(flatten)]
    why: Why,
}

impl Tells for WithdrawArgs {
    type Payload = WithdrawRun;
    fn payload(self, desk: &Desk) -> Result<WithdrawRun, Failure> {
        Ok(WithdrawRun { run: self.run, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
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
}

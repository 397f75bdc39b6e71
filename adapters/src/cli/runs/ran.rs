//! `scribe ran`.

use clap::Args;
use scribe_domain::actor::Who;
use scribe_domain::command::RecordRun;
use scribe_domain::event::runs::Exit;
use scribe_domain::text::Label;
use scribe_domain::values::Digest;

use super::line::Line;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Record a run made elsewhere.
#[derive(Debug, Clone, Args)]
pub(super) struct RanArgs {
    #[command(flatten)]
    line: Line,
    /// The proposal's number, if it was proposed here
    #[arg(long, value_name = "N")]
    run: Option<u32>,
    /// Where it ran
    #[arg(long, value_name = "HOST")]
    on: Option<Label>,
    /// Who ran it [default: you]
    #[arg(long, value_name = "WHO")]
    by: Option<Who>,
    /// When it began
    #[arg(long, value_name = "WHEN")]
    started: String,
    /// When it ended
    #[arg(long, value_name = "WHEN")]
    ended: String,
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

impl IncidentCommand for RanArgs {
    type Payload = RecordRun;
    fn payload(self, desk: &Desk) -> Result<RecordRun, Failure> {
        Ok(RecordRun {
            run: self.run,
            line: self.line.as_typed_elsewhere()?,
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

    /// A run made elsewhere happened when it ended, not when it is recorded.
    fn occurred(&self) -> Option<&str> {
        Some(&self.ended)
    }
}

//! `scribe approve`: being the second pair of eyes.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use async_trait::async_trait;
use clap::Args;
use scribe_domain::command::ApproveRun;
use scribe_domain::ids::IncidentId;
use scribe_domain::text::Label;
use scribe_domain::values::Digest;
use scribe_projections::document::exactly;

use super::standing::run_now;
use crate::cli::common::command::{CommandRequest, RecordingOptions, record};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::incident::{Care, IncidentRef};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, say};

/// Approve exactly the line that somebody else proposed.
#[derive(Debug, Clone, Args)]
pub(super) struct ApproveArgs {
    /// The incident: its id, a part of it, or @ for the open one
    incident: IncidentRef,
    /// The run's number
    run: u32,
    /// Do not ask; the recorded line is approved, whatever it is
    #[arg(long, conflicts_with = "digest")]
    yes: bool,
    /// The digest of the line, when it was read elsewhere: sha256: and 64 hexadecimal digits
    #[arg(long)]
    digest: Option<Digest>,
    /// Under what conditions
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    recording: RecordingOptions,
}

/// Shows exactly what would be approved, asks, and sends the digest of what was shown. If the line could change
/// in between, the digest would no longer fit and scribe would refuse.
#[async_trait(?Send)]
impl Effect for ApproveArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let incident = self.incident.clone().find(desk, Care::Usual).await?;
        let digest = match self.digest {
            Some(digest) => digest,
            None => read(desk, &incident, &self).await?,
        };
        let note = desk.some_text("--note", self.note.as_deref())?;
        let command = ApproveRun { run: self.run, digest, note };
        record(desk, &CommandRequest::new(desk, Some(incident), command, self.recording)?).await
    }
}

async fn read(desk: &Desk, incident: &IncidentId, args: &ApproveArgs) -> Result<Digest, Failure> {
    let run = run_now(desk, incident, args.run).await?;
    let (Some(line), Some(digest)) = (&run.line, run.digest) else {
        return Err(Failure::new(
            Kind::Refused,
            format!("the line of run {} is no longer in the record", args.run),
            "it was redacted: have it proposed again",
        ));
    };
    if args.yes && desk.quiet {
        return Ok(digest);
    }
    say(&format!("run {} of {}", args.run, incident));
    if let Some(by) = &run.by {
        say(&format!("  by      {by}"));
    }
    say(&format!("  on      {}", run.host.as_ref().map_or("no host named", Label::as_str)));
    if let Some(why) = run.record.proposed.as_ref().and_then(|proposed| proposed.why.as_ref()) {
        say(&format!("  why     {}", printable(why.as_str()).replace('\n', "\n          ")));
    }
    say(&format!("  line    {}", exactly(line.as_str()).replace('\n', "\n          ")));
    say(&format!("  digest  {digest}"));
    if args.yes || agreed()? {
        return Ok(digest);
    }
    Err(Failure::plain(Kind::Refused, "not approved; nothing was recorded"))
}

fn agreed() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::new(
            Kind::BadInput,
            "this is not a terminal, so the question cannot be asked",
            "approve a line read elsewhere with --digest sha256:…, or the recorded line, whatever it is, with --yes",
        ));
    }
    // If the question cannot be written, nobody can answer it.
    write!(io::stderr(), "Approve exactly this line? [y/N] ")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::plain(Kind::Other, format!("cannot read the answer: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

//! Being the second pair of eyes.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use scribe_domain::actor::{Person, Who};
use scribe_domain::command::ApproveRun;
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, ShellLine, Text};
use scribe_domain::values::Digest;
use scribe_projections::runs::RunStage;
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::args::runs::ApproveArgs;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::command::{Telling, tell};
use crate::cli::common::terminal::{printable, say};

/// A run as it stands, as far as somebody who waits for it or approves it must know.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct RunNow {
    /// How far it has come.
    pub(in crate::cli) stage: RunStage,
    /// The line; absent when it was redacted.
    pub(in crate::cli) line: Option<ShellLine>,
    /// Of the line.
    pub(in crate::cli) digest: Option<Digest>,
    /// Who wants to run it.
    pub(in crate::cli) by: Option<Who>,
    /// Where.
    pub(in crate::cli) host: Option<Label>,
    /// Who approved it.
    pub(in crate::cli) approved_by: Option<Person>,
    /// Everything that the record says about it.
    pub(in crate::cli) record: RunRecord,
}

/// What the record says about a run.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct RunRecord {
    /// The proposal.
    pub(in crate::cli) proposed: Option<Said>,
    /// Who said no.
    pub(in crate::cli) declined: Option<Said>,
    /// That it was taken back.
    pub(in crate::cli) withdrawn: Option<Said>,
}

/// Who said something about a run, and why.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Said {
    /// Who.
    pub(in crate::cli) by: Who,
    /// Why.
    pub(in crate::cli) why: Option<Text>,
}

/// Looks a run up.
pub(in crate::cli) async fn run_now(desk: &Desk, incident: &IncidentId, run: u32) -> Result<RunNow, Failure> {
    let address = Address::of(&["v1", "runs", incident.as_str(), &run.to_string()]);
    desk.client.get_json(address.as_str()).await
}

/// `scribe approve`: shows exactly what would be approved, asks, and sends the digest of what was shown.
/// If the line could change in between, the digest would no longer fit and scribe would refuse.
pub(in crate::cli) async fn approve(desk: &Desk, args: ApproveArgs) -> Result<(), Failure> {
    let digest = match args.digest {
        Some(digest) => digest,
        None => read(desk, &args).await?,
    };
    let note = desk.some_text("--note", args.note.as_deref())?;
    let command = ApproveRun { run: args.run, digest, note };
    tell(desk, &Telling::of(desk, Some(args.incident), command, args.told)?).await
}

async fn read(desk: &Desk, args: &ApproveArgs) -> Result<Digest, Failure> {
    let run = run_now(desk, &args.incident, args.run).await?;
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
    say(&format!("run {} of {}", args.run, args.incident));
    if let Some(by) = &run.by {
        say(&format!("  by      {by}"));
    }
    say(&format!("  on      {}", run.host.as_ref().map_or("no host told", Label::as_str)));
    if let Some(why) = run.record.proposed.as_ref().and_then(|proposed| proposed.why.as_ref()) {
        say(&format!("  why     {}", printable(why.as_str()).replace('\n', "\n          ")));
    }
    say(&format!("  line    {}", printable(line.as_str()).replace('\n', "\n          ")));
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
            "nobody can be asked: this is not a terminal",
            "approve what was read elsewhere with --digest sha256:…, or whatever stands there with --yes",
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

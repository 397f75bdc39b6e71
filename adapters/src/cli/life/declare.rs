//! `scribe declare`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::actor::Who;
use scribe_domain::command::Declare;
use scribe_domain::text::{Label, Title};
use scribe_domain::values::{Severity, Tier};

use crate::cli::common::arguments::word;
use crate::cli::common::command::{CommandRequest, RecordingOptions, record};
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Declare an incident.
#[derive(Debug, Clone, Args)]
pub(super) struct DeclareArgs {
    /// What to call it
    title: String,
    /// What is known so far
    #[arg(value_name = "SUMMARY")]
    said: Option<String>,
    /// Whom it concerns
    #[arg(long, default_value = "engineering", value_parser = word!(Tier))]
    tier: Tier,
    /// How bad it looks
    #[arg(short, long, default_value = "sev3", value_parser = word!(Severity))]
    severity: Severity,
    /// The same, as an option
    #[arg(long, value_name = "TEXT", conflicts_with = "said")]
    summary: Option<String>,
    /// How it was noticed, such as "customer report"
    #[arg(long, value_name = "HOW")]
    detected_by: Option<Label>,
    /// This is an exercise
    #[arg(long)]
    drill: bool,
    /// Private from its first moment: who may see it, yourself among them; may be said several times
    #[arg(long, value_name = "WHO")]
    private_to: Vec<Who>,
    #[command(flatten)]
    recording: RecordingOptions,
}

#[async_trait(?Send)]
impl Effect for DeclareArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_to_begin()?;
        let declare = Declare {
            title: Title::new(self.title).map_err(|error| Failure::bad_text("the title", &error))?,
            tier: self.tier,
            severity: self.severity,
            summary: desk.some_text("the summary", self.said.as_deref().or(self.summary.as_deref()))?,
            detected_by: self.detected_by,
            drill: self.drill,
            private_to: self.private_to,
        };
        record(desk, &CommandRequest::new(desk, None, declare, self.recording)?).await
    }
}

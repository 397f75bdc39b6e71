//! `scribe gap …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::StartGap;
use scribe_domain::event::evidence::EvidenceGapEnded;

use crate::cli::common::arguments::Shown;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Record from when to when evidence is missing.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum GapCommand {
    /// Record that evidence is missing from a moment on
    Start(OnIncident<StartArgs>),
    /// Record that it is there again
    End(OnIncident<EndArgs>),
}

#[async_trait(?Send)]
impl Effect for GapCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Start(on) => on.record(session).await,
            Self::End(on) => on.record(session).await,
        }
    }
}

/// Evidence that is missing.
#[derive(Debug, Clone, Args)]
pub(super) struct StartArgs {
    /// What is missing, and why
    text: String,
}

impl IncidentCommand for StartArgs {
    type Payload = StartGap;
    fn payload(self, desk: &Desk) -> Result<StartGap, Failure> {
        Ok(StartGap { text: desk.text("the text", &self.text)? })
    }
}

/// Evidence that is there again.
#[derive(Debug, Clone, Args)]
pub(super) struct EndArgs {
    /// The gap's number
    gap: u32,
    #[command(flatten)]
    text: Shown,
}

impl IncidentCommand for EndArgs {
    type Payload = EvidenceGapEnded;
    fn payload(self, desk: &Desk) -> Result<EvidenceGapEnded, Failure> {
        Ok(EvidenceGapEnded { gap: self.gap, text: self.text.text(desk)? })
    }
}

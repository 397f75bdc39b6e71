//! `scribe impact …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::StartImpact;
use scribe_domain::event::impact::ImpactEnded;
use scribe_domain::names::Name;

use crate::cli::common::arguments::Shown;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Record when users began to be hit, and when that ended.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ImpactCommand {
    /// Record that users began to be hit
    Start(OnIncident<StartArgs>),
    /// Record that an impact ended
    End(OnIncident<EndArgs>),
}

#[async_trait(?Send)]
impl Effect for ImpactCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Start(on) => on.record(session).await,
            Self::End(on) => on.record(session).await,
        }
    }
}

/// How users began to be hit.
#[derive(Debug, Clone, Args)]
pub(super) struct StartArgs {
    /// How they were hit
    text: String,
    /// What was affected; may be given several times
    #[arg(short = 'c', long = "component", value_name = "NAME")]
    components: Vec<Name>,
    /// Who was hit, and how many
    #[arg(long, value_name = "TEXT")]
    who: Option<String>,
}

impl IncidentCommand for StartArgs {
    type Payload = StartImpact;
    fn payload(self, desk: &Desk) -> Result<StartImpact, Failure> {
        Ok(StartImpact {
            text: desk.text("the text", &self.text)?,
            components: self.components,
            who: desk.some_text("--who", self.who.as_deref())?,
        })
    }
}

/// An impact that ended.
#[derive(Debug, Clone, Args)]
pub(super) struct EndArgs {
    /// The impact's number
    impact: u32,
    #[command(flatten)]
    text: Shown,
}

impl IncidentCommand for EndArgs {
    type Payload = ImpactEnded;
    fn payload(self, desk: &Desk) -> Result<ImpactEnded, Failure> {
        Ok(ImpactEnded { impact: self.impact, text: self.text.text(desk)? })
    }
}

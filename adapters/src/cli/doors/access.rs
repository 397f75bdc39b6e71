//! `scribe access …`: who may see an incident.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::actor::Who;
use scribe_domain::event::access::{AccessLimited, AccessOpened};

use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Say who may see an incident.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum AccessCommand {
    /// Make the incident private: only those who are named may see it from here on
    Limit(OnIncident<LimitArgs>),
    /// Let everybody see it again who may read
    Open(OnIncident<OpenArgs>),
}

#[async_trait(?Send)]
impl Effect for AccessCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Limit(on) => on.record(session).await,
            Self::Open(on) => on.record(session).await,
        }
    }
}

/// Who may see a private incident.
#[derive(Debug, Clone, Args)]
pub(super) struct LimitArgs {
    /// Who may see it, yourself among them: a person, or integration:NAME; may be said several times. The new list
    /// takes the place of the one before
    #[arg(long, value_name = "WHO", required = true)]
    to: Vec<Who>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl IncidentCommand for LimitArgs {
    type Payload = AccessLimited;
    fn payload(self, desk: &Desk) -> Result<AccessLimited, Failure> {
        let why = self.why.map(|why| desk.text("--why", &why)).transpose()?;
        Ok(AccessLimited { to: self.to, why })
    }
}

/// An incident that is private no longer.
#[derive(Debug, Clone, Args)]
pub(super) struct OpenArgs {
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl IncidentCommand for OpenArgs {
    type Payload = AccessOpened;
    fn payload(self, desk: &Desk) -> Result<AccessOpened, Failure> {
        let why = self.why.map(|why| desk.text("--why", &why)).transpose()?;
        Ok(AccessOpened { why })
    }
}

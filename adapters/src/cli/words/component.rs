//! `scribe component …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::event::words::ComponentRenamed;
use scribe_domain::names::Name;
use scribe_domain::values::Tier;

use crate::cli::common::arguments::{Why, word};
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Call a component of a status page otherwise
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ComponentCommand {
    /// Rename a component on a page, with all that was told of it; two of one name are one
    Rename(OnIncident<RenameArgs>),
}

#[async_trait(?Send)]
impl Effect for ComponentCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Rename(on) => on.record(session).await,
        }
    }
}

/// A component's names.
#[derive(Debug, Clone, Args)]
pub(super) struct RenameArgs {
    /// What it is called
    from: Name,
    /// What it is to be called
    to: Name,
    /// Whose status page it stands on
    #[arg(long, value_parser = word!(Tier))]
    audience: Tier,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for RenameArgs {
    type Payload = ComponentRenamed;
    fn payload(self, desk: &Desk) -> Result<ComponentRenamed, Failure> {
        let why = self.why.text(desk)?;
        Ok(ComponentRenamed { audience: self.audience, from: self.from, to: self.to, why })
    }
}

//! `scribe workaround …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::ApplyWorkaround;
use scribe_domain::event::work::WorkaroundReverted;
use scribe_domain::text::Label;

use crate::cli::common::arguments::Outcome;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Record what helps for now and must not stay, and that it is gone.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum WorkaroundCommand {
    /// Record that something helps for now, and must not stay
    Apply(OnIncident<ApplyArgs>),
    /// Record that it is gone
    Revert(OnIncident<RevertArgs>),
}

#[async_trait(?Send)]
impl Effect for WorkaroundCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Apply(on) => on.record(session).await,
            Self::Revert(on) => on.record(session).await,
        }
    }
}

/// Something that must not stay.
#[derive(Debug, Clone, Args)]
pub(super) struct ApplyArgs {
    /// What was changed
    text: String,
    /// Who reverts it: a person or a team
    #[arg(long, value_name = "NAME")]
    to: Option<Label>,
    /// When somebody should ask whether it can be reverted
    #[arg(long, value_name = "WHEN")]
    check_back: Option<String>,
}

impl IncidentCommand for ApplyArgs {
    type Payload = ApplyWorkaround;
    fn payload(self, desk: &Desk) -> Result<ApplyWorkaround, Failure> {
        Ok(ApplyWorkaround {
            text: desk.text("the text", &self.text)?,
            to: self.to,
            check_back: self.check_back.map(|given| desk.when_next("--check-back", &given)).transpose()?,
        })
    }
}

/// A workaround that is gone.
#[derive(Debug, Clone, Args)]
pub(super) struct RevertArgs {
    /// The workaround's number
    workaround: u32,
    #[command(flatten)]
    outcome: Outcome,
}

impl IncidentCommand for RevertArgs {
    type Payload = WorkaroundReverted;
    fn payload(self, desk: &Desk) -> Result<WorkaroundReverted, Failure> {
        Ok(WorkaroundReverted { workaround: self.workaround, outcome: self.outcome.text(desk)? })
    }
}

//! `scribe follow-up …`.

use async_trait::async_trait;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::command::AgreeFollowUp;
use scribe_domain::event::work::FollowUpFinished;
use scribe_domain::text::Label;

use crate::cli::common::arguments::Outcome;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Agree on or finish something to do after the incident.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum FollowUpCommand {
    /// Agree on something to do after the incident
    Agree(OnIncident<AgreeArgs>),
    /// Say that a follow-up is done
    Finish(OnIncident<FinishFollowUpArgs>),
}

#[async_trait(?Send)]
impl Effect for FollowUpCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Agree(on) => on.record(session).await,
            Self::Finish(on) => on.record(session).await,
        }
    }
}

/// Something to do afterwards.
#[derive(Debug, Clone, Args)]
pub(super) struct AgreeArgs {
    /// What to do
    text: String,
    /// Who: a person or a team
    #[arg(short, long, value_name = "NAME")]
    owner: Option<Label>,
    /// By when, such as 2023-02-01
    #[arg(short, long, value_name = "DATE")]
    due: Option<NaiveDate>,
    /// Who promised it
    #[arg(long, value_name = "NAME")]
    committed_by: Option<Person>,
}

impl IncidentCommand for AgreeArgs {
    type Payload = AgreeFollowUp;
    fn payload(self, desk: &Desk) -> Result<AgreeFollowUp, Failure> {
        Ok(AgreeFollowUp {
            text: desk.text("the text", &self.text)?,
            owner: self.owner,
            due: self.due,
            committed_by: self.committed_by,
        })
    }
}

/// A follow-up that is done.
#[derive(Debug, Clone, Args)]
pub(super) struct FinishFollowUpArgs {
    /// The follow-up's number
    follow_up: u32,
    #[command(flatten)]
    outcome: Outcome,
}

impl IncidentCommand for FinishFollowUpArgs {
    type Payload = FollowUpFinished;
    fn payload(self, desk: &Desk) -> Result<FollowUpFinished, Failure> {
        Ok(FollowUpFinished { follow_up: self.follow_up, outcome: self.outcome.text(desk)? })
    }
}

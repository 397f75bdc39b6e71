//! `scribe action …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::AssignAction;
use scribe_domain::event::work::{ActionCheckedIn, ActionFinished};
use scribe_domain::text::Label;
use scribe_domain::values::ActionKind;

use crate::cli::common::arguments::word;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Assign, check in on or finish an action.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ActionCommand {
    /// Give somebody something to do
    Assign(OnIncident<AssignArgs>),
    /// Say how an action is going
    CheckIn(OnIncident<CheckInArgs>),
    /// Say that an action is done
    Finish(OnIncident<FinishArgs>),
}

#[async_trait(?Send)]
impl Effect for ActionCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Assign(on) => on.record(session).await,
            Self::CheckIn(on) => on.record(session).await,
            Self::Finish(on) => on.record(session).await,
        }
    }
}

/// Something to do.
#[derive(Debug, Clone, Args)]
pub(super) struct AssignArgs {
    /// What to do
    text: String,
    /// Who: a person or a team
    #[arg(long, value_name = "NAME")]
    to: Label,
    /// What for
    #[arg(long, default_value = "investigation", value_parser = word!(ActionKind))]
    kind: ActionKind,
    /// When somebody should ask how it goes
    #[arg(long, value_name = "WHEN")]
    check_back: Option<String>,
}

impl IncidentCommand for AssignArgs {
    type Payload = AssignAction;
    fn payload(self, desk: &Desk) -> Result<AssignAction, Failure> {
        Ok(AssignAction {
            kind: self.kind,
            text: desk.text("the text", &self.text)?,
            to: self.to,
            check_back: self.check_back.map(|given| desk.when_next("--check-back", &given)).transpose()?,
        })
    }
}

/// How an action is going.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckInArgs {
    /// The action's number
    action: u32,
    /// How it goes
    text: String,
    /// When to ask again
    #[arg(long, value_name = "WHEN")]
    check_back: Option<String>,
}

impl IncidentCommand for CheckInArgs {
    type Payload = ActionCheckedIn;
    fn payload(self, desk: &Desk) -> Result<ActionCheckedIn, Failure> {
        Ok(ActionCheckedIn {
            action: self.action,
            text: desk.text("the text", &self.text)?,
            check_back: self.check_back.map(|given| desk.when_next("--check-back", &given)).transpose()?,
        })
    }
}

/// An action that is done.
#[derive(Debug, Clone, Args)]
pub(super) struct FinishArgs {
    /// The action's number
    action: u32,
    /// What came of it
    outcome: String,
}

impl IncidentCommand for FinishArgs {
    type Payload = ActionFinished;
    fn payload(self, desk: &Desk) -> Result<ActionFinished, Failure> {
        Ok(ActionFinished { action: self.action, outcome: desk.text("the outcome", &self.outcome)? })
    }
}

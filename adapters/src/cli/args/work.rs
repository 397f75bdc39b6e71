//! Actions, follow-ups, deploy holds.

use chrono::NaiveDate;
use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::command::{AgreeFollowUp, AssignAction, ReleaseHold, TakeHold};
use scribe_domain::event::work::{ActionCheckedIn, ActionFinished, FollowUpFinished};
use scribe_domain::text::Label;
use scribe_domain::values::ActionKind;

use super::looks::Look;
use super::{Why, word};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Tells};

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Work {
    /// Assign, check in on or finish an action
    #[command(subcommand)]
    Action(ActionCommand),
    /// Agree on or finish something to do after the incident
    #[command(subcommand)]
    FollowUp(FollowUpCommand),
    /// Take or release the deploy hold ("the hat"), or check whether it is taken
    #[command(subcommand)]
    Hold(HoldCommand),
}

/// What happens to an action.
#[derive(Debug, Subcommand)]
pub enum ActionCommand {
    /// Give somebody something to do
    Assign(On<AssignArgs>),
    /// Say how an action is going
    CheckIn(On<CheckInArgs>),
    /// Say that an action is done
    Finish(On<FinishArgs>),
}

/// What happens to a follow-up.
#[derive(Debug, Subcommand)]
pub enum FollowUpCommand {
    /// Agree on something to do after the incident
    Agree(On<AgreeArgs>),
    /// Say that a follow-up is done
    Finish(On<FinishFollowUpArgs>),
}

/// What happens to a deploy hold.
#[derive(Debug, Subcommand)]
pub enum HoldCommand {
    /// Stop deploys: take the hat
    Take(On<TakeArgs>),
    /// Let deploys go on: give the hat back
    Release(On<ReleaseArgs>),
    /// Is it taken? Exits with 0 when free and 3 when taken, for a pipeline to ask before it deploys
    Check(CheckArgs),
}

/// Something to do.
#[derive(Debug, Clone, Args)]
pub struct AssignArgs {
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

impl Tells for AssignArgs {
    type Payload = AssignAction;
    fn payload(self, desk: &Desk) -> Result<AssignAction, Failure> {
        Ok(AssignAction {
            kind: self.kind,
            text: desk.text("the text", &self.text)?,
            to: self.to,
            check_back: self.check_back.map(|told| desk.when("--check-back", &told)).transpose()?,
        })
    }
}

/// How an action is going.
#[derive(Debug, Clone, Args)]
pub struct CheckInArgs {
    /// The action's number
    action: u32,
    /// How it goes
    text: String,
    /// When to ask again
    #[arg(long, value_name = "WHEN")]
    check_back: Option<String>,
}

impl Tells for CheckInArgs {
    type Payload = ActionCheckedIn;
    fn payload(self, desk: &Desk) -> Result<ActionCheckedIn, Failure> {
        Ok(ActionCheckedIn {
            action: self.action,
            text: desk.text("the text", &self.text)?,
            check_back: self.check_back.map(|told| desk.when("--check-back", &told)).transpose()?,
        })
    }
}

/// An action that is done.
#[derive(Debug, Clone, Args)]
pub struct FinishArgs {
    /// The action's number
    action: u32,
    /// What came of it
    outcome: String,
}

impl Tells for FinishArgs {
    type Payload = ActionFinished;
    fn payload(self, desk: &Desk) -> Result<ActionFinished, Failure> {
        Ok(ActionFinished { action: self.action, outcome: desk.text("the outcome", &self.outcome)? })
    }
}

/// Something to do afterwards.
#[derive(Debug, Clone, Args)]
pub struct AgreeArgs {
    /// What to do
    text: String,
    /// Who: a person or a team
    #[arg(long, value_name = "NAME")]
    owner: Option<Label>,
    /// By when, such as 2023-02-01
    #[arg(long, value_name = "DATE")]
    due: Option<NaiveDate>,
    /// Who promised it
    #[arg(long, value_name = "NAME")]
    committed_by: Option<Person>,
}

impl Tells for AgreeArgs {
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
pub struct FinishFollowUpArgs {
    /// The follow-up's number
    follow_up: u32,
    /// What came of it
    #[arg(long, value_name = "TEXT")]
    outcome: Option<String>,
}

impl Tells for FinishFollowUpArgs {
    type Payload = FollowUpFinished;
    fn payload(self, desk: &Desk) -> Result<FollowUpFinished, Failure> {
        let outcome = desk.some_text("--outcome", self.outcome.as_deref())?;
        Ok(FollowUpFinished { follow_up: self.follow_up, outcome })
    }
}

/// Deploys to stop.
#[derive(Debug, Clone, Args)]
pub struct TakeArgs {
    /// What is held: a service or a pipeline [default: all]
    #[arg(long, value_name = "WHAT")]
    scope: Option<Label>,
    #[command(flatten)]
    why: Why,
}

impl Tells for TakeArgs {
    type Payload = TakeHold;
    fn payload(self, desk: &Desk) -> Result<TakeHold, Failure> {
        Ok(TakeHold { scope: self.scope, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// Deploys to let go on.
#[derive(Debug, Clone, Args)]
pub struct ReleaseArgs {
    /// What was held [default: all]
    #[arg(long, value_name = "WHAT")]
    scope: Option<Label>,
    #[command(flatten)]
    why: Why,
}

impl Tells for ReleaseArgs {
    type Payload = ReleaseHold;
    fn payload(self, desk: &Desk) -> Result<ReleaseHold, Failure> {
        Ok(ReleaseHold { scope: self.scope, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// A hold to look for.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// What is about to be deployed: taken if this or everything is held [default: any hold counts]
    #[arg(long, value_name = "WHAT")]
    pub scope: Option<Label>,
    /// As of when.
    #[command(flatten)]
    pub look: Look,
}

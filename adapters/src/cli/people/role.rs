//! `scribe role …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::command::CorrectHolder;
use scribe_domain::event::people::{RoleAssigned, RoleHandedOff, RoleLeft};
use scribe_domain::ids::IncidentId;
use scribe_domain::values::Role;

use crate::cli::common::arguments::{Reason, Why};
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::event::EventRef;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::session::{Effect, Session};

/// Give, hand off or leave a role, or put right who took it.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum RoleCommand {
    /// Give a vacant role to somebody
    Assign(OnIncident<AssignArgs>),
    /// Hand a role from its holder to somebody else
    Handoff(OnIncident<HandoffArgs>),
    /// Give up a role
    Leave(OnIncident<LeaveRoleArgs>),
    /// Say that somebody else took a role than an assignment or handoff tells
    Correct(OnIncident<CorrectHolderArgs>),
}

#[async_trait(?Send)]
impl Effect for RoleCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Assign(on) => on.record(session).await,
            Self::Handoff(on) => on.record(session).await,
            Self::Leave(on) => on.record(session).await,
            Self::Correct(on) => on.record(session).await,
        }
    }
}

/// A vacant role and who takes it.
#[derive(Debug, Clone, Args)]
pub(super) struct AssignArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who takes it [default: you]
    name: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for AssignArgs {
    type Payload = RoleAssigned;
    fn payload(self, desk: &Desk) -> Result<RoleAssigned, Failure> {
        let to = desk.person_or_self(self.name, "scribe role assign INCIDENT ROLE NAME")?;
        Ok(RoleAssigned { role: self.role, to, why: self.why.text(desk)? })
    }
}

/// A held role and who takes it.
#[derive(Debug, Clone, Args)]
pub(super) struct HandoffArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who takes it
    #[arg(value_name = "NAME", required_unless_present = "as_option")]
    to: Option<Person>,
    /// The same, as an option
    #[arg(long = "to", value_name = "NAME", conflicts_with = "to")]
    as_option: Option<Person>,
    /// Who holds it [default: you]
    #[arg(long, value_name = "NAME")]
    from: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for HandoffArgs {
    type Payload = RoleHandedOff;
    fn payload(self, desk: &Desk) -> Result<RoleHandedOff, Failure> {
        let missing =
            || Failure::new(Kind::BadInput, "it is not said who takes it", "name them behind the role");
        Ok(RoleHandedOff {
            role: self.role,
            from: desk.person_or_self(self.from, "--from NAME")?,
            to: self.to.or(self.as_option).ok_or_else(missing)?,
            why: self.why.text(desk)?,
        })
    }
}

/// A role to give up.
#[derive(Debug, Clone, Args)]
pub(super) struct LeaveRoleArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who holds it [default: you]
    name: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for LeaveRoleArgs {
    type Payload = RoleLeft;
    fn payload(self, desk: &Desk) -> Result<RoleLeft, Failure> {
        let who = desk.person_or_self(self.name, "scribe role leave INCIDENT ROLE NAME")?;
        Ok(RoleLeft { role: self.role, who, why: self.why.text(desk)? })
    }
}

/// A wrong holder's name, and the right one.
#[derive(Debug, Clone, Args)]
pub(super) struct CorrectHolderArgs {
    #[command(flatten)]
    event: EventRef,
    /// Who really took the role
    #[arg(long, value_name = "NAME")]
    to: Person,
    #[command(flatten)]
    why: Reason,
}

#[async_trait(?Send)]
impl IncidentCommand for CorrectHolderArgs {
    type Payload = CorrectHolder;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.event.find(desk, incident).await.map(drop)
    }

    fn payload(self, desk: &Desk) -> Result<CorrectHolder, Failure> {
        Ok(CorrectHolder { target: self.event.id()?, to: self.to, why: self.why.text(desk)? })
    }
}

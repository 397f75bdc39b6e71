//! Roles, pages, who came and went.

use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::command::{AcknowledgePage, Page};
use scribe_domain::event::people::{Joined, Left, PageTarget, RoleAssigned, RoleHandedOff, RoleLeft};
use scribe_domain::text::Label;
use scribe_domain::values::Role;

use super::Why;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::command::{On, Telling, Tells};

/// Who is in it.
#[derive(Debug, Subcommand)]
pub enum People {
    /// Give, hand off or leave a role
    #[command(subcommand)]
    Role(RoleCommand),
    /// Record that somebody was called
    Page(On<PageArgs>),
    /// Answer a page
    Acknowledge(On<AcknowledgeArgs>),
    /// Join the response
    Join(On<JoinArgs>),
    /// Leave the response
    Leave(On<LeaveArgs>),
}

/// What happens to a role.
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// Give a vacant role to somebody
    Assign(On<AssignArgs>),
    /// Hand a role from its holder to somebody else
    Handoff(On<HandoffArgs>),
    /// Give up a role
    Leave(On<LeaveRoleArgs>),
}

impl People {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        match self {
            Self::Role(RoleCommand::Assign(on)) => on.telling(desk),
            Self::Role(RoleCommand::Handoff(on)) => on.telling(desk),
            Self::Role(RoleCommand::Leave(on)) => on.telling(desk),
            Self::Page(on) => on.telling(desk),
            Self::Acknowledge(on) => on.telling(desk),
            Self::Join(on) => on.telling(desk),
            Self::Leave(on) => on.telling(desk),
        }
    }
}

/// A vacant role and who takes it.
#[derive(Debug, Clone, Args)]
pub struct AssignArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who takes it
    name: Person,
    #[command(flatten)]
    why: Why,
}

impl Tells for AssignArgs {
    type Payload = RoleAssigned;
    fn payload(self, desk: &Desk) -> Result<RoleAssigned, Failure> {
        let why = desk.some_text("--why", self.why.why.as_deref())?;
        Ok(RoleAssigned { role: self.role, to: self.name, why })
    }
}

/// A held role and who takes it.
#[derive(Debug, Clone, Args)]
pub struct HandoffArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who holds it [default: whoever says this]
    #[arg(long, value_name = "NAME")]
    from: Option<Person>,
    /// Who takes it
    #[arg(long, value_name = "NAME")]
    to: Person,
    #[command(flatten)]
    why: Why,
}

impl Tells for HandoffArgs {
    type Payload = RoleHandedOff;
    fn payload(self, desk: &Desk) -> Result<RoleHandedOff, Failure> {
        Ok(RoleHandedOff {
            role: self.role,
            from: desk.person_or_self(self.from, "--from NAME")?,
            to: self.to,
            why: desk.some_text("--why", self.why.why.as_deref())?,
        })
    }
}

/// A role to give up.
#[derive(Debug, Clone, Args)]
pub struct LeaveRoleArgs {
    /// incident_commander (or ic), communications_lead (comms), incident_analyst, responder, custom:NAME
    role: Role,
    /// Who holds it [default: whoever says this]
    name: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl Tells for LeaveRoleArgs {
    type Payload = RoleLeft;
    fn payload(self, desk: &Desk) -> Result<RoleLeft, Failure> {
        let who = desk.person_or_self(self.name, "scribe role leave INCIDENT ROLE NAME")?;
        Ok(RoleLeft { role: self.role, who, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// Somebody to call.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// Who: a person
    name: Option<Person>,
    /// Who: a team's on-call
    #[arg(long, value_name = "TEAM", conflicts_with_all = ["name", "on_call"])]
    team: Option<Label>,
    /// Who: whoever is on call for a role
    #[arg(long, value_name = "ROLE", conflicts_with = "name")]
    on_call: Option<Role>,
    #[command(flatten)]
    why: Why,
}

impl Tells for PageArgs {
    type Payload = Page;
    fn payload(self, desk: &Desk) -> Result<Page, Failure> {
        let whom = (self.name.map(PageTarget::Person))
            .or(self.team.map(PageTarget::Team))
            .or(self.on_call.map(PageTarget::OnCall))
            .ok_or_else(|| {
                Failure::new(
                    Kind::BadInput,
                    "nobody is told as the one who was called",
                    "name a person, or give --team TEAM or --on-call ROLE",
                )
            })?;
        Ok(Page { whom, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// A page to answer.
#[derive(Debug, Clone, Args)]
pub struct AcknowledgeArgs {
    /// The page's number
    page: u32,
    /// Who answers [default: whoever says this]
    #[arg(long, value_name = "NAME")]
    by: Option<Person>,
}

impl Tells for AcknowledgeArgs {
    type Payload = AcknowledgePage;
    fn payload(self, _: &Desk) -> Result<AcknowledgePage, Failure> {
        Ok(AcknowledgePage { page: self.page, by: self.by })
    }
}

/// Who joins.
#[derive(Debug, Clone, Args)]
pub struct JoinArgs {
    /// Who [default: whoever says this]
    name: Option<Person>,
    /// Their job or team, as they say it
    #[arg(long = "in", value_name = "WHAT")]
    as_what: Option<Label>,
}

impl Tells for JoinArgs {
    type Payload = Joined;
    fn payload(self, desk: &Desk) -> Result<Joined, Failure> {
        let who = desk.person_or_self(self.name, "scribe join INCIDENT NAME")?;
        Ok(Joined { who, as_what: self.as_what })
    }
}

/// Who leaves.
#[derive(Debug, Clone, Args)]
pub struct LeaveArgs {
    /// Who [default: whoever says this]
    name: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl Tells for LeaveArgs {
    type Payload = Left;
    fn payload(self, desk: &Desk) -> Result<Left, Failure> {
        let who = desk.person_or_self(self.name, "scribe leave INCIDENT NAME")?;
        Ok(Left { who, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

//! What to do instead of something that was refused, as data.
//!
//! The domain speaks no edge's language: a command line, an address of the API, a button in the chat. So a remedy
//! says in plain words what it is for and, where something else is to be asked, which step that is; the edge words
//! the step as its own users would take it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::actor::Person;
use crate::ids::IncidentId;
use crate::values::{Role, Tier};

/// What to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Remedy {
    /// In plain words: what helps, or what the step is for.
    pub advice: Cow<'static, str>,
    /// What to ask instead, if that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Box<Step>>,
}

/// Something that may be asked of scribe, as far as it is known what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub enum Step {
    /// Look at the list of incidents.
    ListIncidents,
    /// Look at an incident's runs.
    ListRuns {
        /// The incident.
        incident: IncidentId,
    },
    /// Look up the ids of an incident's events.
    FindEvents {
        /// The incident.
        incident: IncidentId,
    },
    /// Raise the tier.
    Upgrade {
        /// The incident.
        incident: IncidentId,
        /// The higher tier.
        to: Tier,
    },
    /// Lower the tier.
    Downgrade {
        /// The incident.
        incident: IncidentId,
        /// The lower tier.
        to: Tier,
    },
    /// Say that it is over.
    Resolve {
        /// The incident.
        incident: IncidentId,
    },
    /// Say that it is not over, and why.
    Reopen {
        /// The incident.
        incident: IncidentId,
    },
    /// Give a role to somebody.
    AssignRole {
        /// The incident.
        incident: IncidentId,
        /// The role.
        role: Role,
    },
    /// Hand a role from its holder to somebody else.
    HandOff {
        /// The incident.
        incident: IncidentId,
        /// The role.
        role: Role,
        /// Who holds it.
        from: Person,
        /// Who is to hold it.
        to: Person,
    },
    /// Approve a run's line, having read it.
    ApproveRun {
        /// The incident.
        incident: IncidentId,
        /// The run's number.
        run: u32,
    },
    /// Decline a run.
    DeclineRun {
        /// The incident.
        incident: IncidentId,
        /// The run's number.
        run: u32,
    },
    /// Withdraw one's own proposal.
    WithdrawRun {
        /// The incident.
        incident: IncidentId,
        /// The run's number.
        run: u32,
    },
    /// Record a run made elsewhere.
    RecordRun {
        /// The incident.
        incident: IncidentId,
    },
    /// Add somebody to the directory of people.
    AddPerson {
        /// Their name.
        person: Person,
    },
    /// Look at somebody in it.
    ShowPerson {
        /// Who.
        person: Person,
    },
    /// Say whose an account is.
    LinkAccount {
        /// The account.
        account: Account,
    },
    /// Say that an account is somebody's no longer, or never was.
    UnlinkAccount {
        /// Whose it is said to be.
        person: Person,
        /// The account.
        account: Account,
    },
    /// Say that somebody has not left the company.
    StayOn {
        /// Who.
        person: Person,
    },
    /// Put right when something happened.
    CorrectTime {
        /// The incident.
        incident: IncidentId,
    },
}

impl Remedy {
    /// A step, and what it is for.
    pub fn step(aim: impl Into<Cow<'static, str>>, step: Step) -> Self {
        Self { advice: aim.into(), step: Some(Box::new(step)) }
    }

    /// The remedy as a hint: what it is for and, where something else is to be asked, the step in an edge's words.
    pub fn worded(&self, step: impl Fn(&Step) -> String) -> String {
        match &self.step {
            Some(next) => format!("{}: {}", self.advice, step(next)),
            None => self.advice.to_string(),
        }
    }
}

impl From<&'static str> for Remedy {
    fn from(advice: &'static str) -> Self {
        Self { advice: advice.into(), step: None }
    }
}

impl From<String> for Remedy {
    fn from(advice: String) -> Self {
        Self { advice: advice.into(), step: None }
    }
}

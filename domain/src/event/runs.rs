//! Shell lines and queries that people proposed, approved and ran in production.
//!
//! The rule of two pairs of eyes: nobody approves their own run, an approval covers exactly the line whose
//! digest it names, and what ran without one is marked for ever.

use crate::actor::{Person, Who};
use crate::text::{Label, ShellLine, Text};
use crate::values::Digest;
use crate::when::When;

/// Somebody wants to run a line and waits for a second pair of eyes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunProposed {
    /// The run's number in this incident.
    pub run: u32,
    /// The exact line.
    pub line: ShellLine,
    /// Of the line; what an approval has to name.
    pub digest: Digest,
    /// Who wants to run it.
    pub by: Who,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Somebody other than the proposer approved exactly one line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunApproved {
    /// The run's number.
    pub run: u32,
    /// Of the approved line.
    pub digest: Digest,
    /// Who approved.
    pub by: Person,
    /// Under what conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Somebody other than the proposer said no; earlier approvals no longer count.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunDeclined {
    /// The run's number.
    pub run: u32,
    /// Who declined.
    pub by: Person,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// The proposer changed their mind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunWithdrawn {
    /// The run's number.
    pub run: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A line began to run. Without a later [`RunFinished`], nobody knows how it ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunStarted {
    /// The run's number.
    pub run: u32,
    /// The exact line.
    pub line: ShellLine,
    /// Of the line.
    pub digest: Digest,
    /// Who runs it.
    pub by: Who,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// By what right.
    pub standing: Standing,
}

/// A line ended; complete in itself, so that a run made elsewhere needs no other event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFinished {
    /// The run's number.
    pub run: u32,
    /// The exact line.
    pub line: ShellLine,
    /// Of the line.
    pub digest: Digest,
    /// Who ran it.
    pub by: Who,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Label>,
    /// By what right.
    pub standing: Standing,
    /// When it began.
    pub started: When,
    /// When it ended.
    pub ended: When,
    /// How it ended, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Of everything it printed, before masking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_digest: Option<Digest>,
    /// The end of what it printed, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Text>,
}

/// By what right a line was run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Standing {
    /// This person approved the line before it ran.
    Approved {
        /// Who.
        by: Person,
    },
    /// It could not wait, for this reason. Stays marked.
    Emergency {
        /// Why it could not wait.
        reason: Text,
    },
    /// Nobody approved it, for this reason. Stays marked.
    Unapproved {
        /// Why nobody was asked.
        reason: Text,
    },
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With this exit status; 0 is success.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
        }
    }
}

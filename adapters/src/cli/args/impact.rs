//! Who was hit, when, and why.

use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::command::StartImpact;
use scribe_domain::event::impact::{CauseNamed, ImpactEnded};
use scribe_domain::event::life::MilestoneSet;
use scribe_domain::ids::EventId;
use scribe_domain::text::Label;
use scribe_domain::values::Milestone;

use super::word;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Telling, Tells};

/// Who was hit.
#[derive(Debug, Subcommand)]
pub enum Impact {
    /// Record when users began to be hit, and when that ended
    #[command(subcommand, name = "impact")]
    Interval(ImpactCommand),
    /// Name the cause, as far as it is known
    Cause(On<CauseArgs>),
    /// Set a point that metrics are computed from, at the time told as --occurred
    Milestone(On<MilestoneArgs>),
}

/// What happened to users.
#[derive(Debug, Subcommand)]
pub enum ImpactCommand {
    /// Record that users began to be hit
    Start(On<StartArgs>),
    /// Record that an impact ended
    End(On<EndArgs>),
}

impl Impact {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        match self {
            Self::Interval(ImpactCommand::Start(on)) => on.telling(desk),
            Self::Interval(ImpactCommand::End(on)) => on.telling(desk),
            Self::Cause(on) => on.telling(desk),
            Self::Milestone(on) => on.telling(desk),
        }
    }
}

/// How users began to be hit.
#[derive(Debug, Clone, Args)]
pub struct StartArgs {
    /// How they were hit
    text: String,
    /// What was affected; may be given several times
    #[arg(long = "component", value_name = "NAME")]
    components: Vec<Label>,
    /// Who was hit, and how many
    #[arg(long, value_name = "TEXT")]
    who: Option<String>,
}

impl Tells for StartArgs {
    type Payload = StartImpact;
    fn payload(self, desk: &Desk) -> Result<StartImpact, Failure> {
        Ok(StartImpact {
            text: desk.text("the text", &self.text)?,
            components: self.components,
            who: desk.some_text("--who", self.who.as_deref())?,
        })
    }
}

/// An impact that ended.
#[derive(Debug, Clone, Args)]
pub struct EndArgs {
    /// The impact's number
    impact: u32,
    /// What showed it
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

impl Tells for EndArgs {
    type Payload = ImpactEnded;
    fn payload(self, desk: &Desk) -> Result<ImpactEnded, Failure> {
        Ok(ImpactEnded { impact: self.impact, text: desk.some_text("--text", self.text.as_deref())? })
    }
}

/// A cause.
#[derive(Debug, Clone, Args)]
pub struct CauseArgs {
    /// The cause
    text: String,
    /// The id of an event that shows it; may be given several times
    #[arg(long = "cite", value_name = "EVENT")]
    cites: Vec<EventId>,
}

impl Tells for CauseArgs {
    type Payload = CauseNamed;
    fn payload(self, desk: &Desk) -> Result<CauseNamed, Failure> {
        Ok(CauseNamed { text: desk.text("the cause", &self.text)?, cites: self.cites })
    }
}

/// A point in the incident's life.
#[derive(Debug, Clone, Args)]
pub struct MilestoneArgs {
    /// Which
    #[arg(value_parser = word!(Milestone))]
    milestone: Milestone,
    /// How it is known
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Tells for MilestoneArgs {
    type Payload = MilestoneSet;
    fn payload(self, desk: &Desk) -> Result<MilestoneSet, Failure> {
        let note = desk.some_text("--note", self.note.as_deref())?;
        Ok(MilestoneSet { milestone: self.milestone, note })
    }
}

//! Notes, decisions, hypotheses, and what audiences are told.

use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::command::RaiseHypothesis;
use scribe_domain::event::words::{
    ComponentStatus, Decided, HypothesisSettled, Noted, Regrouped, StatusUpdated, Summarised,
};
use scribe_domain::text::Label;
use scribe_domain::values::{ComponentState, Phase, Tier, Verdict};

use super::word;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Telling, Tells};

/// What is said.
#[derive(Debug, Subcommand)]
pub enum Words {
    /// Note an observation
    Note(On<NoteArgs>),
    /// Record a decision, and what else was on the table
    Decide(On<DecideArgs>),
    /// Summarise where things stand, for whoever joins now
    Summarise(On<SummariseArgs>),
    /// Raise or settle a guess at the cause
    #[command(subcommand)]
    Hypothesis(HypothesisCommand),
    /// Tell an audience: a status update on its page
    Update(On<UpdateArgs>),
    /// Record that the team came back together to compare notes
    Regroup(On<RegroupArgs>),
}

/// What happens to a guess.
#[derive(Debug, Subcommand)]
pub enum HypothesisCommand {
    /// Raise a hypothesis
    Raise(On<RaiseArgs>),
    /// Settle a hypothesis
    Settle(On<SettleArgs>),
}

impl Words {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        match self {
            Self::Note(on) => on.telling(desk),
            Self::Decide(on) => on.telling(desk),
            Self::Summarise(on) => on.telling(desk),
            Self::Hypothesis(HypothesisCommand::Raise(on)) => on.telling(desk),
            Self::Hypothesis(HypothesisCommand::Settle(on)) => on.telling(desk),
            Self::Update(on) => on.telling(desk),
            Self::Regroup(on) => on.telling(desk),
        }
    }
}

/// An observation.
#[derive(Debug, Clone, Args)]
pub struct NoteArgs {
    /// What was seen or thought
    text: String,
}

impl Tells for NoteArgs {
    type Payload = Noted;
    fn payload(self, desk: &Desk) -> Result<Noted, Failure> {
        Ok(Noted { text: desk.text("the text", &self.text)? })
    }
}

/// A decision.
#[derive(Debug, Clone, Args)]
pub struct DecideArgs {
    /// What was decided
    choice: String,
    /// What else was considered; may be given several times
    #[arg(long = "option", value_name = "WHAT")]
    options: Vec<Label>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Who saw it differently, and how
    #[arg(long, value_name = "TEXT")]
    dissent: Option<String>,
}

impl Tells for DecideArgs {
    type Payload = Decided;
    fn payload(self, desk: &Desk) -> Result<Decided, Failure> {
        Ok(Decided {
            choice: desk.text("the choice", &self.choice)?,
            options: self.options,
            why: desk.some_text("--why", self.why.as_deref())?,
            dissent: desk.some_text("--dissent", self.dissent.as_deref())?,
        })
    }
}

/// Where things stand.
#[derive(Debug, Clone, Args)]
pub struct SummariseArgs {
    /// What is going on
    status: String,
    /// The cause as understood now
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    /// What comes next
    #[arg(long, value_name = "TEXT")]
    plan: Option<String>,
}

impl Tells for SummariseArgs {
    type Payload = Summarised;
    fn payload(self, desk: &Desk) -> Result<Summarised, Failure> {
        Ok(Summarised {
            status: desk.text("the status", &self.status)?,
            cause: desk.some_text("--cause", self.cause.as_deref())?,
            plan: desk.some_text("--plan", self.plan.as_deref())?,
        })
    }
}

/// A guess at the cause.
#[derive(Debug, Clone, Args)]
pub struct RaiseArgs {
    /// The guess
    text: String,
}

impl Tells for RaiseArgs {
    type Payload = RaiseHypothesis;
    fn payload(self, desk: &Desk) -> Result<RaiseHypothesis, Failure> {
        Ok(RaiseHypothesis { text: desk.text("the guess", &self.text)? })
    }
}

/// What became of a guess.
#[derive(Debug, Clone, Args)]
pub struct SettleArgs {
    /// The hypothesis' number
    hypothesis: u32,
    /// How it ended
    #[arg(long, value_parser = word!(Verdict))]
    verdict: Verdict,
    /// What showed it
    finding: Option<String>,
}

impl Tells for SettleArgs {
    type Payload = HypothesisSettled;
    fn payload(self, desk: &Desk) -> Result<HypothesisSettled, Failure> {
        let finding = desk.some_text("the finding", self.finding.as_deref())?;
        Ok(HypothesisSettled { hypothesis: self.hypothesis, verdict: self.verdict, finding })
    }
}

/// What an audience is told.
#[derive(Debug, Clone, Args)]
pub struct UpdateArgs {
    /// The words
    text: String,
    /// Whose status page it stands on
    #[arg(long, value_parser = word!(Tier))]
    audience: Tier,
    /// The status it is told under
    #[arg(long, value_parser = word!(Phase))]
    status: Phase,
    /// How a component fares, such as "List imports=degraded_performance"; may be given several times
    #[arg(long = "component", value_name = "NAME=STATE", value_parser = component)]
    components: Vec<ComponentStatus>,
}

impl Tells for UpdateArgs {
    type Payload = StatusUpdated;
    fn payload(self, desk: &Desk) -> Result<StatusUpdated, Failure> {
        Ok(StatusUpdated {
            audience: self.audience,
            status: self.status,
            text: desk.text("the text", &self.text)?,
            components: self.components,
        })
    }
}

fn component(told: &str) -> Result<ComponentStatus, String> {
    let (name, state) =
        told.rsplit_once('=').ok_or("write NAME=STATE, such as \"List imports=operational\"")?;
    Ok(ComponentStatus {
        component: Label::new(name).map_err(|error| format!("the component's name {error}"))?,
        state: state.parse::<ComponentState>().map_err(|error| error.to_string())?,
    })
}

/// What the team compared.
#[derive(Debug, Clone, Args)]
pub struct RegroupArgs {
    /// What everybody brought
    findings: String,
    /// What comes next
    #[arg(long, value_name = "TEXT")]
    plan: Option<String>,
}

impl Tells for RegroupArgs {
    type Payload = Regrouped;
    fn payload(self, desk: &Desk) -> Result<Regrouped, Failure> {
        let plan = desk.some_text("--plan", self.plan.as_deref())?;
        Ok(Regrouped { findings: desk.text("the findings", &self.findings)?, plan })
    }
}

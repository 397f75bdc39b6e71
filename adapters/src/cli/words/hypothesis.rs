//! `scribe hypothesis …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::RaiseHypothesis;
use scribe_domain::event::words::HypothesisSettled;
use scribe_domain::values::Verdict;

use crate::cli::common::arguments::word;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Raise or settle a guess at the cause.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum HypothesisCommand {
    /// Raise a hypothesis
    Raise(OnIncident<RaiseArgs>),
    /// Settle a hypothesis
    Settle(OnIncident<SettleArgs>),
}

#[async_trait(?Send)]
impl Effect for HypothesisCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Raise(on) => on.record(session).await,
            Self::Settle(on) => on.record(session).await,
        }
    }
}

/// A guess at the cause.
#[derive(Debug, Clone, Args)]
pub(super) struct RaiseArgs {
    /// The guess
    text: String,
}

impl IncidentCommand for RaiseArgs {
    type Payload = RaiseHypothesis;
    fn payload(self, desk: &Desk) -> Result<RaiseHypothesis, Failure> {
        Ok(RaiseHypothesis { text: desk.text("the guess", &self.text)? })
    }
}

/// What became of a guess.
#[derive(Debug, Clone, Args)]
pub(super) struct SettleArgs {
    /// The hypothesis' number
    hypothesis: u32,
    /// How it ended
    #[arg(short, long, value_parser = word!(Verdict))]
    verdict: Verdict,
    /// What showed it
    finding: Option<String>,
}

impl IncidentCommand for SettleArgs {
    type Payload = HypothesisSettled;
    fn payload(self, desk: &Desk) -> Result<HypothesisSettled, Failure> {
        let finding = desk.some_text("the finding", self.finding.as_deref())?;
        Ok(HypothesisSettled { hypothesis: self.hypothesis, verdict: self.verdict, finding })
    }
}

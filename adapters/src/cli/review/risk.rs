//! `scribe risk`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::review::{FollowUpOf, RiskNamed};
use scribe_domain::ids::IncidentId;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::Evidence;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::{Care, IncidentRef};

/// Name a risk that was known before it struck; --occurred says since when.
#[derive(Debug, Clone, Args)]
pub(super) struct RiskArgs {
    /// The risk
    text: String,
    /// The number of the follow-up that was, or is, to do something about it
    #[arg(long, value_name = "NUMBER")]
    follow_up: Option<u32>,
    /// The incident that the follow-up was agreed in [default: this one]
    #[arg(long = "of", value_name = "INCIDENT", requires = "follow_up")]
    other: Option<IncidentRef>,
    #[command(flatten)]
    evidence: Evidence,
}

#[async_trait(?Send)]
impl IncidentCommand for RiskArgs {
    type Payload = RiskNamed;

    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        if let Some(other) = &mut self.other {
            other.find(desk, Care::Usual).await?;
        }
        self.evidence.find(desk, incident).await
    }

    fn payload(self, desk: &Desk) -> Result<RiskNamed, Failure> {
        let incident = self.other.map(IncidentRef::found).transpose()?;
        let follow_up = self.follow_up.map(|follow_up| FollowUpOf { incident, follow_up });
        Ok(RiskNamed { text: desk.text("the text", &self.text)?, follow_up, cites: self.evidence.ids() })
    }
}

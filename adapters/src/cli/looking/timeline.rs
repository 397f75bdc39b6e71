//! `scribe timeline`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::IncidentRef;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// What happened, in order of when it happened.
#[derive(Debug, Clone, Args)]
pub(super) struct TimelineArgs {
    /// The incident: its id, a part of it, or @ for the open one
    incident: IncidentRef,
    /// Of this kind or group of kinds only, such as run_approved or runs
    #[arg(long)]
    kind: Option<String>,
    /// By this actor only: a name or integration:NAME
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Leave out what was retracted
    #[arg(long)]
    hide_retracted: bool,
    /// Show each event's full id, for corrections and citations
    #[arg(long)]
    ids: bool,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for TimelineArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = self.incident.to_look_at(desk).await?;
        let address = Address::of(&["v1", "incidents", incident.as_str(), "timeline"])
            .with_some("kind", self.kind.as_deref())
            .with_some("actor", self.actor.as_deref())
            .with_some("retracted", self.hide_retracted.then_some("false"))
            .with_some("ids", self.ids.then_some("true"));
        show(desk, address, &self.view).await?;
        Ok(exit::DONE)
    }
}

//! `scribe actions`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::{IncidentRef, some_to_look_at};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show, stamp};

/// Which actions are due for a check-in.
#[derive(Debug, Clone, Args)]
pub(super) struct ActionsArgs {
    /// Of this incident only
    #[arg(value_name = "INCIDENT")]
    incident: Option<IncidentRef>,
    /// Due by then
    #[arg(long, value_name = "WHEN")]
    due_by: Option<String>,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for ActionsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = some_to_look_at(desk, self.incident).await?;
        let due_by = desk.moment("--due-by", self.due_by.as_deref())?.map(stamp);
        let address = Address::of(&["v1", "actions"])
            .with_some("incident", incident.as_ref())
            .with_some("due_by", due_by);
        show(desk, address, &self.view).await?;
        Ok(exit::DONE)
    }
}

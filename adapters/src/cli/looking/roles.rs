//! `scribe roles`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::IncidentRef;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// Who held which role, when.
#[derive(Debug, Clone, Args)]
pub(super) struct RolesArgs {
    /// The incident: its id, a part of it, or @ for the open one
    incident: IncidentRef,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for RolesArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = self.incident.to_look_at(desk).await?;
        show(desk, Address::of(&["v1", "incidents", incident.as_str(), "roles"]), &self.view).await?;
        Ok(exit::DONE)
    }
}

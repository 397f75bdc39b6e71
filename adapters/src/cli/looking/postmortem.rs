//! `scribe postmortem`.

use async_trait::async_trait;
use clap::{Args, ValueEnum};

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::IncidentRef;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// The postmortem document.
#[derive(Debug, Clone, Args)]
pub(super) struct PostmortemArgs {
    /// The incident: its id, a part of it, or @ for the open one
    incident: IncidentRef,
    /// For whom: the public one holds back what only insiders should read
    #[arg(long, default_value = "internal")]
    edition: Edition,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for PostmortemArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = self.incident.to_look_at(desk).await?;
        let address = Address::of(&["v1", "incidents", incident.as_str(), "postmortem"])
            .with("edition", self.edition.as_str());
        show(desk, address, &self.view).await?;
        Ok(exit::DONE)
    }
}

/// The editions of a postmortem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Edition {
    /// For the company
    Internal,
    /// For everybody
    Public,
}

impl Edition {
    /// The word, as the API has it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

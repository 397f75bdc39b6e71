//! `scribe relate`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::life::Related;
use scribe_domain::ids::IncidentId;
use scribe_domain::values::Relation;

use crate::cli::common::arguments::{Because, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::{Care, IncidentRef};

/// Say what it has to do with another incident; both tell it from then on.
#[derive(Debug, Clone, Args)]
pub(super) struct RelateArgs {
    /// How, as seen from this incident
    #[arg(value_parser = word!(Relation))]
    how: Relation,
    /// The other incident
    to: IncidentRef,
    #[command(flatten)]
    why: Because,
}

#[async_trait(?Send)]
impl IncidentCommand for RelateArgs {
    type Payload = Related;

    async fn look_up(&mut self, desk: &Desk, _: &IncidentId) -> Result<(), Failure> {
        self.to.find(desk, Care::Usual).await.map(drop)
    }

    fn payload(self, desk: &Desk) -> Result<Related, Failure> {
        Ok(Related { how: self.how, to: self.to.found()?, why: self.why.text(desk)? })
    }
}

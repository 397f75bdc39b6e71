//! `scribe merge`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::life::MergedInto;
use scribe_domain::ids::IncidentId;

use crate::cli::common::arguments::Because;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::{Care, IncidentRef};

/// Say that it is part of another incident.
#[derive(Debug, Clone, Args)]
pub(super) struct MergeArgs {
    /// The incident it is part of
    into: IncidentRef,
    #[command(flatten)]
    why: Because,
}

#[async_trait(?Send)]
impl IncidentCommand for MergeArgs {
    type Payload = MergedInto;
    const CARE: Care = Care::Final;

    async fn look_up(&mut self, desk: &Desk, _: &IncidentId) -> Result<(), Failure> {
        self.into.find(desk, Self::CARE).await.map(drop)
    }

    fn payload(self, desk: &Desk) -> Result<MergedInto, Failure> {
        Ok(MergedInto { into: self.into.found()?, why: self.why.text(desk)? })
    }
}

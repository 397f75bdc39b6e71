//! `scribe audit reads`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// Who looked at private incidents, and when.
#[derive(Debug, Clone, Args)]
pub(super) struct ReadsArgs {
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for ReadsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        show(desk, Address::of(&["v1", "reads"]), &self.view).await?;
        Ok(exit::DONE)
    }
}

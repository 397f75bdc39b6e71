//! `scribe audit acts`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// Who administered what: tokens given and revoked, settings changed, people added and linked.
#[derive(Debug, Clone, Args)]
pub(super) struct ActsArgs {
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for ActsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        show(desk, Address::of(&["v1", "acts"]), &self.view).await?;
        Ok(exit::DONE)
    }
}

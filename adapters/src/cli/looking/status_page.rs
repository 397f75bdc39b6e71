//! `scribe status-page`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::values::Tier;

use crate::cli::common::address::Address;
use crate::cli::common::arguments::word;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// What an audience's status page says.
#[derive(Debug, Clone, Args)]
pub(super) struct StatusPageArgs {
    /// Whose page
    #[arg(long, default_value = "public", value_parser = word!(Tier))]
    audience: Tier,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for StatusPageArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        show(desk, Address::of(&["v1", "status-pages", self.audience.as_str()]), &self.view).await?;
        Ok(exit::DONE)
    }
}

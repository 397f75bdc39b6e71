//! `scribe list`.

use async_trait::async_trait;
use clap::{Args, ValueEnum};
use scribe_domain::values::Tier;

use crate::cli::common::address::Address;
use crate::cli::common::arguments::word;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show};

/// The board: every incident as it stands.
#[derive(Debug, Clone, Args)]
pub(super) struct ListArgs {
    /// In which state
    #[arg(long, default_value = "open")]
    state: State,
    /// Of which tier only
    #[arg(long, value_parser = word!(Tier))]
    tier: Option<Tier>,
    /// Include exercises
    #[arg(long)]
    drills: bool,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for ListArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let address = Address::of(&["v1", "incidents"])
            .with("state", self.state.as_str())
            .with_some("tier", self.tier)
            .with_some("drills", self.drills.then_some("true"));
        show(desk, address, &self.view).await?;
        Ok(exit::DONE)
    }
}

/// Which incidents a board shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// Being worked on
    Open,
    /// Over
    Ended,
    /// Both
    All,
}

impl State {
    /// The word, as the API has it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ended => "ended",
            Self::All => "all",
        }
    }
}

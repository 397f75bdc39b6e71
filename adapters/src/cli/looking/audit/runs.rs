//! `scribe audit runs`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::{IncidentRef, some_to_look_at};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, show, stamp};

/// Who proposed, approved and ran what, where, when, with what result.
#[derive(Debug, Clone, Args)]
pub(super) struct RunsArgs {
    /// Proposed, approved or run by
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Since
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Until
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Whose line has this text in it
    #[arg(long = "match", value_name = "TEXT")]
    matching: Option<String>,
    /// On this host
    #[arg(long, value_name = "HOST")]
    on: Option<String>,
    /// In this incident
    #[arg(long, value_name = "INCIDENT")]
    incident: Option<IncidentRef>,
    /// Only what ran without an approval
    #[arg(long)]
    unapproved: bool,
    /// Only what carries this flag
    #[arg(long)]
    flag: Option<String>,
    /// Only those of which it is known at least so well who took part: account, proven
    #[arg(long, value_name = "STRENGTH")]
    strength: Option<String>,
    #[command(flatten)]
    view: ViewOptions,
}

#[async_trait(?Send)]
impl Effect for RunsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = some_to_look_at(desk, self.incident).await?;
        let address = Address::of(&["v1", "runs"])
            .with_some("by", self.by.as_deref())
            .with_some("since", desk.moment("--since", self.since.as_deref())?.map(stamp))
            .with_some("until", desk.moment("--until", self.until.as_deref())?.map(stamp))
            .with_some("match", self.matching.as_deref())
            .with_some("host", self.on.as_deref())
            .with_some("incident", incident.as_ref())
            .with_some("unapproved", self.unapproved.then_some("true"))
            .with_some("flag", self.flag.as_deref())
            .with_some("strength", self.strength.as_deref());
        show(desk, address, &self.view).await?;
        Ok(exit::DONE)
    }
}

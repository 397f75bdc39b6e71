//! `scribe events`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::IncidentEvent;

use crate::cli::common::address::Address;
use crate::cli::common::arguments::one_of;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::feed::Lines;
use crate::cli::common::incident::{IncidentRef, some_to_look_at};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;

/// The events themselves, one JSON object a line.
#[derive(Debug, Clone, Args)]
pub(super) struct EventsArgs {
    /// Of this incident only
    incident: Option<IncidentRef>,
    /// After this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    limit: Option<u64>,
    /// Of this kind only, such as noted
    #[arg(long, value_parser = one_of(IncidentEvent::KINDS.iter().copied()), hide_possible_values = true)]
    kind: Option<String>,
    /// Go on as the record grows
    #[arg(long)]
    follow: bool,
}

#[async_trait(?Send)]
impl Effect for EventsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = some_to_look_at(desk, self.incident).await?;
        let address = Address::of(&["v1", "events"])
            .with("after", self.after)
            .with_some("limit", self.limit)
            .with_some("incident", incident.as_ref())
            .with_some("kind", self.kind.as_deref())
            .with_some("follow", self.follow.then_some("true"));
        let mut lines = Lines::open(desk, &address).await?;
        while let Some(mut line) = lines.next().await?.map(Vec::from) {
            line.push(b'\n');
            put(&line)?;
        }
        Ok(exit::DONE)
    }
}

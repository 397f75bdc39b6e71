//! `scribe watch`: following the record as it grows.

use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use clap::Args;
use scribe_domain::ids::{IncidentId, Position};
use scribe_projections::document::Style;
use scribe_projections::document::time::date_time_of;

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::feed::{Line, Lines, head};
use crate::cli::common::incident::{IncidentRef, some_to_look_at};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{put, put_line, say};

/// How long to wait before a lost server is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// Follow the record as it grows, one line an event.
#[derive(Debug, Clone, Args)]
pub(super) struct WatchArgs {
    /// This incident only
    incident: Option<IncidentRef>,
    /// From this position on [default: only what is new]
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
}

#[async_trait(?Send)]
impl Effect for WatchArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let incident = some_to_look_at(desk, self.incident).await?;
        watch(desk, incident.as_ref(), self.after).await?;
        Ok(exit::DONE)
    }
}

/// One line an event, until somebody stops it. A server that goes away is waited for;
/// nothing is missed and nothing shown twice, since the feed goes on from a position.
async fn watch(desk: &Desk, incident: Option<&IncidentId>, after: Option<u64>) -> Result<(), Failure> {
    let mut after = match after {
        Some(after) => Position(after),
        None => head(desk).await?,
    };
    loop {
        match follow(desk, incident, &mut after).await {
            Ok(()) if desk.client.is_in_process() => return Ok(()),
            Err(failure) if !failure.kind.may_pass() || desk.client.is_in_process() => {
                return Err(failure);
            }
            Ok(()) => say("the server ended the feed; waiting for it"),
            Err(failure) => say(&format!("{}; waiting for it", failure.message)),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(desk: &Desk, incident: Option<&IncidentId>, after: &mut Position) -> Result<(), Failure> {
    let address = Address::of(&["v1", "events"])
        .with("after", *after)
        .with("follow", "true")
        .with_some("incident", incident);
    let mut lines = Lines::open(desk, &address).await?;
    let style = Style { zone: desk.zone.unwrap_or(Tz::UTC), ..Style::default() };
    while let Some(bytes) = lines.next().await? {
        let line = Line::read(&bytes)?;
        if desk.json {
            put(&[&bytes[..], b"\n"].concat())?;
        } else {
            put_line(&shown(&line, &style))?;
        }
        *after = line.position;
    }
    Ok(())
}

fn shown(line: &Line, style: &Style) -> String {
    let when = date_time_of(line.occurred, style);
    format!("{when}  {}  {}: {}", line.incident, line.subject(), line.headline())
}

//! `scribe clock settle`: saying whose clock was wrong.

use clap::Args;
use scribe_domain::clocks::Positions;
use scribe_domain::ids::Position;
use serde_json::json;

use crate::app::gate::clocks::{Settled, SettledTime};
use crate::cli::common::failure::Failure;
use crate::cli::common::session::Session;
use crate::cli::common::terminal::{put_line, say};

/// How many times are listed one by one.
const LISTED: usize = 40;

/// Say whose clock was wrong: the times that it stamped then count as what the others prove of them
#[derive(Debug, Clone, Args)]
pub(super) struct SettleArgs {
    /// Which positions of the record it stamped: 7, or 7..9
    #[arg(long, value_name = "POSITION[..POSITION]")]
    wrong: Positions,
    /// How that is known; it is kept with the record
    #[arg(long)]
    reason: String,
    /// The position of an earlier settlement that was mistaken, and counts no longer
    #[arg(long, value_name = "POSITION")]
    instead_of: Option<u64>,
    /// Only say which times would count
    #[arg(long)]
    dry_run: bool,
}

impl SettleArgs {
    pub(super) async fn carry_out(self, session: &Session) -> Result<(), Failure> {
        let desk = session.desk()?;
        let Self { wrong, reason, instead_of, dry_run } = self;
        let why = desk.text("--reason", &reason)?;
        let body = json!({
            "actor": desk.actor()?, "wrong": wrong, "why": why,
            "instead_of": instead_of.map(Position), "dry_run": dry_run,
        });
        let answer = desk.client.post_json("/v1/clock/settlements", &body).await?;
        if desk.json {
            return answer.put();
        }
        let Settled { recorded, times } = answer.json()?;
        for SettledTime { position, stamped, not_before, not_after } in times.iter().take(LISTED) {
            let when = match not_before {
                Some(from) => format!("between {from} and {not_after}"),
                None => format!("before {not_after}"),
            };
            put_line(&format!("position {position}: stamped {stamped}; recorded {when}"))?;
        }
        if let Some(more) = times.len().checked_sub(LISTED).filter(|more| *more > 0) {
            put_line(&format!("and {more} more"))?;
        }
        say(&if recorded {
            format!("settled: the clock was wrong that stamped {wrong}")
        } else {
            "hint: nothing was recorded; if that is what you mean, leave --dry-run out".to_owned()
        });
        Ok(())
    }
}

//! `scribe clock`.

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, put_line};
use crate::clock::check::{ClockReport, Offset, Standing, told};
use crate::http::ClockAnswer;

/// Whether the clock is to be believed by which times are recorded: the server's, or this machine's
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ClockArgs {}

#[async_trait(?Send)]
impl Effect for ClockArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let answer = desk.client.get("/v1/clock").await?;
        let ClockAnswer { machine } = answer.json()?;
        if desk.json {
            answer.put()?;
        } else {
            lines(&machine).iter().try_for_each(|line| put_line(&printable(line)))?;
        }
        Ok(if machine.standing == Standing::Good { exit::DONE } else { exit::CLOCK })
    }

    fn tells_of_the_clock(&self) -> bool {
        true
    }
}

/// What was found, a line each.
fn lines(report: &ClockReport) -> Vec<String> {
    let ClockReport { standing, now, last_recorded, ahead_of_store, synchronised, tolerance, findings } =
        report;
    let standing = match standing {
        Standing::Good => "nothing speaks against this clock",
        Standing::Doubtful => "something speaks against this clock; recording goes on",
        Standing::Wrong => "this clock is not the store's: nothing is recorded",
    };
    let last = last_recorded.map_or_else(|| "nothing is recorded yet".to_owned(), told);
    let store = match ahead_of_store {
        Some(Offset { seconds, within }) if *seconds < 0.0 => {
            format!("{:.1} s behind, give or take {within:.1} s", seconds.abs())
        }
        Some(Offset { seconds, within }) => format!("{seconds:.1} s ahead, give or take {within:.1} s"),
        None => "none to be seen".to_owned(),
    };
    let synchronised = match synchronised {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not told",
    };
    let mut lines = vec![
        standing.to_owned(),
        format!("clock             {}", told(*now)),
        format!("last recorded     {last}"),
        format!("store's clock     {store}"),
        format!("kept right        {synchronised}"),
        format!("tolerance         {tolerance} s"),
    ];
    for finding in findings {
        lines.push(format!("found: {}", finding.what));
        lines.extend(finding.remedy.as_ref().map(|remedy| format!("hint: {remedy}")));
    }
    lines
}

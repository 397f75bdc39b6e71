//! `scribe clock`.

/// Saying whose clock was wrong.
mod settle;

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::clocks::Positions;

use crate::app::gate::clocks::{DisputedTimes, SettlementRow, TimesInQuestion};
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, put_line};
use crate::clock::check::{ClockReport, Offset, Standing, told};
use crate::http::ClockAnswer;

use settle::SettleArgs;

/// Whether the clock is to be believed by which times are recorded: the server's, or this machine's
#[derive(Debug, Clone, Args)]
pub(super) struct ClockArgs {
    #[command(subcommand)]
    command: Option<ClockCommand>,
}

/// What may be said of clocks.
#[derive(Debug, Clone, Subcommand)]
enum ClockCommand {
    Settle(SettleArgs),
}

#[async_trait(?Send)]
impl Effect for ClockArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        if let Some(ClockCommand::Settle(args)) = self.command {
            args.carry_out(session).await?;
            return Ok(exit::DONE);
        }
        let desk = session.desk_for_looking()?;
        let answer = desk.client.get("/v1/clock").await?;
        let ClockAnswer { machine } = answer.json()?;
        if desk.json {
            answer.put()?;
        } else {
            let mut lines = lines(&machine);
            let disputes = desk.client.get("/v1/clock/disputes").await?;
            let DisputedTimes { disputed, stood_still } = disputes.json()?;
            lines.extend(in_question("disputed times    ", &disputed));
            lines.extend(in_question("times stood still ", &stood_still));
            lines.extend(settlements(desk).await?);
            lines.iter().try_for_each(|line| put_line(&printable(line)))?;
        }
        Ok(if machine.standing == Standing::Good { exit::DONE } else { exit::CLOCK })
    }

    fn tells_of_the_clock(&self) -> bool {
        true
    }
}

/// Which positions are in question; nothing where none are.
fn in_question(what: &str, spans: &[Positions]) -> Option<String> {
    (!spans.is_empty()).then(|| format!("{what}position {}", Positions::listed(spans)))
}

/// Whose clocks were said to be wrong, a line each; nothing for who may not audit the record.
async fn settlements(desk: &Desk) -> Result<Vec<String>, Failure> {
    let answer = match desk.client.get("/v1/clock/settlements").await {
        Ok(answer) => answer,
        Err(failure) if matches!(failure.kind, Kind::Barred | Kind::Refused) => return Ok(Vec::new()),
        Err(failure) => return Err(failure),
    };
    let TimesInQuestion { settlements, .. } = answer.json()?;
    let row = |row: &SettlementRow| {
        let SettlementRow { position, wrong, why, counts, .. } = row;
        let over = if *counts { "" } else { " (taken back since)" };
        format!("settled           by position {position}, that of {wrong} was wrong: {why}{over}")
    };
    Ok(settlements.iter().map(row).collect())
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

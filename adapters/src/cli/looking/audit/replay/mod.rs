//! `scribe audit replay`: rebuilding every view from nothing but the events, and comparing each byte for byte
//! with what is served.
//!
//! This program folds the views itself, so a server whose views have gone astray (a missed event, an old
//! snapshot, a changed record) is found out by anybody who can read its feed.

mod difference;
mod record;
mod views;

use async_trait::async_trait;
use clap::Args;

use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::progress::Progress;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{counted, put_line};
use difference::Difference;
use record::Record;
use views::Comparison;

/// How often the check begins anew because the record grew meanwhile.
const ATTEMPTS: u32 = 10;

/// Rebuild every view from the events, and compare it byte for byte with what is served.
#[derive(Debug, Clone, Args)]
pub(super) struct ReplayArgs {}

#[async_trait(?Send)]
impl Effect for ReplayArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let is_identical = replay(session.desk_for_looking()?).await?;
        Ok(if is_identical { exit::DONE } else { exit::FAILED })
    }
}

/// Whether everything that is served follows from the record.
async fn replay(desk: &Desk) -> Result<bool, Failure> {
    let progress = Progress::new();
    let mut record = Record::default();
    for _ in 0..ATTEMPTS {
        record.read_on(desk, &progress).await?;
        match views::check(desk, &record, &progress).await? {
            Comparison::Moved => {}
            Comparison::Views(count, differences) => {
                progress.done();
                return report(&record, count, &differences);
            }
        }
    }
    progress.done();
    Err(Failure::new(
        Kind::Unavailable,
        "the record kept growing while its views were compared",
        "try again when it is quieter",
    ))
}

fn report(record: &Record, count: usize, differences: &[Difference]) -> Result<bool, Failure> {
    for difference in differences {
        put_line(&difference.to_string())?;
    }
    let size = [(record.len(), "event"), (record.incidents().count(), "incident"), (count, "view")]
        .map(|(count, what)| counted(count as u64, what))
        .join(", ");
    if differences.is_empty() {
        put_line(&format!("{size}: identical"))?;
    } else {
        put_line(&format!("{size}: {} differ", differences.len()))?;
    }
    Ok(differences.is_empty())
}

//! Rebuilding every view from nothing but the events, and comparing each byte for byte with what is
//! served.
//!
//! This program folds the views itself, so a server whose views have gone astray (a missed event, an old
//! snapshot, a changed record) is found out by anybody who can read its feed.

mod difference;
mod record;
mod views;

use std::io::{self, IsTerminal as _, Write as _};

use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::terminal::{put_line, say};
use difference::Difference;
use record::Record;

/// How often the check begins anew because the record grew meanwhile.
const ATTEMPTS: u32 = 10;

/// What one check found.
enum Found {
    /// How many views were compared, and which differ.
    Views(usize, Vec<Difference>),
    /// The record grew while it was checked.
    Moved,
}

/// `scribe audit replay`: whether everything that is served follows from the record.
pub(in crate::cli) async fn replay(desk: &Desk) -> Result<bool, Failure> {
    let progress = Progress::new();
    let mut record = Record::default();
    for _ in 0..ATTEMPTS {
        record.read_on(desk, &progress).await?;
        match views::check(desk, &record, &progress).await? {
            Found::Moved => {}
            Found::Views(count, differences) => {
                progress.done();
                return tell(&record, count, &differences);
            }
        }
    }
    progress.done();
    Err(Failure::new(
        Kind::Unavailable,
        "the record grew each time before every view was compared",
        "try again when it is quieter",
    ))
}

fn tell(record: &Record, count: usize, differences: &[Difference]) -> Result<bool, Failure> {
    for difference in differences {
        put_line(&difference.to_string())?;
    }
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let size =
        [of(record.len(), "event"), of(record.incidents().len(), "incident"), of(count, "view")].join(", ");
    if differences.is_empty() {
        put_line(&format!("{size}: identical"))?;
    } else {
        put_line(&format!("{size}: {} differ", differences.len()))?;
    }
    Ok(differences.is_empty())
}

/// Says how far it is, to a terminal only.
struct Progress {
    wanted: bool,
}

impl Progress {
    fn new() -> Self {
        Self { wanted: io::stderr().is_terminal() }
    }

    fn at(&self, what: &str, done: usize) {
        if self.wanted {
            // Nobody misses a progress that cannot be shown.
            let _ = write!(io::stderr(), "\r\x1b[K{what}: {done}");
        }
    }

    fn done(&self) {
        if self.wanted {
            say("\r\x1b[K");
        }
    }
}

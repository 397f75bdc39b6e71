//! Checking the time stamps of a record, here and offline: nobody else is asked whether a token is good.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use scribe_domain::text::Locator;
use serde::Serialize;

use super::stamp::told;
use crate::app::App;
use crate::cli::common::address::Address;
use crate::cli::common::client::{Client, post_lines};
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::{read_file, unreadable};
use crate::cli::common::session::{Session, config};
use crate::cli::common::terminal::{counted, printable, put_line};
use crate::clock;
use crate::http;
use crate::time_stamping::kept::{Bound, Interval, KeptStamp, StampList, intervals};
use crate::time_stamping::verify::Authorities;

/// By whom time stamps are to be signed.
#[derive(Debug, Clone, Args)]
pub(super) struct StampsArgs {
    /// Check the time stamps: they must be signed by whom a certificate in this file vouches for (PEM)
    #[arg(long, value_name = "FILE")]
    pub(super) tsa_ca: Option<PathBuf>,
    /// Certificates that were revoked, as their authority lists them (PEM); may stand in the other file too
    #[arg(long, value_name = "FILE", requires = "tsa_ca")]
    pub(super) tsa_crl: Option<PathBuf>,
}

/// What became of the time stamps.
#[derive(Debug, Serialize)]
pub(super) struct StampReport {
    /// Whether it was checked who signed them.
    checked: bool,
    /// Whether all of them are good, as far as they were checked.
    pub(super) holds: bool,
    stamps: Vec<StampLine>,
    /// What outsiders prove of which positions; nothing unless it was checked who signed.
    intervals: Vec<Interval>,
}

#[derive(Debug, Serialize)]
struct StampLine {
    position: u64,
    size: u64,
    authority: Locator,
    gen_time: DateTime<Utc>,
    holds: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
}

impl StampsArgs {
    /// Whom to believe, as the files say.
    pub(super) fn authorities(&self) -> Result<Option<Authorities>, Failure> {
        let Some(file) = &self.tsa_ca else { return Ok(None) };
        let pem = read_file(file, "the certificate")?;
        let authorities = Authorities::read(&pem).map_err(|error| unreadable(file, &error))?;
        let Some(list) = &self.tsa_crl else { return Ok(Some(authorities)) };
        let pem = read_file(list, "the revocation list")?;
        authorities.with_lists(&pem).map(Some).map_err(|error| unreadable(list, &error))
    }
}

/// Fetches the time stamps and checks each.
pub(super) async fn check(
    client: &Client,
    authorities: Option<&Authorities>,
) -> Result<StampReport, Failure> {
    let list: StampList = client.get_json("/v1/ledger/stamps").await?;
    Ok(judge(&list, authorities))
}

fn judge(list: &StampList, authorities: Option<&Authorities>) -> StampReport {
    let mut proven = Vec::new();
    let mut line = |kept: &KeptStamp| {
        let judged = kept.judge(authorities);
        let wrong = judged.as_ref().err().map(ToString::to_string);
        proven.extend(judged);
        StampLine {
            position: kept.position.0,
            size: kept.stamp.size,
            authority: kept.stamp.authority.clone(),
            gen_time: kept.stamp.gen_time,
            holds: wrong.is_none(),
            wrong,
        }
    };
    let stamps: Vec<StampLine> = list.stamps.iter().map(&mut line).collect();
    let checked = authorities.is_some();
    let intervals = if checked { intervals(&proven, list.events) } else { Vec::new() };
    StampReport { checked, holds: stamps.iter().all(|stamp| stamp.holds), stamps, intervals }
}

impl StampReport {
    /// As a person reads it; nothing of a record that was never stamped, unless somebody asked.
    pub(super) fn put(&self) -> Result<(), Failure> {
        for StampLine { position, size, authority, gen_time, wrong, .. } in &self.stamps {
            if let Some(wrong) = wrong {
                put_line(&format!(
                    "stamp of position {position} ({size} events, {}, {}): WRONG: {}",
                    told(*gen_time),
                    printable(authority.as_str()),
                    printable(wrong)
                ))?;
            }
        }
        let (all, good) = (self.stamps.len(), self.stamps.iter().filter(|stamp| stamp.holds).count());
        match (all, self.checked) {
            (0, false) => return Ok(()),
            (0, true) => put_line("0 time stamps: nobody outside says when anything was recorded")?,
            (_, false) => put_line(&format!(
                "{}: not checked who signed {}: name the authority's certificate with --tsa-ca FILE",
                counted(all as u64, "time stamp"),
                if all == 1 { "it" } else { "them" }
            ))?,
            (_, true) if good == all => {
                put_line(&format!("{}: all of them hold", counted(all as u64, "time stamp")))?;
            }
            (_, true) => {
                put_line(&format!("{}: {} DO NOT HOLD", counted(all as u64, "time stamp"), all - good))?;
            }
        }
        self.intervals.iter().try_for_each(put_interval)
    }
}

fn put_interval(interval: &Interval) -> Result<(), Failure> {
    let Interval { first, last, after, before } = interval;
    let positions =
        if first == last { format!("position {first}") } else { format!("positions {first}–{last}") };
    let bound = |word: &str, bound: &Option<Bound>| {
        bound.map(|Bound { at, stamp }| format!("{word} {} (stamp of position {stamp})", told(at)))
    };
    let bounds: Vec<String> = bound("after", after).into_iter().chain(bound("before", before)).collect();
    if bounds.is_empty() {
        return put_line(&format!("{positions}: nobody outside says when"));
    }
    put_line(&format!("{positions}: recorded {}", bounds.join(", ")))
}

/// Checks an export: whether its events add up to the root in its last line, and its time stamps. It is taken into memory
/// and nowhere else.
pub(super) async fn verify_export(session: &Session, file: &Path, args: &StampsArgs) -> Result<u8, Failure> {
    #[derive(serde::Deserialize)]
    struct Restored {
        events: u64,
    }
    let (body, authorities) = (read_file(file, "the export")?, args.authorities()?);
    let app = App::in_memory(config(&session.options)?, clock::system());
    let client = Client::in_process(http::in_process(app));
    let Restored { events } = client.ask(post_lines(&Address::of(&["v1", "record"]), body)?).await?.json()?;
    let report = check(&client, authorities.as_ref()).await?;
    if session.options.json {
        let told = serde_json::json!({ "events": events, "holds": report.holds, "time_stamps": report });
        put_line(&told.to_string())?;
    } else {
        put_line(&format!("{}: they add up to the root that the export names", counted(events, "event")))?;
        report.put()?;
    }
    Ok(if report.holds { exit::DONE } else { exit::FAILED })
}

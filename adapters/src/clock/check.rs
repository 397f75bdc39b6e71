//! What is found of a clock, of everything that it can be held against: what the machine says of it, the store's own
//! clock, and the last time in the record. A function of the evidence alone.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use scribe_domain::clocks::Ahead;
use scribe_projections::document::time::duration;
use serde::{Deserialize, Serialize};

use super::YEARS;
use super::machine::Says;

/// The first second of the month in which this was written: no right clock says less.
const WRITTEN: i64 = 1_793_491_200;
/// By how much clocks differ while some have put a leap second in and others have not.
const LEAP: TimeDelta = TimeDelta::seconds(1);

/// What a clock is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What the clock says.
    pub now: DateTime<Utc>,
    /// How far clocks may differ.
    pub tolerance: TimeDelta,
    /// The last time in the record.
    pub last: Option<DateTime<Utc>>,
    /// How far it is ahead of the store's own clock.
    pub ahead: Option<Ahead>,
    /// What the machine says of it; nothing where it is not the machine's.
    pub machine: Option<Says>,
}

/// How far a clock is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing speaks against it.
    Good,
    /// Something speaks against it, and nobody knows which of the two is wrong: recording goes on.
    Doubtful,
    /// The store's own clock says something else: nothing is recorded.
    Wrong,
}

/// Which thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// It differs from the store's own clock by more than is tolerated.
    DiffersFromStore,
    /// It lies before the time at which this program was written.
    TooEarly,
    /// It lies beyond the year 9999.
    TooLate,
    /// It lies behind the record's last time.
    BehindRecord,
    /// It was set, by more than is tolerated, while the program ran.
    Jumped,
    /// The system says that nothing keeps it right.
    NotSynchronised,
    /// A leap second is being put in or left out today.
    LeapSecond,
}

/// Something that was found of a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Which thing.
    pub code: FindingCode,
    /// It, as a sentence.
    pub what: String,
    /// What to do about it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How far a clock is ahead of the store's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Offset {
    /// By so many seconds; negative where it is behind.
    pub seconds: f64,
    /// This figure may be wrong by so many seconds: an answer takes its time.
    pub within: f64,
}

/// What was found of a clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClockReport {
    /// How far it is to be believed.
    pub standing: Standing,
    /// What it says.
    pub now: DateTime<Utc>,
    /// The last time in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_recorded: Option<DateTime<Utc>>,
    /// How far it is ahead of the store's own clock; nothing where there is none to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead_of_store: Option<Offset>,
    /// Whether the system says that something keeps it right; nothing where it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronised: Option<bool>,
    /// By how many seconds clocks may differ.
    pub tolerance: i64,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
}

impl ClockReport {
    /// What was found, of that evidence.
    pub fn of(evidence: &Evidence) -> Self {
        let findings = findings(evidence);
        let standing = if findings.iter().any(|one| one.code == FindingCode::DiffersFromStore) {
            Standing::Wrong
        } else if findings.iter().any(Finding::speaks_against) {
            Standing::Doubtful
        } else {
            Standing::Good
        };
        let seconds = |length: TimeDelta| length.as_seconds_f64();
        let offset = |ahead: Ahead| {
            let (likely, at_least) = ahead.likely().zip(ahead.at_least)?;
            Some(Offset { seconds: seconds(likely), within: seconds(likely - at_least) })
        };
        Self {
            standing,
            now: evidence.now,
            last_recorded: evidence.last,
            ahead_of_store: evidence.ahead.and_then(offset),
            synchronised: evidence.machine.and_then(|says| says.synchronised),
            tolerance: evidence.tolerance.num_seconds(),
            findings,
        }
    }

    /// What speaks against the clock, the gravest first.
    pub fn against(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|one| one.speaks_against())
    }
}

impl Finding {
    /// Whether it is something that this clock says which something else contradicts. That nothing keeps it right does
    /// not make it wrong.
    pub fn speaks_against(&self) -> bool {
        !matches!(self.code, FindingCode::NotSynchronised | FindingCode::LeapSecond)
    }
}

/// A moment, as these sentences have it.
pub fn told(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// That two clocks differ, and what to do about it: in words, where they differ for certain by more than is tolerated.
pub fn contradiction(now: DateTime<Utc>, ahead: Ahead, tolerance: TimeDelta) -> Option<(String, String)> {
    let by = ahead.beyond(tolerance)?;
    let side = if by < TimeDelta::zero() { "behind" } else { "ahead" };
    // Where only one bound is known, the other clock says at least this.
    let theirs = ahead.likely().unwrap_or(by);
    let theirs = now.checked_sub_signed(theirs).unwrap_or(now);
    let why = format!(
        "this machine's clock says {} and the store's {}: it is {} {side}, and {} are tolerated",
        told(now),
        told(theirs),
        duration(by.abs()),
        duration(tolerance),
    );
    let remedy = "set the clock that is wrong right (chronyc makestep, timedatectl set-ntp true); recording then goes on \
                  by itself, and nothing need be started again";
    Some((why, remedy.to_owned()))
}

fn findings(evidence: &Evidence) -> Vec<Finding> {
    let Evidence { now, tolerance, last, ahead, machine } = *evidence;
    let leap = machine.is_some_and(|says| says.leap);
    let tolerance = if leap { tolerance + LEAP } else { tolerance };
    let mut found = Vec::new();
    let mut find = |code, what: String, remedy: &str| {
        let remedy = Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty());
        found.push(Finding { code, what, remedy });
    };
    if let Some((what, remedy)) = ahead.and_then(|ahead| contradiction(now, ahead, tolerance)) {
        find(FindingCode::DiffersFromStore, what, &remedy);
    }
    if machine.is_some() && now.timestamp() < WRITTEN {
        let what = format!("this machine's clock says {}, before this program was written", told(now));
        find(FindingCode::TooEarly, what, SET);
    }
    if now.year() > *YEARS.end() {
        let what = format!("this machine's clock says {}, which cannot be written down", told(now));
        find(FindingCode::TooLate, what, SET);
    }
    if let Some(last) = last.filter(|last| *last - now > tolerance) {
        let what = format!(
            "this machine's clock says {}, {} behind the record's last time, {}: one of the two is wrong",
            told(now),
            duration(last - now),
            told(last),
        );
        find(FindingCode::BehindRecord, what, SET);
    }
    let synchronised = machine.and_then(|says| says.synchronised);
    // Whoever set it may have set it right: where something else vouches for it, it was.
    let is_vouched_for = synchronised == Some(true) || ahead.is_some_and(|ahead| ahead.at_least.is_some());
    if let Some((clock, steady)) = machine.and_then(|says| says.ran).filter(|_| !is_vouched_for) {
        let by = clock - steady;
        if by.abs() > tolerance {
            let side = if by < TimeDelta::zero() { "back" } else { "ahead" };
            let what = format!(
                "this machine's clock was set {side} by {} while the program ran, to {}",
                duration(by.abs()),
                told(now),
            );
            find(FindingCode::Jumped, what, "if it is right now, start the program again; else set it right");
        }
    }
    if synchronised == Some(false) {
        let what = "the system says that nothing keeps this machine's clock right".to_owned();
        find(FindingCode::NotSynchronised, what, "have it kept by NTP: chrony, or timedatectl set-ntp true");
    }
    if leap {
        let what = "a leap second is being put in or left out: clocks may differ by a second more".to_owned();
        find(FindingCode::LeapSecond, what, "");
    }
    found
}

/// What to do about a clock that is wrong.
const SET: &str = "set the clock right: chronyc makestep, or timedatectl set-ntp true";

#[cfg(test)]
mod tests;

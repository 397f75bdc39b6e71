//! Corrections and erasures: the record is changed only by adding to it.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use scribe_domain::event::record::{Corrected, Nudged, Retracted};
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::text::Label;
use serde_json::Value;

use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Tells, Told};

const ERASING: &str = "\
What goes: every text of the event: prose, titles, lines, addresses, output, names of components.
What stays: who told it and when, numbers, tiers, people, digests, and the incident's id, though that
was once made from its title. Every proof given out before still holds.

A secret that stood in the record must be changed all the same: people have read it, its line's digest
can be checked by guessing, and exports, backups and replicas made before still hold it. Other events
may hold the same words: corrections of this one, and the start and the end of a run.";

/// What was told wrongly.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// Correct something told before; the first telling stays in the record
    Correct(On<CorrectArgs>),
    /// Retract something told before; it stays in the record and shows as retracted
    Retract(On<RetractArgs>),
    /// Erase the words of something told before, for good; its place and its proof stay
    #[command(after_help = ERASING)]
    Redact(RedactArgs),
    /// Record that somebody was reminded
    Nudge(On<NudgeArgs>),
}

/// What was wrong, and what is right.
#[derive(Debug, Clone, Args)]
pub struct CorrectArgs {
    /// The event's id, as `scribe timeline INCIDENT --ids` shows it
    event: EventId,
    /// How that was found out
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// When it really happened
    #[arg(long, value_name = "WHEN")]
    occurred_at: Option<String>,
    /// A field's right value: JSON, or else taken as text; may be given several times
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    set: Vec<(String, Value)>,
    /// A field that should not be there; may be given several times
    #[arg(long = "unset", value_name = "FIELD")]
    unset: Vec<String>,
}

impl Tells for CorrectArgs {
    type Payload = Corrected;
    fn payload(self, desk: &Desk) -> Result<Corrected, Failure> {
        let unset = self.unset.into_iter().map(|name| (name, Value::Null));
        let fields: BTreeMap<String, Value> = self.set.into_iter().chain(unset).collect();
        Ok(Corrected {
            target: self.event,
            occurred: self.occurred_at.map(|told| desk.when("--occurred-at", &told)).transpose()?,
            fields,
            why: desk.text("--why", &self.why)?,
        })
    }
}

/// A value that reads as JSON is that; anything else is the text it looks like, so that only a text
/// such as `42` or `true` needs quotes of its own.
fn field(told: &str) -> Result<(String, Value), String> {
    let (name, value) = told.split_once('=').ok_or("write FIELD=VALUE")?;
    if name.is_empty() {
        return Err("write FIELD=VALUE".into());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

/// What should not count.
#[derive(Debug, Clone, Args)]
pub struct RetractArgs {
    /// The event's id, as `scribe timeline INCIDENT --ids` shows it
    event: EventId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Tells for RetractArgs {
    type Payload = Retracted;
    fn payload(self, desk: &Desk) -> Result<Retracted, Failure> {
        Ok(Retracted { target: self.event, why: desk.text("--why", &self.why)? })
    }
}

/// What should no longer be read by anybody.
#[derive(Debug, Clone, Args)]
pub struct RedactArgs {
    /// The event's id, as `scribe timeline INCIDENT --ids` shows it
    pub event: EventId,
    /// Why; it stays for ever, so say what kind of thing it was and not the thing itself
    #[arg(long, value_name = "TEXT", visible_alias = "why")]
    pub reason: String,
    /// The event's incident [default: looked for in the whole record]
    #[arg(long, value_name = "INCIDENT")]
    pub incident: Option<IncidentId>,
    /// How it is told.
    #[command(flatten)]
    pub told: Told,
}

/// Who was reminded of what.
#[derive(Debug, Clone, Args)]
pub struct NudgeArgs {
    /// Who
    whom: Label,
    /// Of what
    text: String,
}

impl Tells for NudgeArgs {
    type Payload = Nudged;
    fn payload(self, desk: &Desk) -> Result<Nudged, Failure> {
        Ok(Nudged { whom: self.whom, text: desk.text("the text", &self.text)? })
    }
}

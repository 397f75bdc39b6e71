//! `scribe correct`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::record::Corrected;
use scribe_domain::ids::IncidentId;
use serde_json::Value;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::EventRef;
use crate::cli::common::failure::Failure;

/// Correct something recorded before; what was recorded first stays.
#[derive(Debug, Clone, Args)]
pub(super) struct CorrectArgs {
    #[command(flatten)]
    event: EventRef,
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

#[async_trait(?Send)]
impl IncidentCommand for CorrectArgs {
    type Payload = Corrected;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.event.find(desk, incident).await.map(drop)
    }

    fn payload(self, desk: &Desk) -> Result<Corrected, Failure> {
        let unset = self.unset.into_iter().map(|name| (name, Value::Null));
        let fields: BTreeMap<String, Value> = self.set.into_iter().chain(unset).collect();
        Ok(Corrected {
            target: self.event.id()?,
            occurred: self.occurred_at.map(|given| desk.when("--occurred-at", &given)).transpose()?,
            fields,
            why: desk.text("--why", &self.why)?,
        })
    }
}

/// A value that reads as JSON is that; anything else is the text it looks like, so that only a text
/// such as `42` or `true` needs quotes of its own.
fn field(given: &str) -> Result<(String, Value), String> {
    let (name, value) = given.split_once('=').ok_or("write FIELD=VALUE")?;
    if name.is_empty() {
        return Err("write FIELD=VALUE".into());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

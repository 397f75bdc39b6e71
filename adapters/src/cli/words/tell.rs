//! `scribe tell`: every command that the API has, whether or not somebody gave it a subcommand.

use std::fmt::Write as _;

use clap::Args;
use scribe_domain::command::Command;
use serde_json::Value;

use crate::cli::common::arguments::one_of;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::incident::Care;
use crate::http::typed_command;

/// Tell anything that the API takes, by a command's name and its fields.
#[derive(Debug, Clone, Args)]
pub(super) struct TellArgs {
    /// The command, as in the API's addresses; what it takes is said where a field is wrong
    #[arg(value_parser = one_of(names()))]
    command: String,
    /// A field, as in a form: a text as it stands; a list's once an item; a field of a field in brackets, as whom[team]=SRE
    #[arg(value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
}

impl IncidentCommand for TellArgs {
    type Payload = Command;
    // Some of them cannot be taken back.
    const CARE: Care = Care::Final;

    fn payload(self, desk: &Desk) -> Result<Command, Failure> {
        let mut written = Vec::new();
        for (name, value) in self.fields {
            let value = if value == "-" { desk.text(&name, &value)?.to_string() } else { value };
            written.push((name, value));
        }
        let written = written.iter().map(|(name, value)| (&**name, &**value));
        typed_command(&self.command, written)
            .map_err(|wrong| Failure::new(Kind::BadInput, wrong, fields_of(&self.command)))
    }
}

/// Those that are about an incident that there is.
fn names() -> impl Iterator<Item = &'static str> {
    Command::NAMES.iter().copied().filter(|name| *name != "declare")
}

fn field(given: &str) -> Result<(String, String), String> {
    match given.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write FIELD=VALUE".into()),
    }
}

/// What the command takes, by its schema.
fn fields_of(command: &str) -> String {
    let mut generator = schemars::SchemaGenerator::default();
    let all = Command::schemas(&mut generator);
    let own = all.iter().find(|(name, ..)| *name == command).and_then(|(.., own)| own.get("$ref")?.as_str());
    // The schema stands among those that others refer to, under its type's name.
    let named = own.and_then(|own| generator.definitions().get(own.rsplit('/').next()?));
    let part = |part: &str| named.and_then(|schema| schema.get(part));
    let Some(fields) = part("properties").and_then(Value::as_object) else {
        return format!("{command} takes no fields");
    };
    let needed = |field: &str| {
        let needed = part("required").and_then(Value::as_array);
        needed.is_some_and(|needed| needed.iter().any(|name| name == field))
    };
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let mut text = format!("{command} takes");
    for (field, schema) in fields {
        let about = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        let left_out = if needed(field) { "" } else { " (may be left out)" };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {field:width$}  {about}{left_out}");
    }
    text
}

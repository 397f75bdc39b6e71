//! `scribe correct`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::record::Corrected;
use scribe_domain::event::schemas::FieldForm;
use scribe_domain::ids::IncidentId;
use serde_json::Value;

use super::redact::history;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::event::EventRef;
use crate::cli::common::failure::{Failure, Kind};

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
    /// A field's right value: a text as it stands, without quotes of its own; lists, numbers and true or false as JSON; may be given several times
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    set: Vec<(String, String)>,
    /// A field that should not be there; may be given several times
    #[arg(long = "unset", value_name = "FIELD")]
    unset: Vec<String>,
    /// The values of `--set`, each read as a field of the event's kind is.
    #[arg(skip)]
    read: BTreeMap<String, Value>,
}

#[async_trait(?Send)]
impl IncidentCommand for CorrectArgs {
    type Payload = Corrected;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.event.find(desk, incident).await?;
        self.read = self.fields(desk, incident).await?;
        Ok(())
    }

    fn payload(self, desk: &Desk) -> Result<Corrected, Failure> {
        let unset = self.unset.into_iter().map(|name| (name, Value::Null));
        let fields = self.read.into_iter().chain(unset).collect();
        Ok(Corrected {
            target: self.event.id()?,
            occurred: self.occurred_at.map(|given| desk.when("--occurred-at", &given)).transpose()?,
            fields,
            why: desk.text("--why", &self.why)?,
        })
    }
}

impl CorrectArgs {
    /// The values, each read as a field of the event's kind is.
    async fn fields(&self, desk: &Desk, incident: &IncidentId) -> Result<BTreeMap<String, Value>, Failure> {
        let mut fields = BTreeMap::new();
        if self.set.is_empty() {
            return Ok(fields);
        }
        let target = self.event.id()?;
        let history = history(desk, incident).await?;
        let kind = history.iter().find(|event| event.event_id() == target).map(|event| event.event.kind());
        for (name, given) in &self.set {
            let value = match kind.map(|kind| IncidentEvent::field_form(kind, name)) {
                Some(Ok(form)) => read(name, form, given)?,
                // That there is no such event or field is for the record to say.
                None | Some(Err(_)) => Value::String(given.clone()),
            };
            fields.insert(name.clone(), value);
        }
        Ok(fields)
    }
}

fn field(given: &str) -> Result<(String, String), String> {
    match given.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write FIELD=VALUE".into()),
    }
}

/// A value as the field's type has it: nobody should have to quote a text so that it stays one.
fn read(name: &str, form: FieldForm, given: &str) -> Result<Value, Failure> {
    let text = || Value::String(given.to_owned());
    let json = serde_json::from_str::<Value>(given.trim()).ok();
    let (read, what, example) = match form {
        FieldForm::Text => return Ok(text()),
        FieldForm::TextOrFields => return Ok(json.filter(Value::is_object).unwrap_or_else(text)),
        FieldForm::List => (json.filter(Value::is_array), "a list", r#"["one","two"]"#),
        FieldForm::Number => (json.filter(Value::is_number), "a number", "42"),
        FieldForm::Flag => (json.filter(Value::is_boolean), "true or false", "true"),
        FieldForm::Fields => (json.filter(|json| !json.is_array()), "JSON", r#"{"name":"value"}"#),
    };
    read.ok_or_else(|| {
        Failure::new(
            Kind::BadInput,
            format!("--set {name}: {given:?} is not {what}"),
            format!("write it as JSON: --set '{name}={example}'"),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_what_its_field_is() {
        for text in ["\"quoted\"", "42", "true", "[1]", "null", "{\"a\":1}", "a=b", ""] {
            assert_eq!(read("text", FieldForm::Text, text).unwrap(), json!(text));
        }
        assert_eq!(read("list", FieldForm::List, " [\"a\"] ").unwrap(), json!(["a"]));
        assert_eq!(read("number", FieldForm::Number, "7").unwrap(), json!(7));
        assert_eq!(read("flag", FieldForm::Flag, "false").unwrap(), json!(false));
        let refused = read("components", FieldForm::List, "API, Web").unwrap_err();
        assert_eq!(refused.message, "--set components: \"API, Web\" is not a list");
        assert!(read("number", FieldForm::Number, "\"7\"").is_err());
        assert!(read("flag", FieldForm::Flag, "yes").is_err());
    }
}

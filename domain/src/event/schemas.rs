//! The JSON Schemas of all payloads, to be asked what a field is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::IncidentEvent;

/// What somebody writes into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldForm {
    /// A text, a word, a name, a time: taken as it stands.
    Text,
    /// A text, or something with fields of its own.
    TextOrFields,
    /// A list.
    List,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// Something with fields of its own.
    Fields,
}

impl IncidentEvent {
    /// What somebody writes into a field of this kind of event; the error names the fields that it has.
    pub fn field_form(kind: &str, field: &str) -> Result<FieldForm, Vec<&'static str>> {
        let schemas = Schemas::all();
        let Some(fields) = schemas.fields(kind) else { return Err(Vec::new()) };
        match fields.get(field) {
            Some(schema) => Ok(schemas.form(schema)),
            None => Err(fields.keys().map(String::as_str).collect()),
        }
    }
}

/// The schemas of all payloads.
pub(crate) struct Schemas {
    kinds: BTreeMap<&'static str, Value>,
    /// Those that others refer to, by name.
    pub(super) named: Map<String, Value>,
}

/// Made when they are first asked for, which most programs never do.
static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let mut generator = schemars::SchemaGenerator::default();
    let kinds = IncidentEvent::schemas(&mut generator);
    let kinds = kinds.into_iter().map(|(kind, schema)| (kind, schema.to_value())).collect();
    Schemas { kinds, named: generator.take_definitions(true) }
});

impl Schemas {
    /// This program's.
    pub(crate) fn all() -> &'static Self {
        &SCHEMAS
    }

    /// The fields of a kind's payload, with their schemas; none of a kind from the future.
    pub(crate) fn fields(&self, kind: &str) -> Option<&Map<String, Value>> {
        let (_, schema) = self.resolved(self.kinds.get(kind)?);
        schema.get("properties")?.as_object()
    }

    fn form(&self, schema: &Value) -> FieldForm {
        let (_, schema) = self.resolved(schema);
        let choices = ["anyOf", "oneOf"].iter().find_map(|of| schema.get(of)?.as_array());
        let mut kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        kinds.retain(|kind| *kind != "null");
        let is_word = schema.get("enum").is_some() || schema.get("const").is_some();
        let mut forms: Vec<FieldForm> = match (kinds.first(), choices) {
            _ if is_word || kinds.first() == Some(&"string") => vec![FieldForm::Text],
            (Some(&"array"), _) => vec![FieldForm::List],
            (Some(&"integer" | &"number"), _) => vec![FieldForm::Number],
            (Some(&"boolean"), _) => vec![FieldForm::Flag],
            (None, Some(choices)) => {
                let is_null = |one: &&Value| one.get("type").is_some_and(|kind| kind == "null");
                choices.iter().filter(|one| !is_null(one)).map(|one| self.form(one)).collect()
            }
            (Some(_) | None, _) => vec![FieldForm::Fields],
        };
        forms.dedup();
        match forms.as_slice() {
            [one] => *one,
            _ => FieldForm::TextOrFields,
        }
    }

    /// The schema behind references, and the name that it is known by.
    pub(super) fn resolved<'a>(&'a self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
        match name.and_then(|name| Some((name, self.named.get(name)?))) {
            Some((name, schema)) => (Some(name), schema),
            None => (None, schema),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_written_as_its_kind_has_it() {
        let form = IncidentEvent::field_form;
        assert_eq!(form("noted", "text"), Ok(FieldForm::Text));
        assert_eq!(form("declared", "summary"), Ok(FieldForm::Text));
        assert_eq!(form("declared", "drill"), Ok(FieldForm::Flag));
        assert_eq!(form("status_updated", "components"), Ok(FieldForm::List));
        assert_eq!(form("status_updated", "status"), Ok(FieldForm::Text));
        assert_eq!(form("run_finished", "started"), Ok(FieldForm::Text));
        assert_eq!(form("impact_started", "impact"), Ok(FieldForm::Number));
        assert_eq!(form("alert_fired", "labels"), Ok(FieldForm::Fields));
        assert_eq!(form("paged", "whom"), Ok(FieldForm::Fields));
        assert_eq!(form("noted", "words"), Err(vec!["text"]));
    }
}

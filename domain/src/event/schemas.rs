//! The JSON Schemas of all payloads, to be asked what a field is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::IncidentEvent;

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

    /// The schema behind references, and the name that it is known by.
    pub(super) fn resolved<'a>(&'a self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
        match name.and_then(|name| Some((name, self.named.get(name)?))) {
            Some((name, schema)) => (Some(name), schema),
            None => (None, schema),
        }
    }
}

//! What remains of an event whose words are erased: its husk.
//!
//! A husk is the payload with every free text replaced by `ERASED` and everything structural as it
//! was, so that it reads back as the same kind of event: no fold has to know of it, and nobody gains or
//! loses a right by an erasure. What is free text is told by the payload's JSON Schema, so that a new
//! event cannot forget to say.
//!
//! **Goes:** prose, titles, labels, shell lines, addresses, excerpts of output, an alert's name and its
//! labels, names of components and teams: whatever somebody typed. A component's name goes too, though
//! pages tell uptime by it: a customer's name may have been typed there, and a gap that shows is better
//! than a name that stays.
//!
//! **Stays:** numbers, times, tiers, roles, verdicts, ids; *people*, since rights depend on who did
//! what; *digests*, since approvals name them (the digest of a line that can be guessed can be checked
//! by guessing: a secret that stood in a line must be changed, whatever is erased); and the labels in the
//! catalogue's column `husk`, by which other events find this one: a hold is released by its scope, an approval
//! covers a line on a host, and an alert that is sent again is known by the monitoring's own identity of it.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::IncidentEvent;
use super::kind::Kind;
use super::record::Corrected;
use super::schemas::Schemas;
use super::stored::to_raw;

pub use super::stored::NOTHING;

/// Stands where a text was.
pub const ERASED: &str = "[erased]";

/// Types of text that are no prose, by their schema's name.
const STRUCTURAL: &[&str] =
    &["Person", "Who", "Role", "Milestone", "EventId", "IncidentId", "Digest", "When"];

impl IncidentEvent {
    /// What remains of this event when its words are erased. A correction's new values are masked as
    /// the event that it `corrects` would be; where that is not known, they go altogether.
    ///
    /// Of an event of an unknown kind, [`NOTHING`] remains.
    pub fn remains(&self, corrects: Option<&Self>) -> Box<RawValue> {
        let husk = match self {
            // Nobody erases what was decided about the program itself.
            Self::System(_) | Self::Unknown(_) => None,
            Self::Corrected(correction) => Some(of_correction(correction, corrects)),
            event => of_payload(event),
        };
        // Read and written again, so that the husk of a husk is the same bytes.
        husk.and_then(|husk| Self::from_payload(self.kind(), self.version(), to_raw(&husk).get()).ok())
            .map_or_else(|| to_raw(&Map::new()), |husk| husk.payload())
    }
}

fn of_payload(event: &IncidentEvent) -> Option<Value> {
    let Value::Object(fields) = serde_json::from_str(event.payload().get()).ok()? else {
        return None;
    };
    Some(Value::Object(Schemas::all().masked_fields(event.kind(), fields)))
}

/// A redacted correction still says which fields it put right; that they now say nothing is its effect.
fn of_correction(correction: &Corrected, target: Option<&IncidentEvent>) -> Value {
    let mut told = serde_json::to_value(correction).unwrap_or_default();
    let fields: Map<String, Value> = correction.fields.clone().into_iter().collect();
    let masked = target.map(|target| Schemas::all().masked_fields(target.kind(), fields));
    told["fields"] = Value::Object(masked.unwrap_or_default());
    told["why"] = Value::from(ERASED);
    told
}

impl Schemas {
    /// The fields of a kind of event, masked; what is no field of it is dropped, name and all.
    fn masked_fields(&self, kind: &str, fields: Map<String, Value>) -> Map<String, Value> {
        let Some(schemas) = self.fields(kind) else { return Map::new() };
        let stays = Kind::named(kind).map_or(&[] as &[&str], |row| row.husk);
        let masked = fields.into_iter().filter_map(|(name, value)| {
            let schema = schemas.get(&name)?;
            let stays = stays.contains(&name.as_str());
            Some((name, if stays { value } else { self.masked(value, schema) }))
        });
        masked.collect()
    }

    fn masked(&self, value: Value, schema: &Value) -> Value {
        let (name, schema) = self.fitting(schema, &value);
        match value {
            Value::String(_) if is_structural(name, schema) => value,
            Value::String(_) => Value::from(ERASED),
            Value::Array(items) => {
                let schema = schema.get("items").unwrap_or(&Value::Null);
                items.into_iter().map(|item| self.masked(item, schema)).collect()
            }
            Value::Object(fields) => Value::Object(self.object(fields, schema)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    /// Keys that the schema doesn't name are words too; that there were some stays visible.
    fn object(&self, fields: Map<String, Value>, schema: &Value) -> Map<String, Value> {
        let masked = fields.into_iter().map(|(name, value)| {
            if let Some(schema) = schema.get("properties").and_then(|known| known.get(&name)) {
                return (name, self.masked(value, schema));
            }
            let schema = schema.get("additionalProperties").unwrap_or(&Value::Null);
            (ERASED.to_owned(), self.masked(value, schema))
        });
        masked.collect()
    }

    /// The schema behind references and its name, and of several alternatives the one that this value is.
    fn fitting<'a>(&'a self, schema: &'a Value, value: &Value) -> (Option<&'a str>, &'a Value) {
        let (name, schema) = self.resolved(schema);
        let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let chosen = alternatives.and_then(|all| all.iter().find(|one| self.fits(one, value)));
        match chosen {
            Some(chosen) if alternatives.is_some() => {
                let (inner, schema) = self.fitting(chosen, value);
                (inner.or(name), schema)
            }
            _ => (name, schema),
        }
    }

    /// Whether a value may be meant by this alternative.
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let (_, schema) = self.fitting(schema, value);
        if let Some(only) = schema.get("const") {
            return only == value;
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words.contains(value);
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(fields) => {
                let known = schema.get("properties").and_then(Value::as_object);
                let all_known = fields.keys().all(|key| known.is_some_and(|known| known.contains_key(key)));
                return all_known || schema.get("additionalProperties").is_some_and(Value::is_object);
            }
        };
        match schema.get("type") {
            Some(Value::String(told)) => told == kind || (kind == "number" && told == "integer"),
            Some(Value::Array(told)) => told.iter().any(|told| told == kind),
            _ => false,
        }
    }
}

/// Whether a text of this type is one of a list, an id, a time, a person: no prose.
fn is_structural(name: Option<&str>, schema: &Value) -> bool {
    name.is_some_and(|name| STRUCTURAL.contains(&name))
        || schema.get("const").is_some()
        || schema.get("enum").is_some()
        || schema
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| matches!(format, "uuid" | "date"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, fields: Value) -> IncidentEvent {
        IncidentEvent::from_told(kind, fields).unwrap().unwrap()
    }

    fn husk(event: &IncidentEvent, corrects: Option<&IncidentEvent>) -> Value {
        serde_json::from_str(event.remains(corrects).get()).unwrap()
    }

    #[test]
    fn words_go_and_the_bones_stay() {
        let digest = crate::values::Digest::of(b"mysql -psecret").to_string();
        let run = event(
            "run_finished",
            json!({
                "run": 3, "line": "mysql -psecret", "digest": digest, "by": "Zac", "host": "db1",
                "standing": {"emergency": {"reason": "no time"}}, "started": "2023-01-04T18:05Z",
                "ended": "unknown", "exit": {"code": 1}, "excerpt": "denied for 'secret'"
            }),
        );
        assert_eq!(
            husk(&run, None),
            json!({
                "run": 3, "line": ERASED, "digest": digest, "by": "Zac", "host": "db1",
                "standing": {"emergency": {"reason": ERASED}}, "started": "2023-01-04T18:05Z",
                "ended": "unknown", "exit": {"code": 1}, "excerpt": ERASED
            })
        );
        let approved = event(
            "run_started",
            json!({
                "run": 1, "line": "ls", "digest": digest, "by": "integration:ci",
                "standing": {"approved": {"by": "Ada"}}
            }),
        );
        assert_eq!(husk(&approved, None)["standing"], json!({"approved": {"by": "Ada"}}));
        assert_eq!(husk(&approved, None)["by"], "integration:ci");
    }

    #[test]
    fn free_keys_are_words_too() {
        let alert = event(
            "alert_fired",
            json!({
                "source": "alertmanager", "alert": "QueueFull", "fingerprint": "f00d",
                "labels": {"customer": "ACME", "queue": "imports"}, "at": "https://acme.example"
            }),
        );
        assert_eq!(
            husk(&alert, None),
            json!({
                "source": "alertmanager", "alert": ERASED, "fingerprint": "f00d",
                "labels": {ERASED: ERASED}, "at": ERASED
            })
        );
    }

    #[test]
    fn people_are_called_by_name_and_teams_by_words() {
        let paged =
            |whom: Value| husk(&event("paged", json!({"page": 1, "whom": whom})), None)["whom"].clone();
        assert_eq!(paged(json!({"person": "Zac"})), json!({"person": "Zac"}));
        assert_eq!(paged(json!({"on_call": "incident_commander"})), json!({"on_call": "incident_commander"}));
        assert_eq!(paged(json!({"team": "ACME's own"})), json!({"team": ERASED}));
    }

    #[test]
    fn a_correction_is_masked_as_what_it_corrects() {
        let update = json!({"audience": "public", "status": "identified", "text": "ACME's imports fail"});
        let update = event("status_updated", update);
        let fields = json!({
            "status": "monitoring", "text": "all imports fail", "no such": "secret",
            "components": [{"component": "ACME", "state": "degraded_performance"}]
        });
        let target = uuid::Uuid::nil();
        let correction =
            event("corrected", json!({"target": target, "fields": fields, "why": "ACME asked us to"}));
        let fields = json!({
            "status": "monitoring", "text": ERASED,
            "components": [{"component": ERASED, "state": "degraded_performance"}]
        });
        assert_eq!(
            husk(&correction, Some(&update)),
            json!({"target": target, "fields": fields, "why": ERASED})
        );
        assert_eq!(husk(&correction, None), json!({"target": target, "why": ERASED}));
    }

    #[test]
    fn of_what_nobody_can_read_nothing_remains() {
        let payload = to_raw(&json!({"words": "secret"}));
        let unknown = super::super::Unknown { kind: "teleported".into(), version: 1, payload };
        assert_eq!(IncidentEvent::Unknown(unknown).remains(None).get(), NOTHING);
        // A newer program knows the kind, and must not take it for damage.
        let read = IncidentEvent::from_payload("noted", 1, NOTHING).unwrap();
        assert!(matches!(&read, IncidentEvent::Unknown(unknown) if &*unknown.kind == "noted"));
        assert!(IncidentEvent::from_payload("noted", 1, r#"{"txt":1}"#).is_err());
        let read = IncidentEvent::from_payload("mitigated", 1, NOTHING).unwrap();
        assert!(matches!(read, IncidentEvent::Mitigated(_)));
    }

    /// A husk has the form of the present version, and is read by the version in its event's header. Once a
    /// kind has a second version, the husk of an event of the first must say which form it has.
    #[test]
    fn no_kind_has_a_second_version_yet() {
        assert!(IncidentEvent::VERSIONS.iter().all(|(_, version)| *version == 1));
    }

    /// A new type of text must be thought about: is it prose, or does something hang on it?
    #[test]
    fn every_type_of_text_is_known_for_what_it_is() {
        const PROSE: &[&str] = &["Text", "Label", "Name", "Title", "ShellLine", "Locator"];
        let schemas = Schemas::all();
        for (name, schema) in &schemas.named {
            if schema.get("type").is_some_and(|kind| kind == "string") && schema.get("enum").is_none() {
                let (prose, structural) = (PROSE.contains(&name.as_str()), is_structural(Some(name), schema));
                assert!(prose != structural, "{name}: is it prose or structure? {schema}");
            }
        }
    }
}

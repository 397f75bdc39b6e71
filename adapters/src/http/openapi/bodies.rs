//! What requests carry: commands with their envelope, as JSON and as forms, and lines.

use schemars::{Schema, SchemaGenerator};
use scribe_domain::actor::Who;
use scribe_domain::command::Command;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde_json::{Map, Value, json};

use crate::http::spec::Body;
use crate::http::wire::submission::{ActorFields, ENVELOPE, is_plain};
use crate::inbound::vendor;

/// A command, as the domain describes it.
pub(super) struct Described {
    pub(super) name: &'static str,
    /// What it means.
    pub(super) about: &'static str,
    /// Its own fields.
    own: Schema,
}

/// Every command.
pub(super) fn commands(generator: &mut SchemaGenerator) -> Vec<Described> {
    // The envelope's own schemas go by names that no type has.
    generator.subschema_for::<EnvelopeActor>();
    generator.subschema_for::<EnvelopeOccurred>();
    generator.subschema_for::<EnvelopeSource>();
    let all = Command::schemas(generator).into_iter();
    all.map(|(name, about, own)| Described { name, about, own }).collect()
}

/// Adds what each command's body holds. Its form has a schema of its own, although the fields are the same:
/// programs that write clients make a type of each, and tell by it which of the two is sent.
pub(super) fn add_schemas(commands: &[Described], schemas: &mut Map<String, Value>) {
    for command in commands {
        let body = with_envelope(command, schemas);
        schemas.insert(format!("form.{}", command.name), body.clone());
        schemas.insert(format!("command.{}", command.name), body);
    }
}

/// What an operation's request carries.
pub(super) fn request_body(
    body: Body,
    commands: &[Described],
    generator: &mut SchemaGenerator,
) -> Option<Value> {
    let schemas = generator.definitions();
    let content = match body {
        Body::None => return None,
        Body::Command(name) => {
            let reference = |kind: &str| json!({ "$ref": format!("#/components/schemas/{kind}.{name}") });
            let command = commands.iter().find(|known| known.name == name);
            let nested = command.map(|command| nested(command, schemas)).unwrap_or_default();
            json!({
                "application/json": { "schema": reference("command") },
                "application/x-www-form-urlencoded": { "schema": reference("form"), "encoding": nested }
            })
        }
        Body::Hook(name) => {
            let schema = vendor(name).map(|vendor| (vendor.schema)(generator));
            json!({ "application/json": { "schema": schema } })
        }
        Body::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Body::Form(schema) => {
            json!({ "application/x-www-form-urlencoded": { "schema": schema(generator) } })
        }
        // Programs that write clients know bytes, and seldom lines.
        Body::Lines(about) => json!({
            "application/x-ndjson": { "schema": { "type": "string", "description": about } },
            "application/octet-stream": {
                "schema": { "type": "string", "format": "binary", "description": about }
            }
        }),
    };
    Some(json!({ "required": true, "content": content }))
}

/// A command's fields and the envelope's, as one flat object.
fn with_envelope(command: &Described, schemas: &Map<String, Value>) -> Value {
    let mut object = resolved(command.own.as_value(), schemas).clone();
    object["description"] = command.about.into();
    let mut properties = object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    for field in ENVELOPE {
        let schema = json!({ "$ref": format!("#/components/schemas/Envelope.{field}") });
        if is_plain(command.name, field) {
            properties.insert(field.into(), schema.clone());
        }
        // No command has an actor of its own, so that the plain name always does.
        if field != "actor" {
            properties.insert(format!("cause.{field}"), schema);
        }
    }
    object["properties"] = properties.into();
    // Whose token is shown, need not be told; who shows none must say who they are.
    object
}

/// How the fields of a form are written that have fields of their own: `labels[severity]=page`.
fn nested(command: &Described, schemas: &Map<String, Value>) -> Map<String, Value> {
    let own = resolved(command.own.as_value(), schemas);
    let properties = own.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .filter(|(_, schema)| has_fields(schema, schemas))
        .map(|(name, _)| (name.clone(), json!({ "style": "deepObject", "explode": true })))
        .collect()
}

fn has_fields(schema: &Value, schemas: &Map<String, Value>) -> bool {
    let schema = resolved(schema, schemas);
    let is_object = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|kind| kind == "object"),
        kind => kind.is_some_and(|kind| kind == "object"),
    };
    let choices = ["oneOf", "anyOf"].iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
    is_object || choices.into_iter().any(|choice| has_fields(choice, schemas))
}

/// The schema that a reference leads to.
fn resolved<'a>(schema: &'a Value, schemas: &'a Map<String, Value>) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schemas.get(name)).unwrap_or(schema)
}

/// Who says it.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.actor", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum EnvelopeActor {
    /// A person's name, or `integration:NAME`.
    Text(Who),
    /// Also through what, and for whom.
    Full(ActorFields),
}

/// When it happened; now, to the second, unless told.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.occurred", transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct EnvelopeOccurred(When);

/// The sender's own key for it.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.source", transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct EnvelopeSource(Label);

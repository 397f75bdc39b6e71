//! The API's description as OpenAPI 3.1, built from the same table as the router and from the types
//! themselves, so that it cannot say what is not so.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::command::Command;
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::IncidentId;
use scribe_domain::refusal::Reason;
use scribe_domain::text::Label;
use scribe_domain::values::Tier;
use scribe_domain::when::When;
use serde_json::{Map, Value, json};

use super::Api;
use super::problem::{PROBLEM_JSON, ProblemDetails};
use super::query::Query;
use super::spec::{Answer, Body, Form, Pace, Param, Spec};
use super::wire::{ENVELOPE, EventLine, is_plain};
use crate::inbound::vendor;

/// `GET /openapi.json`.
pub(super) async fn openapi(State(api): State<Api>, _: Query) -> Response {
    let mut response = api.map.document().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The document for these operations.
pub(super) fn document<'a>(specs: impl IntoIterator<Item = &'a Spec>) -> Bytes {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let commands = commands(&mut generator);
    let mut paths = Map::new();
    for spec in specs {
        let mut operation = operation(spec, &mut generator);
        if let Body::Command(name) = spec.body {
            let about = commands.iter().find(|(known, ..)| known == name).map(|(.., about)| *about);
            operation["summary"] = about.into();
        }
        if let Value::Object(methods) = paths.entry(spec.path.as_str()).or_insert_with(|| json!({})) {
            methods.insert(spec.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let problem = generator.subschema_for::<ProblemDetails>();
    let mut schemas = generator.take_definitions(true);
    for (name, schema, about) in commands {
        let told = with_envelope(&name, &schema, about, &schemas);
        schemas.insert(format!("command.{name}"), told);
    }
    let refusals: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "scribe",
            "summary": "The incident record store.",
            "description": "Every incident action is told by a command and kept as an immutable event; \
                everything else is a view derived from those events.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "commands", "description": "Telling scribe something about an incident." },
            { "name": "incidents", "description": "Looking at incidents." },
            { "name": "pages", "description": "What each audience was told." },
            { "name": "audit", "description": "Looking across incidents." },
            { "name": "record", "description": "The record itself." },
            { "name": "ledger", "description": "Proof for those who need not trust this server." },
            { "name": "hooks", "description": "What other tools send." },
            { "name": "server", "description": "The server." }
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": headers_asked(),
            "headers": headers_told(),
            "responses": {
                "Problem": {
                    "description": format!(
                        "What is wrong (RFC 9457). `code` is stable. The domain's refusals are {}.",
                        refusals.join(", ")
                    ),
                    "content": { PROBLEM_JSON: { "schema": problem } }
                }
            }
        }
    });
    serde_json::to_vec_pretty(&document).unwrap_or_default().into()
}

/// Each command's name, its own fields and what it means.
fn commands(generator: &mut SchemaGenerator) -> Vec<(String, Schema, &'static str)> {
    let all = Command::schemas(generator);
    all.into_iter().map(|(name, about, schema)| (name.to_owned(), schema, about)).collect()
}

/// A command's fields and the envelope's, as one flat object.
fn with_envelope(name: &str, own: &Schema, about: &str, schemas: &Map<String, Value>) -> Value {
    let reference = own.get("$ref").and_then(Value::as_str).unwrap_or_default();
    let found = reference.rsplit('/').next().and_then(|name| schemas.get(name));
    let mut object = found.cloned().unwrap_or_else(|| own.clone().to_value());
    object["description"] = about.into();
    let mut properties = object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    for field in ENVELOPE {
        let schema = json!({ "$ref": format!("#/components/schemas/Envelope.{field}") });
        if is_plain(name, field) {
            properties.insert(field.into(), schema.clone());
        }
        properties.insert(format!("cause.{field}"), schema);
    }
    object["properties"] = properties.into();
    // The actor may stand under either of its names.
    object["anyOf"] = json!([{ "required": ["actor"] }, { "required": ["cause.actor"] }]);
    object
}

fn operation(spec: &Spec, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = path_parameters(&spec.path, generator);
    parameters.extend(spec.query.iter().map(|param| query_parameter(*param)));
    let asked: &[&str] = match (spec.body, spec.pace) {
        (Body::Command("declare"), _) => &["IdempotencyKey"],
        (Body::Command(_), _) => &["IdempotencyKey", "IfMatch"],
        (Body::None, Pace::Endless) => &["LastEventId"],
        (Body::None, _) if spec.is_of_one_incident() => &["IfNoneMatch"],
        _ => &[],
    };
    let reference = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
    parameters.extend(asked.iter().map(reference));
    let mut operation = json!({
        "operationId": spec.id,
        "tags": [spec.tag],
        "summary": spec.summary,
        "parameters": parameters,
        "responses": {
            answered_with(spec): answer(spec, generator),
            "default": { "$ref": "#/components/responses/Problem" }
        }
    });
    if asked.contains(&"IfNoneMatch") {
        operation["responses"]["304"] = json!({ "description": "The caller has seen this revision." });
    }
    if let Some(body) = request_body(spec, generator) {
        operation["requestBody"] = body;
    }
    operation
}

fn answered_with(spec: &Spec) -> &'static str {
    if spec.body == Body::Command("declare") { "201" } else { "200" }
}

fn path_parameters(path: &str, generator: &mut SchemaGenerator) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let schema = match name {
                "incident" => generator.subschema_for::<IncidentId>(),
                "tier" => generator.subschema_for::<Tier>(),
                "tile" => json_schema!({ "type": "string", "examples": ["0/000", "entries/000.p/17"] }),
                _ => generator.subschema_for::<u32>(),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

fn query_parameter(param: Param) -> Value {
    let schema = match param.form {
        Form::Text => json!({ "type": "string" }),
        Form::Number => json!({ "type": "integer", "minimum": 0 }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Word(words) => json!({ "type": "string", "enum": words }),
    };
    json!({ "name": param.name, "in": "query", "description": param.about, "schema": schema })
}

fn request_body(spec: &Spec, generator: &mut SchemaGenerator) -> Option<Value> {
    let content = match spec.body {
        Body::None => return None,
        Body::Command(name) => {
            // The envelope's own schemas go by names that no type has.
            generator.subschema_for::<EnvelopeActor>();
            generator.subschema_for::<EnvelopeOccurred>();
            generator.subschema_for::<EnvelopeSource>();
            json!({ "application/json": {
                "schema": { "$ref": format!("#/components/schemas/command.{name}") }
            } })
        }
        Body::Hook(name) => {
            let schema = vendor(name).map(|vendor| (vendor.schema)(generator));
            json!({ "application/json": { "schema": schema } })
        }
        Body::Lines(about) => json!({ "application/x-ndjson": {
            "schema": { "type": "string", "description": about }
        } }),
    };
    Some(json!({ "required": true, "content": content }))
}

fn answer(spec: &Spec, generator: &mut SchemaGenerator) -> Value {
    let mut headers = Map::new();
    let mut tell = |name: &str, component: &str| {
        headers.insert(name.into(), json!({ "$ref": format!("#/components/headers/{component}") }));
    };
    if spec.is_look() {
        tell("Scribe-Stale", "ScribeStale");
    }
    let (about, content) = match spec.answer {
        Answer::Receipt => {
            tell("ETag", "ETag");
            tell("Scribe-Position", "ScribePosition");
            if answered_with(spec) == "201" {
                tell("Location", "Location");
            }
            let schema = generator.subschema_for::<Receipt>();
            ("What was added.", json!({ "application/json": { "schema": schema } }))
        }
        Answer::View { schema, forms } => {
            tell("Scribe-Position", "ScribePosition");
            if spec.is_of_one_incident() {
                tell("ETag", "ETag");
            }
            let mut content = Map::new();
            for form in forms {
                let schema = match form {
                    super::format::Format::Json => schema(generator),
                    _ => schemars::json_schema!({ "type": "string" }),
                };
                content.insert(form.media_type().into(), json!({ "schema": schema }));
            }
            ("The view, in the form asked for.", content.into())
        }
        Answer::Json { about, schema } => {
            (about, json!({ "application/json": { "schema": schema(generator) } }))
        }
        Answer::Feed => {
            tell("Scribe-Position", "ScribePosition");
            let line = generator.subschema_for::<EventLine<'_>>();
            let content = json!({
                "application/x-ndjson": { "schema": line },
                "text/event-stream": { "schema": {
                    "type": "string",
                    "description": "Each event's `id` is its position and its `data` the JSON line."
                } }
            });
            ("One event a line; an empty line is a sign of life.", content)
        }
        Answer::Other { about, media_type } => {
            (about, json!({ media_type: { "schema": { "type": "string" } } }))
        }
    };
    json!({ "description": about, "headers": headers, "content": content })
}

fn headers_asked() -> Value {
    let header = |name: &str, about: &str| json!({ "name": name, "in": "header", "description": about, "schema": { "type": "string" } });
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "Makes the request safe to send again: the same key gets the first receipt, and nothing is \
             recorded twice. A UUID is the request's own id; any other text stands for one."
        ),
        "IfMatch": header("If-Match", "The revision, in quotes, that the incident must be at."),
        "IfNoneMatch": header("If-None-Match", "The revision, in quotes, that the caller has seen."),
        "LastEventId": header("Last-Event-ID", "Resumes an event stream after this position.")
    })
}

fn headers_told() -> Value {
    let header = |about: &str, kind: &str| json!({ "description": about, "schema": { "type": kind } });
    json!({
        "ETag": header("The incident's revision, in quotes; not told of what may be behind.", "string"),
        "ScribeStale": header(
            "Only while the store is out of reach: what is shown may lack what others have recorded since. A \
             dictionary (RFC 9651) of the moment since when, of the position of the last event that is at hand, \
             and of the cause: `since=\"2026-11-23T14:07:03Z\", position=1234, cause=\"out-of-reach\"`; `barred` \
             if somebody must change something first, with `why` and `remedy`; `differs` if what is at hand is \
             not what others have signed, and is read anew. A view's JSON then begins with a member `stale`, with \
             the first three; its text, Markdown and HTML with a sentence.",
            "string"
        ),
        "ScribePosition": header("The position up to which the record was seen.", "integer"),
        "Location": header("The incident's address.", "string")
    })
}

/// Who tells it.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.actor", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum EnvelopeActor {
    /// A person's name, or `integration:NAME`.
    Text(Who),
    /// Also through what, and for whom; `via` is `http` unless told.
    Full(Actor),
}

/// When it happened; now, to the second, unless told.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.occurred", transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct EnvelopeOccurred(When);

/// The teller's own key for it.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Envelope.source", transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct EnvelopeSource(Label);

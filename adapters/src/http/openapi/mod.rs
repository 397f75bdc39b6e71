//! The API's description as OpenAPI 3.1, built from the same table as the router and from the types
//! themselves, so that it cannot say what is not so.

/// What requests carry.
mod bodies;
/// What is answered.
mod answers;
/// The headers of both.
mod headers;
/// What generators stumble over, said in a plainer way.
mod plainer;

use axum::body::Bytes;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use schemars::transform::ReplaceBoolSchemas;
use scribe_domain::refusal::Reason;
use serde_json::{Map, Value, json};

use super::problem::{PROBLEM_JSON, ProblemDetails};
use super::spec::{Body, Declared, Pace, Spec};
use bodies::Described;

/// The document for these operations.
pub(super) fn document<'a>(specs: impl IntoIterator<Item = &'a Spec>) -> Bytes {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    // `true` for "anything" is a schema, but not one that every program that writes clients reads.
    let mut anything = ReplaceBoolSchemas::default();
    anything.skip_additional_properties = true;
    let settings = settings.with_transform(anything);
    let mut generator = settings.into_generator();
    let commands = bodies::commands(&mut generator);
    let mut paths = Map::new();
    for spec in specs {
        let operation = operation(spec, &commands, &mut generator);
        if let Value::Object(methods) = paths.entry(spec.path.as_str()).or_insert_with(|| json!({})) {
            methods.insert(spec.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let problem = generator.subschema_for::<ProblemDetails>();
    let mut schemas = generator.take_definitions(true);
    plainer::make_plainer(&mut schemas);
    bodies::add_schemas(&commands, &mut schemas);
    let refusals: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "scribe",
            "summary": "The incident record store.",
            "description": "Every incident action is told by a command and kept as an immutable event; \
                everything else is a view derived from those events.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") }
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
            { "name": "doors", "description": "Who is let in." },
            { "name": "server", "description": "The server." }
        ],
        "paths": paths,
        // Where nobody was given a token yet, none is asked for.
        "security": [{}, { "token": [] }],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token, `scribe_…`, as `scribe token create` shows it once."
                }
            },
            "schemas": schemas,
            "parameters": headers::asked(),
            "headers": headers::answered(),
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

fn operation(spec: &Spec, commands: &[Described], generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    parameters.extend(spec.parts.iter().map(|part| {
        let mut part = parameter(part, "path", generator);
        part["required"] = true.into();
        part
    }));
    parameters.extend(spec.query.iter().map(|param| parameter(param, "query", generator)));
    let asked: &[&str] = match (spec.body, spec.pace) {
        (Body::Command("declare"), _) => &["IdempotencyKey", "ScribeClock", "ScribeOccurredBy"],
        (Body::Command(_), _) => &["IdempotencyKey", "IfMatch", "ScribeClock", "ScribeOccurredBy"],
        (Body::None, Pace::Endless) => &["LastEventId"],
        (Body::None, _) if spec.is_of_one_incident() => &["IfNoneMatch"],
        _ => &[],
    };
    let reference = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
    parameters.extend(asked.iter().map(reference));
    let summary = match spec.body {
        Body::Command(name) => {
            commands.iter().find(|known| known.name == name).map_or("", |known| known.about)
        }
        _ => spec.summary,
    };
    let mut operation = json!({
        "operationId": spec.id,
        "tags": [spec.tag],
        "summary": summary,
        "description": needed(spec),
        "parameters": parameters,
        "responses": {
            answers::status(spec): answers::answer(spec, generator),
            "default": { "$ref": "#/components/responses/Problem" }
        }
    });
    if asked.contains(&"IfNoneMatch") {
        operation["responses"]["304"] = json!({ "description": "The caller has seen this revision." });
    }
    if let Some(body) = bodies::request_body(spec.body, commands, generator) {
        operation["requestBody"] = body;
    }
    operation
}

/// What a token needs for it, in a sentence.
fn needed(spec: &Spec) -> String {
    let words: Vec<String> = spec.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    match &*words {
        [only] if only == "`anybody`" => "Anybody may ask.".to_owned(),
        words => format!("A token needs the scope {}.", words.join(" or ")),
    }
}

fn parameter(param: &Declared, place: &str, generator: &mut SchemaGenerator) -> Value {
    json!({
        "name": param.name,
        "in": place,
        "description": param.about,
        "schema": (param.schema)(generator)
    })
}

//! What is answered when all is well.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::http::spec::{Answer, Body, Format, Spec};
use crate::http::wire::line::EventLine;
use crate::http::wire::outcome::Outcome;

/// The status of an answer.
pub(super) fn status(spec: &Spec) -> &'static str {
    match (spec.answer, spec.body) {
        (Answer::Elsewhere { .. }, _) => "303",
        (_, Body::Command("declare")) => "201",
        _ => "200",
    }
}

/// What an operation answers.
pub(super) fn answer(spec: &Spec, generator: &mut SchemaGenerator) -> Value {
    let (about, content) = match spec.answer {
        Answer::Receipt => {
            let schema = generator.subschema_for::<Outcome>();
            ("What was added.", json!({ "application/json": { "schema": schema } }))
        }
        Answer::View { schema, forms } => {
            let mut content = Map::new();
            for form in forms {
                let schema = match form {
                    Format::Json => schema(generator).to_value(),
                    _ => json!({ "type": "string" }),
                };
                content.insert(form.media_type().into(), json!({ "schema": schema }));
            }
            ("The view, in the form asked for.", content.into())
        }
        Answer::Json { about, schema } => {
            (about, json!({ "application/json": { "schema": schema(generator) } }))
        }
        Answer::Feed => {
            let event = generator.subschema_for::<EventLine<'_>>();
            let mut content = lines("One event a line; an empty line is a sign of life.");
            content["text/event-stream"] = json!({ "schema": {
                "type": "string",
                "description": "Each event's `id` is its position and its `data` the JSON line."
            } });
            for form in ["application/x-ndjson", "text/event-stream"] {
                // OpenAPI 3.2 has a word for this.
                content[form]["x-itemSchema"] = event.clone().to_value();
            }
            ("Events, to the end of the record or as it grows.", content)
        }
        Answer::Elsewhere { about } => (about, json!({})),
        Answer::Lines { about } => (about, lines("One JSON object a line.")),
        Answer::Other { about, media_type } => {
            let mut schema = json!({ "type": "string" });
            if media_type == "application/octet-stream" {
                schema["format"] = "binary".into();
            }
            (about, json!({ media_type: { "schema": schema } }))
        }
    };
    json!({ "description": about, "headers": headers(spec), "content": content })
}

/// Lines are text: programs that write clients seldom know them as anything else, and may ask for them so.
fn lines(about: &str) -> Value {
    let text = json!({ "schema": { "type": "string", "description": about } });
    json!({ "application/x-ndjson": text, "text/plain": text })
}

fn headers(spec: &Spec) -> Value {
    let mut names = Vec::new();
    if spec.is_look() {
        names.push(("Scribe-Stale", "ScribeStale"));
    }
    match spec.answer {
        Answer::Receipt => {
            names.extend([("ETag", "ETag"), ("Scribe-Position", "ScribePosition")]);
            if status(spec) == "201" {
                names.push(("Location", "Location"));
            }
        }
        Answer::Elsewhere { .. } => names.push(("Location", "Location")),
        Answer::View { .. } => {
            names.push(("Scribe-Position", "ScribePosition"));
            if spec.is_of_one_incident() {
                names.push(("ETag", "ETag"));
            }
        }
        Answer::Feed | Answer::Lines { .. } => names.push(("Scribe-Position", "ScribePosition")),
        Answer::Json { .. } | Answer::Other { .. } => {}
    }
    let reference = |component: &str| json!({ "$ref": format!("#/components/headers/{component}") });
    names
        .into_iter()
        .map(|(name, component)| (name.to_owned(), reference(component)))
        .collect::<Map<_, _>>()
        .into()
}

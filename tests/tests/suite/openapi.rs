//! The API's description: it says exactly what the router does, and refers to nothing that isn't there.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Method;
use scribe_domain::command::Command;
use scribe_tests::api::Api;
use serde_json::{Value, json};

async fn document(api: &Api) -> Value {
    let answer = api.get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json()
}

/// Each address and its methods.
fn operations(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = document["paths"].as_object().expect("paths");
    let methods =
        |path: &Value| path.as_object().expect("methods").keys().map(|m| m.to_uppercase()).collect();
    paths.iter().map(|(path, operations)| (path.clone(), methods(operations))).collect()
}

#[tokio::test]
async fn every_operation_is_routed_and_no_other_is() {
    let api = Api::default();
    let id = api.declare("List import problems").await;
    for (path, methods) in operations(&document(&api).await) {
        let address = path.replace("{incident}", &id).replace("{tier}", "public").replace("{run}", "1");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let query = if address == "/v1/events" { "?follow=false" } else { "" };
            let answer = api.send(method.clone(), &format!("{address}{query}"), &[], Body::empty()).await;
            if methods.contains(method.as_str()) {
                assert!(answer.status != 405, "{method} {path} is described and not routed");
                if answer.status >= 400 {
                    let code = answer.problem();
                    assert!(
                        !matches!(code.as_str(), "not_found" | "unknown_command"),
                        "{method} {path}: {code}"
                    );
                }
            } else {
                assert_eq!(
                    (answer.status, answer.problem().as_str()),
                    (405, "method_not_allowed"),
                    "{method} {path}"
                );
                let told: BTreeSet<String> =
                    answer.header("allow").split(", ").filter(|m| *m != "HEAD").map(str::to_owned).collect();
                assert_eq!(told, methods, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn the_whole_catalogue_is_described() {
    let operations = operations(&document(&Api::default()).await);
    let commands: BTreeSet<&str> = operations
        .keys()
        .filter_map(|path| path.strip_prefix("/v1/incidents/{incident}/commands/"))
        .collect();
    let names: BTreeSet<&str> = Command::NAMES.iter().copied().filter(|name| *name != "declare").collect();
    assert_eq!(commands, names);
    for path in [
        "/v1/incidents",
        "/v1/incidents/{incident}",
        "/v1/incidents/{incident}/timeline",
        "/v1/incidents/{incident}/postmortem",
        "/v1/incidents/{incident}/roles",
        "/v1/incidents/{incident}/events",
        "/v1/status-pages/{tier}",
        "/v1/runs",
        "/v1/runs/{incident}/{run}",
        "/v1/actions",
        "/v1/holds",
        "/v1/events",
        "/v1/record",
        "/v1/imports",
        "/hooks/alertmanager",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(operations.contains_key(path), "{path}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let document = document(&Api::default()).await;
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 50, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{operation}");
            assert!(!operation["summary"].as_str().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_command_is_described_with_its_envelope_and_nothing_unknown() {
    let document = document(&Api::default()).await;
    let schema = |name: &str| document["components"]["schemas"][format!("command.{name}")].clone();
    let upgrade = schema("upgrade");
    assert_eq!(upgrade["additionalProperties"], false);
    for field in ["to", "why", "commander_on_call", "actor", "occurred", "source", "cause.occurred"] {
        assert!(upgrade["properties"].get(field).is_some(), "{field}: {upgrade}");
    }
    assert_eq!(upgrade["required"], json!(["to"]));
    // Where a command has such a field itself, the plain name is the command's: so says the reader too.
    let api = Api::default();
    let id = api.declare("List import problems").await;
    let own = |name: &str, field: &str| {
        let envelope = json!(format!("#/components/schemas/Envelope.{field}"));
        schema(name)["properties"][field]["$ref"] != envelope
    };
    for name in Command::NAMES {
        for field in ["actor", "occurred", "source"] {
            let told = matches!(
                (*name, field),
                ("correct", "occurred") | ("fire-alert" | "resolve-alert", "source")
            );
            assert_eq!(own(name, field), told, "{name} {field}");
        }
    }
    let alert = json!({ "source": "sentry", "cause.source": "key-1", "alert": "Errors", "actor": "Zac" });
    assert_eq!(api.tell(&id, "fire-alert", alert).await.status, 200);
    let event = &api.get(&format!("/v1/incidents/{id}/events")).await.json()[1];
    assert_eq!((&event["source"], &event["fields"]["source"]), (&json!("key-1"), &json!("sentry")));
}

fn collect<'a>(value: &'a Value, references: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

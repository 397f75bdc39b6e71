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
    // Whose token is shown, need not be told.
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

#[tokio::test]
async fn parameters_are_what_the_handlers_read() {
    let document = document(&Api::default()).await;
    let mut parts = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let named: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in operations.as_object().unwrap() {
            let described = operation["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "path");
            let described: BTreeSet<&str> = described.map(|part| part["name"].as_str().unwrap()).collect();
            assert_eq!(described, named, "{method} {path}");
            parts += named.len();
        }
    }
    assert!(parts > 60, "{parts}");
    let schema = |path: &str, method: &str, name: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"].clone()
    };
    let views = schema("/v1/views/{view}/rebuild", "post", "view");
    assert_eq!(views["enum"][0], "current", "{views}");
    let told: Vec<String> = Api::default().get("/v1/views").await.json()["views"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["view"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(views["enum"], json!(told));
    for (path, name, reference) in [
        ("/v1/incidents", "tier", "Tier"),
        ("/v1/incidents", "state", "ListState"),
        ("/v1/runs", "flag", "RunFlag"),
        ("/v1/runs", "incident", "IncidentId"),
        ("/v1/status-pages/{tier}", "tier", "Tier"),
    ] {
        let schema = schema(path, "get", name);
        assert_eq!(schema["$ref"], format!("#/components/schemas/{reference}"), "{path} {name}");
    }
    assert_eq!(schema("/v1/runs/{incident}/{run}", "get", "run")["type"], "integer");
    assert_eq!(schema("/v1/incidents", "get", "width")["maximum"], 400);
}

#[tokio::test]
async fn programs_that_write_clients_can_read_it() {
    let document = document(&Api::default()).await;
    assert_eq!(document["info"]["license"], json!({ "name": "MIT", "identifier": "MIT" }));
    let mut booleans = Vec::new();
    boolean_schemas(&document["paths"], "paths", &mut booleans);
    boolean_schemas(&document["components"], "components", &mut booleans);
    assert!(booleans.is_empty(), "{booleans:?}");
    for path in ["/v1/events", "/v1/record"] {
        let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
        for form in ["application/x-ndjson", "text/plain"] {
            assert_eq!(content[form]["schema"]["type"], "string", "{path} {form}");
        }
    }
    // And what is described is answered.
    let api = Api::default();
    api.declare("List import problems").await;
    for path in ["/v1/events", "/v1/record"] {
        for (accept, kind) in [
            ("text/plain", "text/plain; charset=utf-8"),
            ("*/*", "application/x-ndjson"),
            ("application/x-ndjson", "application/x-ndjson"),
        ] {
            let answer = api.send(Method::GET, path, &[("accept", accept)], Body::empty()).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path} {accept}");
            assert!(!answer.lines().is_empty());
        }
    }
}

#[tokio::test]
async fn every_command_is_described_as_a_form_too() {
    let document = document(&Api::default()).await;
    let mut nested = BTreeMap::new();
    for name in Command::NAMES {
        let path = match *name {
            "declare" => "/v1/incidents".to_owned(),
            name => format!("/v1/incidents/{{incident}}/commands/{name}"),
        };
        let content = &document["paths"][path.as_str()]["post"]["requestBody"]["content"];
        let form = &content["application/x-www-form-urlencoded"];
        assert_eq!(form["schema"]["$ref"], format!("#/components/schemas/form.{name}"));
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas[format!("form.{name}")], schemas[format!("command.{name}")], "{name}");
        for (field, encoding) in form["encoding"].as_object().unwrap() {
            assert_eq!(encoding["style"], "deepObject");
            nested.insert(*name, field.as_str());
        }
    }
    let expected = [
        ("correct", "fields"),
        ("finish-run", "exit"),
        ("fire-alert", "labels"),
        ("name-risk", "follow_up"),
        ("page", "whom"),
        ("record-run", "exit"),
    ];
    assert_eq!(nested, BTreeMap::from(expected));
}

/// Where `true` or `false` stands instead of a schema.
fn boolean_schemas(value: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(members) = value else {
        if let Value::Array(items) = value {
            for item in items {
                boolean_schemas(item, at, found);
            }
        }
        return;
    };
    for (name, member) in members {
        let at = format!("{at}.{name}");
        let schemas: Vec<&Value> = match name.as_str() {
            "properties" | "schemas" => {
                member.as_object().into_iter().flat_map(serde_json::Map::values).collect()
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => member.as_array().into_iter().flatten().collect(),
            "items" | "schema" | "not" => vec![member],
            _ => Vec::new(),
        };
        if schemas.iter().any(|schema| schema.is_boolean()) {
            found.push(at.clone());
        }
        boolean_schemas(member, &at, found);
    }
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

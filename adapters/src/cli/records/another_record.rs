//! `scribe import record`: what stands in another record, told here.
//!
//! A folder that was filled while the usual record was out of reach is itself a record, with its own order, clock and
//! ledger, and none of that can be put into this one. So its events are told here as testimony: each under a name that
//! says which event it was there and when it was recorded there, by which a repeat is recognised. What the import's
//! rules refuse is refused here too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::Method;
use chrono::{DateTime, Utc};
use clap::Args;
use http_body_util::BodyExt as _;
use scribe_domain::actor::Actor;
use scribe_domain::ids::{CommandId, EventId, IncidentId};
use scribe_domain::when::When;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::{App, Options, StoreAddress};
use crate::cli::common::client::{Client, request};
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::files::{read_text, unreadable};
use crate::cli::common::terminal::{counted, say};
use crate::clock;
use crate::config::Config;
use crate::http;

/// Another record.
#[derive(Debug, Clone, Args)]
pub(super) struct ImportRecordArgs {
    /// The other record: its folder, or an export of it
    pub(super) from: PathBuf,
    /// Only say what would be imported, and every line's problem
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// An event of the other record.
struct Other {
    incident: IncidentId,
    id: EventId,
    recorded_at: DateTime<Utc>,
    occurred: When,
    actor: Actor,
    kind: String,
    /// None if they were erased there.
    fields: Option<Map<String, Value>>,
}

impl Other {
    /// The name under which it is told here.
    fn name(&self) -> String {
        let recorded = self.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        format!("event {} of another record, recorded there {recorded}", self.id)
    }
}

/// The lines that tell here what stands there.
pub(super) async fn lines(args: &ImportRecordArgs) -> Result<Vec<u8>, Failure> {
    let events = if args.from.is_dir() {
        of_folder(&args.from).await?
    } else {
        events_of(&read_text(&args.from, "the export")?, &args.from)?
    };
    let (told, erased): (Vec<&Other>, Vec<&Other>) = events.iter().partition(|event| event.fields.is_some());
    // An erasure has nothing left to erase here.
    let told: Vec<&Other> = told.into_iter().filter(|event| event.kind != "redacted").collect();
    if !erased.is_empty() {
        let count = counted(erased.len() as u64, "event");
        say(&format!("note: {count} of the other record is erased there, and not told here"));
    }
    let names: BTreeMap<String, String> =
        told.iter().map(|event| (event.id.to_string(), event.name())).collect();
    let mut text = String::new();
    for event in told {
        text.push_str(&line(event, &names).to_string());
        text.push('\n');
    }
    Ok(text.into_bytes())
}

fn line(event: &Other, names: &BTreeMap<String, String>) -> Value {
    let mut fields = event.fields.clone().unwrap_or_default();
    // What it refers to goes by another name here.
    let rename = |told: &mut Value| {
        if let Some(name) = told.as_str().and_then(|id| names.get(id)) {
            *told = name.clone().into();
        }
    };
    fields.get_mut("target").into_iter().for_each(rename);
    fields.get_mut("cites").and_then(Value::as_array_mut).into_iter().flatten().for_each(rename);
    let mut actor = json!({ "who": event.actor.who });
    if let Some(person) = &event.actor.on_behalf_of {
        actor["on_behalf_of"] = json!(person);
    }
    json!({
        "incident": event.incident, "occurred": event.occurred, "actor": actor, "kind": event.kind,
        "fields": fields, "id": event.name(),
    })
}

async fn of_folder(folder: &Path) -> Result<Vec<Other>, Failure> {
    let store = StoreAddress::Folder;
    if !App::has_record(&store, folder) {
        return Err(Failure::new(
            Kind::BadInput,
            format!("there is no record in {}", folder.display()),
            "name the folder with the other record, or a file that `scribe export` wrote",
        ));
    }
    let options =
        Options { data: folder.to_owned(), store, clock: clock::system(), config: Config::default() };
    let app = App::open(options).map_err(|error| Failure::unopened(&error))?;
    let client = Client::in_process(http::router(app));
    let answer = client.open(request(Method::GET, "/v1/record", Body::empty())?).await?;
    let body = answer.into_body().collect().await.map_err(|error| Failure::bad("the other record", error))?;
    let text = String::from_utf8(body.to_bytes().into()).map_err(|error| unreadable(folder, &error))?;
    events_of(&text, folder)
}

/// The events of an export.
fn events_of(text: &str, path: &Path) -> Result<Vec<Other>, Failure> {
    #[derive(Deserialize)]
    struct Line {
        header: Header,
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    }
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "type")]
        kind: String,
        incident: IncidentId,
        recorded_at: DateTime<Utc>,
        command_id: CommandId,
        index: u32,
        actor: Actor,
        occurred: When,
    }
    // Its last line is no event, but says how many there are.
    let is_event = |line: &&str| line.contains("\"header\":");
    text.lines()
        .filter(is_event)
        .map(|line| {
            let Line { header, payload } =
                serde_json::from_str(line).map_err(|error| unreadable(path, &error))?;
            Ok(Other {
                incident: header.incident,
                id: EventId::derive(header.command_id, header.index),
                recorded_at: header.recorded_at,
                occurred: header.occurred,
                actor: header.actor,
                kind: header.kind,
                fields: payload,
            })
        })
        .collect()
}

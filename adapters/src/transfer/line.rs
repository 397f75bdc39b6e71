//! Reading a line of told events. A line may be wrong in several ways, and each is told.

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::kind::{Import, Kind};
use scribe_domain::event::numbered::Numbered;
use scribe_domain::ids::{CommandId, EventId, IncidentId};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Cause;
use scribe_domain::spoken::is_ahead;
use scribe_domain::text::{Label, ShellLine};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::report::LineProblem;

/// The highest number that a run, an action … may be told with.
const MOST: u64 = 1_000_000;
/// Names for what lines refer to before it has an event id (version 5 UUIDs, RFC 9562 §5.5).
const REFERENCES: Uuid = Uuid::from_u128(0x8d1e_42b7_06c9_4f35_b1a4_97d2_6e50_c83b);

const KEYS: [&str; 6] = ["incident", "occurred", "actor", "kind", "fields", "id"];

/// A line that reads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImportLine {
    /// The line, from 1.
    pub(super) line: usize,
    /// The incident.
    pub(super) incident: IncidentId,
    /// When it happened.
    pub(super) occurred: When,
    /// Who did or said it.
    pub(super) actor: Actor,
    /// What happened.
    pub(super) what: What,
    /// The line's own name.
    pub(super) id: Option<Label>,
    /// By what a repeat is recognised: the line's own name, or else its content, however it is written.
    pub(super) source: Label,
}

impl ImportLine {
    /// Who told it, when and in what, as part of this request.
    pub(super) fn cause(&self, command_id: CommandId) -> Cause {
        Cause {
            command_id,
            actor: self.actor.clone(),
            occurred: self.occurred,
            told: None,
            source: Some(self.source.clone()),
            origin: None,
            namesakes: Namesakes::default(),
        }
    }
}

/// What a line tells, before it is known which events it refers to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct What {
    /// The event; what it refers to by a line's own name stands in it as a [`reference`].
    pub(super) event: IncidentEvent,
    /// The names that it refers to.
    pub(super) refers_to: Vec<String>,
    /// Whether it approves a run without saying which line.
    pub(super) approves_unnamed: bool,
}

const SOURCE: &str = "import:";

/// The source under which a line of this name is kept.
fn source_of(name: &str) -> Option<Label> {
    Label::new(format!("{SOURCE}{name}")).ok()
}

/// The name of the line that is kept under this source.
pub(super) fn name_of(source: &Label) -> Option<&str> {
    source.as_str().strip_prefix(SOURCE)
}

/// What stands for the event of the line with this name, until its id is known.
pub(super) fn reference(id: &str) -> EventId {
    EventId(Uuid::new_v5(&REFERENCES, id.as_bytes()))
}

/// The lines that are not blank, by number from 1.
pub(super) fn lines(body: &str) -> impl Iterator<Item = (usize, &str)> {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    (1..).zip(body.lines()).filter(|(_, text)| !text.trim().is_empty())
}

/// A JSON error without the line, which is always the first.
pub(super) fn in_one_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// Reads a line, or tells everything that is wrong with it.
pub(super) fn read(line: usize, text: &str, now: DateTime<Utc>) -> Result<ImportLine, Vec<LineProblem>> {
    let mut fields: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => {
            return Err(vec![LineProblem { line, incident: None, message: "not a JSON object".to_owned() }]);
        }
        Err(error) => {
            let message = format!("not JSON: {}", in_one_line(&error));
            return Err(vec![LineProblem { line, incident: None, message }]);
        }
    };
    let mut wrong: Vec<String> = Vec::new();
    for key in fields.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        wrong.push(format!("unknown key {key:?}, expected one of {}", KEYS.join(", ")));
    }
    let incident =
        note(&mut wrong, text_of(&mut fields, "incident").and_then(|text| parse("incident", &text)));
    let occurred = note(&mut wrong, text_of(&mut fields, "occurred").and_then(|text| occurred(&text, now)));
    let actor = note(&mut wrong, actor(fields.remove("actor")));
    let id = note(&mut wrong, fields.remove("id").map(own_name).transpose());
    let told = text_of(&mut fields, "kind").and_then(|kind| what(&kind, fields.remove("fields"), now));
    let what = told.map_err(|problems| wrong.extend(problems)).ok();
    if let (Some(incident), Some(occurred), Some(actor), Some(what), Some(id), true) =
        (incident.clone(), occurred, actor, what, id, wrong.is_empty())
    {
        let name = id.as_ref().map_or_else(|| content(occurred, &actor, &what.event), ToString::to_string);
        match source_of(&name) {
            Some(source) => return Ok(ImportLine { line, incident, occurred, actor, what, id, source }),
            None => wrong.push(format!("id: {name:?} is no name")),
        }
    }
    Err(wrong.into_iter().map(|message| LineProblem { line, incident: incident.clone(), message }).collect())
}

/// A digest of what the line tells.
fn content(occurred: When, actor: &Actor, event: &IncidentEvent) -> String {
    let on_behalf_of = actor.on_behalf_of.as_ref().map(Person::as_str).unwrap_or_default();
    let told = [
        actor.who.to_string().as_str(),
        on_behalf_of,
        occurred.to_string().as_str(),
        event.kind(),
        event.payload().get(),
    ]
    .join("\n");
    Digest::of(told.as_bytes()).to_string()
}

fn note<T>(wrong: &mut Vec<String>, read: Result<T, Vec<String>>) -> Option<T> {
    read.map_err(|problems| wrong.extend(problems)).ok()
}

fn text_of(fields: &mut Map<String, Value>, key: &str) -> Result<String, Vec<String>> {
    match fields.remove(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(vec![format!("{key}: must be a text")]),
        None => Err(vec![format!("{key}: is missing")]),
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(key: &str, text: &str) -> Result<T, Vec<String>> {
    text.parse().map_err(|error| vec![format!("{key}: {error}")])
}

fn occurred(text: &str, now: DateTime<Utc>) -> Result<When, Vec<String>> {
    let when: When = parse("occurred", text)?;
    if is_ahead(when, now) {
        return Err(vec![format!("occurred: {when} lies in the future")]);
    }
    Ok(when)
}

fn actor(told: Option<Value>) -> Result<Actor, Vec<String>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        who: Who,
        on_behalf_of: Option<Person>,
    }
    let named = match told {
        None => return Err(vec!["actor: is missing".to_owned()]),
        Some(Value::String(who)) => Named { who: parse("actor", &who)?, on_behalf_of: None },
        Some(told) => serde_json::from_value(told).map_err(|error| vec![format!("actor: {error}")])?,
    };
    let via = Label::new(Actor::IMPORT).expect("a plain word is a label");
    Ok(Actor { who: named.who, via, on_behalf_of: named.on_behalf_of })
}

fn own_name(told: Value) -> Result<Label, Vec<String>> {
    let id: Label = serde_json::from_value(told).map_err(|error| vec![format!("id: {error}")])?;
    if id.as_str().chars().count() > 200 {
        return Err(vec!["id: has more than 200 characters".to_owned()]);
    }
    if id.as_str().parse::<EventId>().is_ok() {
        return Err(vec!["id: looks like an event's id in the record; choose another name".to_owned()]);
    }
    Ok(id)
}

fn what(kind: &str, fields: Option<Value>, now: DateTime<Utc>) -> Result<What, Vec<String>> {
    let Some(row) = Kind::named(kind) else {
        return Err(vec![unknown_kind(kind)]);
    };
    if let Import::Refused(why) = row.import {
        return Err(vec![format!("kind: {kind:?} {why}")]);
    }
    let Value::Object(mut fields) = fields.unwrap_or_else(|| Value::Object(Map::new())) else {
        return Err(vec!["fields: must be an object".to_owned()]);
    };
    let mut wrong = Vec::new();
    for number in Numbered::ALL.map(Numbered::field) {
        if let Some(Value::Number(told)) = fields.get(number)
            && !told.as_u64().is_some_and(|told| (1..=MOST).contains(&told))
        {
            wrong.push(format!("fields.{number}: {told} is not a number from 1 to {MOST}"));
        }
    }
    wrong.extend(digest_of_line(kind, &mut fields).err());
    let approves_unnamed = kind == "run_approved" && !fields.contains_key("digest");
    if approves_unnamed {
        fields.insert("digest".to_owned(), Digest([0; 32]).to_string().into());
    }
    let refers_to = take_references(&mut fields);
    let mut track = serde_path_to_error::Track::new();
    let told = serde_path_to_error::Deserializer::new(Value::Object(fields), &mut track);
    match IncidentEvent::from_told(kind, told) {
        Some(Ok(event)) => {
            wrong.extend(ahead(&event, now));
            if wrong.is_empty() {
                return Ok(What { event, refers_to, approves_unnamed });
            }
        }
        Some(Err(error)) => {
            let path = track.path();
            let path = if path.iter().next().is_none() { String::new() } else { format!(".{path}") };
            wrong.push(format!("fields{path}: {error}"));
        }
        None => wrong.push(unknown_kind(kind)),
    }
    Err(wrong)
}

/// What is told of the past and still to come, beside the line's own time.
fn ahead(event: &IncidentEvent, now: DateTime<Utc>) -> Vec<String> {
    let told = match event {
        IncidentEvent::RunFinished(run) => vec![("started", run.started), ("ended", run.ended)],
        IncidentEvent::Corrected(it) => it.occurred.map(|when| ("occurred", when)).into_iter().collect(),
        _ => Vec::new(),
    };
    let ahead = told.into_iter().filter(|(_, when)| is_ahead(*when, now));
    ahead.map(|(field, when)| format!("fields.{field}: {when} lies in the future")).collect()
}

fn unknown_kind(given: &str) -> String {
    let given: String = given.chars().take(80).collect();
    let alike =
        |kind: &&&str| kind.bytes().zip(given.bytes()).take_while(|(one, other)| one == other).count() >= 4;
    let meant: Vec<&str> = IncidentEvent::KINDS.iter().filter(alike).copied().collect();
    let expected = if meant.is_empty() { IncidentEvent::KINDS.join(", ") } else { meant.join(" or ") };
    format!("kind: {given:?} is not a kind of event, expected {expected}")
}

/// A run's line has its digest beside it; nobody should have to compute it by hand.
fn digest_of_line(kind: &str, fields: &mut Map<String, Value>) -> Result<(), String> {
    if !matches!(kind, "run_proposed" | "run_started" | "run_finished") {
        return Ok(());
    }
    // A line that is no line, or a digest that is no digest, is told when the fields are read.
    let Some(line) = fields.get("line").and_then(Value::as_str).and_then(|line| ShellLine::new(line).ok())
    else {
        return Ok(());
    };
    let right = Digest::of_line(&line);
    let told = fields.entry("digest").or_insert_with(|| right.to_string().into());
    match told.as_str().map(str::parse::<Digest>) {
        Some(Ok(told)) if told != right => {
            Err(format!("fields.digest: {told} is not that of the line, {right}"))
        }
        _ => Ok(()),
    }
}

/// Names of other lines give way to ids, which are kept apart until it is known whose they are.
fn take_references(fields: &mut Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    let mut take = |told: &mut Value| {
        if let Value::String(name) = told
            && name.parse::<EventId>().is_err()
        {
            let id = reference(name).to_string();
            names.push(std::mem::replace(name, id));
        }
    };
    fields.get_mut("target").map(&mut take);
    fields.get_mut("cites").and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut take);
    names
}

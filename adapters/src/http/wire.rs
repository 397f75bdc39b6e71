//! What goes over the wire: a command with its envelope, and an event as a line.
//!
//! A command's body is one flat JSON object: the command's own fields and, beside them, the envelope:
//! `actor` (who tells it), `occurred` (when it happened; now unless told) and `source` (the teller's
//! own key for it). Three commands have a field of such a name themselves: `correct` (`occurred`),
//! `fire-alert` and `resolve-alert` (`source`). There the plain name is the command's, and the
//! envelope's is written with a dot, `cause.occurred` or `cause.source`. The dotted names mean the
//! envelope everywhere.

use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::command::Command;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::problem::Problem;

/// The envelope's fields.
pub(super) const ENVELOPE: [&str; 3] = ["actor", "occurred", "source"];

/// The commands that have a field named like one of the envelope's.
const OWN: [(&str, &str); 3] =
    [("correct", "occurred"), ("fire-alert", "source"), ("resolve-alert", "source")];

/// Whether this field of the envelope goes by its plain name in this command.
pub(super) fn is_plain(command: &str, field: &str) -> bool {
    !OWN.contains(&(command, field))
}

/// A command and its envelope, as told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) command: Command,
    pub(super) actor: Actor,
    pub(super) occurred: When,
    pub(super) source: Option<Label>,
}

/// Reads a command's body.
pub(super) fn told(name: &str, body: &[u8], now: DateTime<Utc>) -> Result<Told, Problem> {
    let mut actor = None;
    let mut occurred = None;
    let mut source = None;
    let mut fields = Vec::new();
    for (key, value) in members(body)? {
        let envelope = match key.strip_prefix("cause.") {
            Some(field) => Some(field),
            None => Some(key.as_str()).filter(|field| is_plain(name, field)),
        };
        let place = match envelope {
            Some("actor") => &mut actor,
            Some("occurred") => &mut occurred,
            Some("source") => &mut source,
            _ => {
                fields.push((key, value));
                continue;
            }
        };
        if place.replace(value).is_some() {
            return Err(Problem::field(key, "stands there twice"));
        }
    }
    let actor = match actor {
        Some(actor) => read_actor(&actor)?,
        None => {
            return Err(Problem::Field {
                path: "actor".into(),
                what: "is missing".into(),
                hint: "say who tells it: \"actor\": \"Zac Bentley\" or \"integration:NAME\"".into(),
            });
        }
    };
    let occurred = match occurred {
        Some(occurred) => read_field("occurred", &occurred)?,
        None => When::second(now.trunc_subsecs(0)),
    };
    let source = source.map(|source| read_field("source", &source)).transpose()?;
    Ok(Told { command: read_command(name, &fields)?, actor, occurred, source })
}

/// The members of one JSON object, each value as its bytes. No object within may name a field twice:
/// of two values, nobody could say which was meant.
pub(super) fn members(body: &[u8]) -> Result<Vec<(String, Box<RawValue>)>, Problem> {
    let text = utf8(body)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize::<_, Unambiguous>(&mut reader)
        .map_err(|error| {
            let path = error.path().to_string();
            told_problem(path, &error.into_inner())
        })
        .and_then(|_| reader.end().map_err(|error| told_problem(String::new(), &error)))?;
    let Members(members) = serde_json::from_str(text).map_err(|error| told_problem(String::new(), &error))?;
    Ok(members)
}

/// The body as text.
pub(super) fn utf8(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| Problem::NotUtf8 { at: error.valid_up_to() })
}

fn read_command(name: &str, fields: &[(String, Box<RawValue>)]) -> Result<Command, Problem> {
    let mut object = String::from("{");
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 {
            object.push(',');
        }
        object.push_str(&serde_json::Value::from(key.as_str()).to_string());
        object.push(':');
        object.push_str(value.get());
    }
    object.push('}');
    let mut reader = serde_json::Deserializer::from_str(&object);
    let mut track = serde_path_to_error::Track::new();
    match Command::read(name, serde_path_to_error::Deserializer::new(&mut reader, &mut track)) {
        Some(Ok(command)) => Ok(command),
        Some(Err(error)) => Err(told_problem(track.path().to_string(), &error)),
        None => Err(Problem::NoSuchCommand { name: name.into(), known: Command::NAMES.join(", ") }),
    }
}

fn read_field<T: DeserializeOwned>(path: &str, value: &RawValue) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_str(value.get());
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let within = error.path().to_string();
        let path = if within == "." { path.to_owned() } else { format!("{path}.{within}") };
        told_problem(path, &error.into_inner())
    })
}

/// An actor: one text, or an object that also says through what and for whom.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorFields {
    who: Who,
    #[serde(default)]
    via: Option<Label>,
    #[serde(default)]
    on_behalf_of: Option<Person>,
}

fn read_actor(value: &RawValue) -> Result<Actor, Problem> {
    let told = if value.get().starts_with('{') {
        read_field::<ActorFields>("actor", value)?
    } else {
        ActorFields { who: read_field("actor", value)?, via: None, on_behalf_of: None }
    };
    if told.on_behalf_of.is_some() && matches!(told.who, Who::Person(_)) {
        return Err(Problem::Field {
            path: "actor.on_behalf_of".into(),
            what: "a person acts in their own name".into(),
            hint: "only an integration or scribe itself acts on somebody's behalf".into(),
        });
    }
    if told.who == Who::Scribe {
        return Err(Problem::Field {
            path: "actor".into(),
            what: "nobody else tells things in scribe's name".into(),
            hint: "say who tells it: a person, or integration:NAME".into(),
        });
    }
    let via = match told.via {
        Some(via) => via,
        None => Label::new("http").map_err(|error| Problem::field("actor.via", error.to_string()))?,
    };
    Ok(Actor { who: told.who, via, on_behalf_of: told.on_behalf_of })
}

/// Sorts serde's errors into "not JSON" (with line and column) and "a field is wrong" (with its path).
pub(super) fn told_problem(path: String, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let what = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]).to_owned();
    if !error.is_data() {
        return Problem::Malformed { line: error.line(), column: error.column(), what };
    }
    let parent = if path == "." { String::new() } else { path };
    let named = |after: &str| {
        let name = what.strip_prefix(after)?.split('`').next()?;
        // An unknown field's own name ends the path already; a missing one's cannot.
        if after.starts_with("unknown") && parent.rsplit('.').next() == Some(name) {
            return Some(parent.clone());
        }
        Some(if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") })
    };
    if let Some(path) = named("missing field `") {
        return Problem::field(path, "is missing");
    }
    if let Some(path) = named("unknown field `") {
        let expected = what.split_once(", ").map_or("there are none", |(_, expected)| expected);
        return Problem::Field {
            path,
            what: "unknown field".into(),
            hint: format!("{expected}; besides these, a command takes {}", ENVELOPE.join(", ")),
        };
    }
    if let Some(path) = named("duplicate field `") {
        return Problem::field(path, "stands there twice");
    }
    Problem::field(parent, what)
}

/// Any JSON in which no object names a field twice.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Unambiguous;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_unit<E>(self) -> Result<Unambiguous, E> {
                Ok(Unambiguous)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unambiguous, A::Error> {
                while seq.next_element::<Unambiguous>()?.is_some() {}
                Ok(Unambiguous)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unambiguous, A::Error> {
                let mut seen = std::collections::HashSet::new();
                while let Some(key) = map.next_key::<String>()? {
                    if seen.contains(&key) {
                        return Err(serde::de::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    seen.insert(key);
                    map.next_value::<Unambiguous>()?;
                }
                Ok(Unambiguous)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The members of one object, in order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// An event as a line of the feed.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Event")]
pub struct EventLine<'a> {
    /// Its place in the whole record, from 1.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The incident.
    pub incident: &'a IncidentId,
    /// Its place in the incident, from 1.
    pub revision: Revision,
    /// When the store took it.
    pub recorded_at: DateTime<Utc>,
    /// When it happened, as told.
    pub occurred: When,
    /// Who told it.
    pub actor: &'a Actor,
    /// The teller's own key for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a Label>,
    /// The request that caused it; its id follows from this and `index`.
    pub command_id: CommandId,
    /// Its index (from 0) among the events of that request.
    pub index: u32,
    /// What kind of event it is.
    pub kind: &'a str,
    /// The version of the kind's form.
    pub version: u32,
    /// The event's own fields.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub fields: Box<RawValue>,
}

impl<'a> EventLine<'a> {
    /// The line for an event.
    pub fn of(recorded: &'a Recorded) -> Self {
        Self {
            position: recorded.position,
            id: recorded.event_id(),
            incident: &recorded.incident,
            revision: recorded.revision,
            recorded_at: recorded.recorded_at,
            occurred: recorded.cause.occurred,
            actor: &recorded.cause.actor,
            source: recorded.cause.source.as_ref(),
            command_id: recorded.cause.command_id,
            index: recorded.index,
            kind: recorded.event.kind(),
            version: recorded.event.version(),
            fields: recorded.event.payload(),
        }
    }
}

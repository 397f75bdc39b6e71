//! JSON as it is read here: no object may name a field twice, and what is wrong is said with its place.

use std::fmt;

use scribe_domain::command::Command;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{Field, below, wrong};
use crate::http::problem::Problem;

/// The members of one JSON object, each value as its bytes. No object within may name a field twice:
/// of two values, nobody could say which was meant.
pub(crate) fn members(body: &[u8]) -> Result<Vec<(String, Box<RawValue>)>, Problem> {
    let text = utf8(body)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize::<_, Unambiguous>(&mut reader)
        .map_err(|error| {
            let path = error.path().to_string();
            problem(&path, &error.into_inner())
        })
        .and_then(|_| reader.end().map_err(|error| problem("", &error)))?;
    let Members(members) = serde_json::from_str(text).map_err(|error| problem("", &error))?;
    Ok(members)
}

/// One JSON object that is no command's, as this type; none at all is an empty one. No object within may name a field
/// twice.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    members(body)?;
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        problem(&path, &error.into_inner())
    })
}

/// The body as text.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| Problem::NotUtf8 { at: error.valid_up_to() })
}

impl Field for Box<RawValue> {
    fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        let mut reader = serde_json::Deserializer::from_str(self.get());
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = below(path, &error.path().to_string());
            problem(&path, &error.into_inner())
        })
    }

    fn has_fields(&self) -> bool {
        self.get().starts_with('{')
    }

    fn command(name: &str, fields: Vec<(String, Self)>) -> Option<Result<Command, Problem>> {
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
        let read = Command::read(name, serde_path_to_error::Deserializer::new(&mut reader, &mut track))?;
        Some(read.map_err(|error| problem(&track.path().to_string(), &error)))
    }
}

/// Sorts serde's errors into "not JSON" (with line and column) and "a field is wrong" (with its path).
pub(crate) fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let what = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]).to_owned();
    if error.is_data() {
        return wrong(path, what);
    }
    Problem::Malformed { line: error.line(), column: error.column(), what }
}

/// Any JSON in which no object names a field twice.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
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
        deserializer.deserialize_any(Anything)
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

//! A parameter of the query or a part of the address: how it is read, and what the API's description says of it.
//!
//! A handler reads a parameter through the same constant that declares it, so that its type is told once.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use scribe_domain::text::Label;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use super::schema::{SchemaOf, schema_of};

/// A parameter that is read as a `T`.
pub(crate) struct Param<T> {
    pub(crate) name: &'static str,
    about: &'static str,
    read: fn(&str) -> Result<T, String>,
    schema: SchemaOf,
}

/// Whether a text reads as what a parameter is; else what is wrong with it.
type Check = dyn Fn(&str) -> Result<(), String> + Send + Sync;

/// A parameter as an operation declares it.
#[derive(Clone)]
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) schema: SchemaOf,
    check: Arc<Check>,
}

/// A moment as it was written: which one it is may hang on a zone that another parameter names.
pub(crate) struct Moment(pub(crate) String);

impl<T> Param<T> {
    /// What parses as a `T`.
    pub(crate) const fn parsed(name: &'static str, about: &'static str) -> Self
    where
        T: FromStr<Err: Display> + JsonSchema,
    {
        Self::with(name, about, parse, schema_of::<T>)
    }

    /// One of the words of an enumeration.
    pub(crate) const fn word(name: &'static str, about: &'static str) -> Self
    where
        T: DeserializeOwned + JsonSchema,
    {
        Self::with(name, about, pick, schema_of::<T>)
    }

    /// What this function reads.
    pub(crate) const fn with(
        name: &'static str,
        about: &'static str,
        read: fn(&str) -> Result<T, String>,
        schema: SchemaOf,
    ) -> Self {
        Self { name, about, read, schema }
    }

    /// Reads it.
    pub(crate) fn read(&self, text: &str) -> Result<T, String> {
        (self.read)(text)
    }

    /// As an operation declares it.
    pub(crate) fn declared(&self) -> Declared
    where
        T: 'static,
    {
        let read = self.read;
        let check = Arc::new(move |text: &str| read(text).map(drop));
        Declared { name: self.name, about: self.about, schema: self.schema, check }
    }
}

impl Param<String> {
    /// Any text.
    pub(crate) const fn text(name: &'static str, about: &'static str) -> Self {
        Self::with(name, about, |text| Ok(text.to_owned()), schema_of::<String>)
    }
}

impl Param<Label> {
    /// A name that the program gave.
    pub(crate) const fn label(name: &'static str, about: &'static str) -> Self {
        let read = |text: &str| Label::new(text).map_err(|error| error.to_string());
        Self::with(name, about, read, |_| json_schema!({ "type": "string" }))
    }
}

impl Param<u64> {
    /// A whole number.
    pub(crate) const fn number(name: &'static str, about: &'static str) -> Self {
        Self::with(name, about, number, |_| json_schema!({ "type": "integer", "minimum": 0 }))
    }
}

impl Param<bool> {
    /// `true` or `false`.
    pub(crate) const fn flag(name: &'static str, about: &'static str) -> Self {
        Self::with(name, about, flag, schema_of::<bool>)
    }
}

impl Param<Moment> {
    /// A moment.
    pub(crate) const fn moment(name: &'static str, about: &'static str) -> Self {
        Self::with(name, about, |text| Ok(Moment(text.to_owned())), moment)
    }
}

impl Declared {
    /// What is wrong with this value, if it is none of it.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        (self.check)(text)
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declared").field("name", &self.name).finish_non_exhaustive()
    }
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn pick<T: DeserializeOwned + JsonSchema>(text: &str) -> Result<T, String> {
    T::deserialize(StrDeserializer::<Error>::new(text))
        .map_err(|_| format!("{:?} is none of {}", shown(text), words::<T>().join(", ")))
}

/// The words of an enumeration, as its own schema tells them.
fn words<T: JsonSchema>() -> Vec<String> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let word = |schema: &serde_json::Value| match schema.get("const") {
        Some(word) => word.as_str().map(str::to_owned).into_iter().collect(),
        None => texts(schema.get("enum")),
    };
    let told = schema.get("oneOf").and_then(serde_json::Value::as_array);
    told.map_or_else(|| texts(schema.get("enum")), |told| told.iter().flat_map(word).collect())
}

fn texts(list: Option<&serde_json::Value>) -> Vec<String> {
    let list = list.and_then(serde_json::Value::as_array).into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{:?} is not a whole number", shown(text)))
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("{:?} is neither true nor false", shown(text)))
}

fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "description": "With a zone or an offset, or a local time of the zone in `zone`.",
        "examples": ["2023-01-04T14:05:00Z", "2023-01-04 09:05 America/New_York"]
    })
}

#[cfg(test)]
mod tests {
    use scribe_projections::current::ListState;
    use scribe_projections::runs::flags::RunFlag;

    use super::*;

    #[test]
    fn an_enumeration_is_read_by_the_words_of_its_own_schema() {
        let state = Param::<ListState>::word("state", "Whether they go on.");
        assert_eq!(state.read("ended"), Ok(ListState::Ended));
        assert_eq!(state.read("over"), Err("\"over\" is none of open, ended, all".to_owned()));
        assert_eq!(words::<RunFlag>().len(), RunFlag::ALL.len());
    }

    #[test]
    fn numbers_and_flags_say_what_they_are_not() {
        let declared = Param::number("after", "After this position.").declared();
        assert_eq!(declared.check("12"), Ok(()));
        assert_eq!(declared.check("-1"), Err("\"-1\" is not a whole number".to_owned()));
        let flag = Param::flag("drills", "Exercises too.");
        assert_eq!(flag.read("yes"), Err("\"yes\" is neither true nor false".to_owned()));
    }
}

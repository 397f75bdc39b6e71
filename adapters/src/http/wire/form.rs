//! Forms (`application/x-www-form-urlencoded`), as pages send them.
//!
//! A field goes by its name, and what it is is decided by who reads it: a form has only texts.
//! - What is left empty was left out: a page sends every field that it shows.
//! - A flag is `true` or `on`, as a ticked box says, or `false`.
//! - A list is its field sent once an item: `components=API&components=Web`.
//! - A field of a field stands in brackets, as in other form languages: `whom[person]=Ada`,
//!   `labels[severity]=page`; in a list after its place: `components[0][name]=API`.

use std::borrow::Cow;

use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use scribe_domain::command::Command;

use super::field::{Field, below, wrong};
use super::json::utf8;
use crate::http::problem::Problem;

/// How deep fields of fields may lie.
const DEEPEST: usize = 8;
/// How many fields a form may have.
const MOST: usize = 1_000;

/// A value of a form.
#[derive(Debug, Clone)]
pub(super) enum FormValue {
    /// What was written into one field.
    Text(String),
    /// What was written into fields of one name.
    List(Vec<FormValue>),
    /// A field with fields of its own.
    Fields(Vec<(String, FormValue)>),
}

/// A command's own fields, as somebody types them: as in a form, with nothing encoded. The error names the field and
/// says what is wrong with it.
pub fn typed<'a>(
    command: &str,
    written: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Command, String> {
    let written = written.into_iter().map(|(key, value)| (key.into(), value.into()));
    let unknown = || Problem::NoSuchCommand { name: command.into(), known: Command::NAMES.join(", ") };
    let read =
        gathered(written).and_then(|fields| FormValue::command(command, fields).ok_or_else(unknown)?);
    read.map_err(|problem| problem.detail())
}

/// The fields of a form.
pub(super) fn fields(body: &[u8]) -> Result<Vec<(String, FormValue)>, Problem> {
    // Bytes that are percent-encoded are looked at once they are decoded.
    utf8(body)?;
    gathered(form_urlencoded::parse(body))
}

fn gathered<'a>(
    written: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
) -> Result<Vec<(String, FormValue)>, Problem> {
    let mut fields = Vec::new();
    for (index, (key, value)) in written.enumerate() {
        if index >= MOST {
            return Err(Problem::field("", format!("a form has at most {MOST} fields")));
        }
        if key.contains('\u{fffd}') || value.contains('\u{fffd}') {
            return Err(Problem::field(shown(&key), "is not UTF-8"));
        }
        if value.is_empty() {
            continue;
        }
        let path = path(&key)?;
        place(&mut fields, &path, value.into_owned()).map_err(|what| Problem::field(shown(&key), what))?;
    }
    Ok(fields)
}

/// The names in `a[b][c]`; `[]` at the end only says that there may be several.
fn path(key: &str) -> Result<Vec<&str>, Problem> {
    let bad = |what: &str| Problem::Field {
        path: shown(key),
        what: what.into(),
        hint: "a field of a field is written a[b], and an item of a list a[0] or a again".into(),
    };
    let Some((first, rest)) = key.split_once('[') else { return Ok(vec![key]) };
    let inside = rest.strip_suffix(']').ok_or_else(|| bad("has a bracket that does not close"))?;
    let mut path = vec![first];
    path.extend(inside.split("]["));
    if path.len() > 1 && path.last() == Some(&"") {
        path.pop();
    }
    if path.iter().any(|name| name.is_empty() || name.contains(['[', ']'])) {
        return Err(bad("has brackets that name nothing"));
    }
    if path.len() > DEEPEST { Err(bad("lies too deep")) } else { Ok(path) }
}

/// Puts a text where its name says.
fn place(fields: &mut Vec<(String, FormValue)>, path: &[&str], text: String) -> Result<(), &'static str> {
    const BOTH: &str = "is written both as a text and with fields of its own";
    let Some((name, rest)) = path.split_first() else { return Ok(()) };
    let at = fields.iter().position(|(known, _)| known == name);
    if rest.is_empty() {
        match at.map(|at| &mut fields[at].1) {
            None => fields.push(((*name).to_owned(), FormValue::Text(text))),
            Some(FormValue::List(items)) => items.push(FormValue::Text(text)),
            Some(one @ FormValue::Text(_)) => {
                let first = std::mem::replace(one, FormValue::List(Vec::new()));
                *one = FormValue::List(vec![first, FormValue::Text(text)]);
            }
            Some(FormValue::Fields(_)) => return Err(BOTH),
        }
        return Ok(());
    }
    let at = at.unwrap_or_else(|| {
        fields.push(((*name).to_owned(), FormValue::Fields(Vec::new())));
        fields.len() - 1
    });
    match &mut fields[at].1 {
        FormValue::Fields(inner) => place(inner, rest, text),
        FormValue::Text(_) | FormValue::List(_) => Err(BOTH),
    }
}

fn shown(key: &str) -> String {
    key.chars().take(80).collect()
}

impl Field for FormValue {
    fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        serde_path_to_error::deserialize(self.clone()).map_err(|error| {
            let path = below(path, &error.path().to_string());
            wrong(&path, error.into_inner().to_string())
        })
    }

    fn has_fields(&self) -> bool {
        matches!(self, Self::Fields(_))
    }

    fn command(name: &str, fields: Vec<(String, Self)>) -> Option<Result<Command, Problem>> {
        let mut track = serde_path_to_error::Track::new();
        let fields = Self::Fields(fields);
        let read = Command::read(name, serde_path_to_error::Deserializer::new(fields, &mut track))?;
        Some(read.map_err(|error| wrong(&track.path().to_string(), error.to_string())))
    }
}

impl FormValue {
    fn text(self, expected: &str) -> Result<String, Error> {
        match self {
            Self::Text(text) => Ok(text),
            Self::List(_) => {
                Err(Error::custom(format_args!("stands there more than once, and is {expected}")))
            }
            Self::Fields(_) => Err(Error::custom(format_args!("has no fields of its own: it is {expected}"))),
        }
    }

    fn number<N: std::str::FromStr>(self) -> Result<N, Error> {
        let text = self.text("a number")?;
        text.trim()
            .parse()
            .map_err(|_| Error::custom(format_args!("{:?} is not a number that fits", shown(&text))))
    }
}

impl IntoDeserializer<'_> for FormValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads what is asked for out of texts.
impl<'de> Deserializer<'de> for FormValue {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            Self::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter())),
            Self::Fields(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text("true or false")?.as_str() {
            "true" | "on" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => Err(Error::custom(format_args!("{:?} is neither true nor false", shown(other)))),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.number()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u32(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = match self {
            Self::Text(_) => vec![self],
            Self::List(items) => items,
            Self::Fields(fields) => in_order(fields)?,
        };
        visitor.visit_seq(SeqDeserializer::new(items.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Fields(fields) if fields.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields.into_iter())))
            }
            Self::Fields(_) => Err(Error::custom("is one of several things, and only one may be said")),
            other => visitor.visit_enum(other.text("one word")?.into_deserializer()),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// The items of a list whose fields are numbered.
fn in_order(fields: Vec<(String, FormValue)>) -> Result<Vec<FormValue>, Error> {
    let number = |(name, value): (String, FormValue)| {
        let number = name.parse::<usize>().map_err(|_| {
            Error::custom(format_args!("is a list: number its items, [0], not [{}]", shown(&name)))
        })?;
        Ok((number, value))
    };
    let mut items = fields.into_iter().map(number).collect::<Result<Vec<_>, Error>>()?;
    items.sort_by_key(|(number, _)| *number);
    Ok(items.into_iter().map(|(_, value)| value).collect())
}

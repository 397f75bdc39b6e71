//! A header, taken apart.
//!
//! Every replay reads every header, and nearly every one of them was written by this program: its fields
//! stand in one order, without white space or escapes. So a header is first read along that form, byte by
//! byte; whatever departs from it goes to the general JSON parser, and means the same either way.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use scribe_domain::ids::{CommandId, Revision};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::moment;

/// A header's fields; its texts are borrowed. Fields that a newer program added are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Header<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    pub(super) version: u32,
    #[serde(borrow)]
    pub(super) incident: Cow<'a, str>,
    pub(super) revision: Revision,
    #[serde(deserialize_with = "recorded_at")]
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) command_id: CommandId,
    pub(super) index: u32,
    /// Still as JSON: the same few actors stand in thousands of headers.
    #[serde(borrow, deserialize_with = "raw")]
    pub(super) actor: &'a str,
    #[serde(deserialize_with = "occurred")]
    pub(super) occurred: When,
    #[serde(default)]
    pub(super) source: Option<Label>,
}

impl<'a> Header<'a> {
    /// Reads a header.
    pub(super) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        match Self::as_written(text) {
            Some(header) => Ok(header),
            None => serde_json::from_str(text),
        }
    }

    /// Reads a header in the form in which this program writes it; `None` for any other.
    fn as_written(text: &'a str) -> Option<Self> {
        let mut rest = Rest(text);
        rest.pass(r#"{"type":"#)?;
        let kind = rest.text()?;
        rest.pass(r#","version":"#)?;
        let version = rest.number()?;
        rest.pass(r#","incident":"#)?;
        let incident = rest.text()?;
        rest.pass(r#","revision":"#)?;
        let revision = rest.number()?;
        rest.pass(r#","recorded_at":"#)?;
        let recorded_at = moment::recorded_at(rest.text()?).ok()?;
        rest.pass(r#","command_id":"#)?;
        let command_id = Uuid::try_parse(rest.text()?).ok()?;
        rest.pass(r#","index":"#)?;
        let index = rest.number()?;
        rest.pass(r#","actor":"#)?;
        let actor = rest.actor()?;
        rest.pass(r#","occurred":"#)?;
        let occurred = moment::occurred(rest.text()?).ok()?;
        let source = match rest.pass(r#","source":"#) {
            Some(()) => Some(Label::new(rest.text()?).ok()?),
            None => None,
        };
        (rest.0 == "}").then_some(Self {
            kind: kind.into(),
            version: version.try_into().ok()?,
            incident: incident.into(),
            revision: Revision(revision),
            recorded_at,
            command_id: CommandId(command_id),
            index: index.try_into().ok()?,
            actor,
            occurred,
            source,
        })
    }
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn pass(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A JSON string that says what it means: without an escape.
    fn text(&mut self) -> Option<&'a str> {
        let text = self.0.strip_prefix('"')?;
        let end = text.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        self.0 = text[end..].strip_prefix('"')?;
        Some(&text[..end])
    }

    /// A JSON number without sign, fraction or exponent; what follows it is somebody else's to check.
    fn number(&mut self) -> Option<u64> {
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit())?;
        let (digits, rest) = self.0.split_at(end);
        if end == 0 || end > 18 || (end > 1 && digits.starts_with('0')) {
            return None;
        }
        self.0 = rest;
        Some(digits.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    /// An actor, as it stands there.
    fn actor(&mut self) -> Option<&'a str> {
        let start = self.0;
        self.pass(r#"{"who":"#)?;
        self.text()?;
        self.pass(r#","via":"#)?;
        self.text()?;
        if self.pass(r#","on_behalf_of":"#).is_some() {
            self.text()?;
        }
        self.pass("}")?;
        Some(&start[..start.len() - self.0.len()])
    }
}

fn raw<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<&'a str, D::Error> {
    <&RawValue>::deserialize(deserializer).map(RawValue::get)
}

fn recorded_at<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    moment::recorded_at(&text).map_err(D::Error::custom)
}

fn occurred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    moment::occurred(&text).map_err(D::Error::custom)
}

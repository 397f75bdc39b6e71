//! A header, taken apart.
//!
//! Every replay reads every header, and nearly every one of them was written by this program: its fields
//! stand in one order, without white space or escapes. So a header is first read along that form, byte by
//! byte; whatever departs from it goes to the general JSON parser, and means the same either way.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use memchr::memchr;
use scribe_domain::fingerprint::Fingerprint;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, Revision};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::moment;

/// A header's fields; its texts are borrowed. Fields that a newer program added are passed over.
#[derive(Debug, PartialEq, Deserialize)]
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
    #[serde(default, deserialize_with = "told")]
    pub(super) told: Option<When>,
    #[serde(default)]
    pub(super) source: Option<Label>,
    #[serde(default)]
    pub(super) origin: Option<Identity>,
    #[serde(default, deserialize_with = "clock")]
    pub(super) clock: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) request: Option<Fingerprint>,
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
        let mut rest = Rest::of(text)?;
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
        let told = match rest.pass(r#","told":"#) {
            Some(()) => Some(moment::occurred(rest.text()?).ok()?),
            None => None,
        };
        let source = match rest.pass(r#","source":"#) {
            Some(()) => Some(Label::new(rest.text()?).ok()?),
            None => None,
        };
        let origin = match rest.pass(r#","origin":"#) {
            Some(()) => Some(rest.text()?.parse().ok()?),
            None => None,
        };
        let clock = match rest.pass(r#","clock":"#) {
            Some(()) => Some(moment::recorded_at(rest.text()?).ok()?),
            None => None,
        };
        let request = match rest.pass(r#","request":"#) {
            Some(()) => Some(rest.text()?.parse().ok()?),
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
            told,
            source,
            origin,
            clock,
            request,
        })
    }
}

/// What is left to read of a text that has no escapes in it: a string ends at the next quotation mark.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn of(text: &'a str) -> Option<Self> {
        // Every byte is looked at, also after one that does not fit: so it becomes a few vector instructions.
        let fits = text.bytes().fold(true, |fits, byte| fits & matches!(byte, b' '..=b'[' | b']'..));
        fits.then_some(Self(text))
    }

    fn pass(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A JSON string.
    fn text(&mut self) -> Option<&'a str> {
        let text = self.0.strip_prefix('"')?;
        let end = memchr(b'"', text.as_bytes())?;
        self.0 = &text[end + 1..];
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

fn clock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| moment::recorded_at(&text).map_err(D::Error::custom)).transpose()
}

fn occurred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    moment::occurred(&text).map_err(D::Error::custom)
}

fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<When>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| moment::occurred(&text).map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scribe_domain::actor::Actor;
    use scribe_domain::clocks::Stamped;
    use scribe_domain::event::{IncidentEvent, Unknown};
    use scribe_domain::event_store::Draft;
    use scribe_domain::when::Precision;

    use super::super::{Stamp, header};
    use super::*;

    /// A header as this program writes it, whatever people call themselves; and whether its texts need
    /// escapes.
    fn written() -> impl Strategy<Value = (String, bool)> {
        let name = prop_oneof!["[a-zA-Z][a-z ]{0,11}", "[^\\p{C}:]{1,12}", r#"[a"\\é🚒]{1,6}"#];
        let label = || {
            prop_oneof!["[a-z_]{1,12}", r#"[a"\\ü/{},:]{1,8}"#]
                .prop_filter_map("a label", |text| Label::new(text).ok())
        };
        let micros = 0_i64..7_258_118_400_000_000;
        let who = (name, label(), proptest::option::of("[A-Z][a-z]{1,8}"));
        let request = proptest::option::of(any::<[u8; 16]>().prop_map(Fingerprint));
        let clock = proptest::option::of(micros.clone());
        let stamp = (1..10_u64.pow(18), (micros.clone(), clock), any::<u128>(), 0..3_u32, request);
        let sources = (proptest::option::of(label()), proptest::option::of(label()));
        let told = proptest::option::of(micros.clone());
        let draft = ((micros, told), 0..6, sources, "[a-z_]{1,20}", 1..4_u32);
        (who, stamp, draft).prop_filter_map(
            "a person",
            |(
                (name, via, person),
                (revision, (at, clock), id, index, request),
                ((occurred, told), form, (source, origin), kind, version),
            )| {
                let moment = |micros| DateTime::from_timestamp_micros(micros);
                let occurred = moment(occurred)?;
                let actor = Actor {
                    who: name.parse().ok()?,
                    via,
                    on_behalf_of: person.map(|person| person.parse()).transpose().ok()?,
                };
                let draft = Draft {
                    actor,
                    occurred: match form {
                        0 => When::second(occurred),
                        1 => When::At(occurred, Precision::Minute),
                        2 => When::At(occurred, Precision::About),
                        3 => When::At(occurred, Precision::Day),
                        4 => When::At(occurred, Precision::Span(occurred + chrono::TimeDelta::minutes(90))),
                        _ => When::Unknown,
                    },
                    told: told.and_then(moment).map(When::second),
                    source,
                    origin: origin.and_then(|told: Label| told.as_str().parse().ok()),
                    event: IncidentEvent::Unknown(Unknown {
                        kind: kind.into(),
                        version,
                        payload: RawValue::from_string("{}".to_owned()).ok()?,
                    }),
                };
                let stamp = Stamp {
                    incident: &"20230104-list-import-problems-2".parse().ok()?,
                    revision: Revision(revision),
                    stamped: Stamped { recorded_at: moment(at)?, clock: clock.and_then(moment) },
                    command_id: CommandId(Uuid::from_u128(id)),
                    index,
                    request,
                };
                let text = header(&draft, &stamp).ok()?;
                let escaped = text.contains('\\');
                Some((text, escaped))
            },
        )
    }

    fn agrees(text: &str) -> Result<(), TestCaseError> {
        if let Some(header) = Header::as_written(text) {
            let general: Result<Header<'_>, _> = serde_json::from_str(text);
            prop_assert_eq!(general.ok(), Some(header), "{}", text);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn whatever_this_program_writes_is_read_along_its_form((text, escaped) in written()) {
            prop_assert_eq!(Header::as_written(&text).is_none(), escaped, "{}", text);
            prop_assert!(Header::read(&text).is_ok());
            agrees(&text)?;
        }

        /// Cut, doubled, swapped and damaged headers: never read but as the general parser reads them.
        #[test]
        fn both_ways_to_read_agree(
            (text, _) in written(),
            changes in proptest::collection::vec(
                (any::<prop::sample::Index>(), 0..5, r#"["\\{}:,0-9a-z\n\t~é -]"#), 1..4),
        ) {
            let mut text: Vec<char> = text.chars().collect();
            for (place, change, other) in changes {
                if text.is_empty() {
                    break;
                }
                let place = place.index(text.len());
                let other = other.chars().next().unwrap_or('x');
                match change {
                    0 => text[place] = other,
                    1 => text.insert(place, other),
                    2 => drop(text.remove(place)),
                    3 => text[place..].rotate_left(1),
                    _ => text.truncate(place),
                }
            }
            agrees(&text.into_iter().collect::<String>())?;
        }
    }

    #[test]
    fn other_forms_mean_the_same() {
        let written = r#"{"type":"noted","version":1,"incident":"20230104-a","revision":7,"recorded_at":"2023-01-04T18:05:07.000250Z","command_id":"0190a9a0-0000-7000-8000-000000000001","index":2,"actor":{"who":"Zac","via":"cli"},"occurred":"unknown"}"#;
        let header = Header::as_written(written).unwrap();
        for other in [
            written.replace(",\"", ", \""),
            written.replace("noted", r"not\u0065d"),
            written.replace(r#""occurred":"unknown""#, r#""occurred":"UNKNOWN","source":null,"mood":[1]"#),
            written.replacen(r#""type":"noted","version":1"#, r#""version":1,"type":"noted""#, 1),
        ] {
            assert_eq!(Header::as_written(&other), None, "{other}");
            assert_eq!(Header { actor: header.actor, ..Header::read(&other).unwrap() }, header, "{other}");
        }
        for bad in
            ["", "{}", "null", &written.replace("\"version\":1", "\"version\":01"), &format!("{written} x")]
        {
            assert!(Header::read(bad).is_err(), "{bad}");
        }
    }
}

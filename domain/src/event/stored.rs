//! Payloads as they are stored, read and written.

use serde_json::Value;
use serde_json::value::RawValue;

use super::versions::Chain;
use crate::text;

/// An event whose kind or version this program does not know: kept and shown as such, never dropped.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Its kind, as stored.
    pub kind: Box<str>,
    /// Its version, as stored.
    pub version: u32,
    /// Its payload, byte for byte.
    pub payload: Box<RawValue>,
}

impl PartialEq for Unknown {
    fn eq(&self, other: &Self) -> bool {
        (&self.kind, self.version, self.payload.get()) == (&other.kind, other.version, other.payload.get())
    }
}

impl Unknown {
    /// A payload that this program cannot read, as it is; an error if it is no JSON.
    pub(super) fn of(kind: &str, version: u32, payload: &str) -> Result<Self, serde_json::Error> {
        let payload = RawValue::from_string(payload.to_owned())?;
        Ok(Self { kind: kind.into(), version, payload })
    }
}

/// What remains of an event of an unknown kind whose words are erased: nobody can say what of it is prose. A program
/// that knows the kind still reads it as unknown.
pub const NOTHING: &str = "{}";

/// A payload of a known kind, read.
pub(super) enum Stored<P> {
    /// In its present form.
    Known(P),
    /// Erased by a program that did not know the kind, or of a version from the future.
    Unknown(Unknown),
}

/// Reads a payload of a known kind, whose present version is `present`; an old one takes the steps of the chain.
pub(super) fn stored<P: serde::de::DeserializeOwned>(
    kind: &str,
    version: u32,
    present: u32,
    payload: &str,
    chain: &Chain<'_>,
) -> Result<Stored<P>, serde_json::Error> {
    if version == present {
        return match serde_json::from_str(payload) {
            Err(_) if payload == NOTHING => Unknown::of(kind, version, payload).map(Stored::Unknown),
            Err(error) => mended(payload).ok_or(error).map(Stored::Known),
            read => read.map(Stored::Known),
        };
    }
    if (1..present).contains(&version) {
        return serde_json::from_str(&chain.upcast(kind, version, payload)?).map(Stored::Known);
    }
    Unknown::of(kind, version, payload).map(Stored::Unknown)
}

/// A payload with texts that an older program took, and that would be refused today: what is kept stays readable.
fn mended<P: serde::de::DeserializeOwned>(payload: &str) -> Option<P> {
    let mut value: Value = serde_json::from_str(payload).ok()?;
    mend(&mut value).then(|| serde_json::from_value(value).ok())?
}

fn mend(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match text::mended(text) {
            Some(better) => {
                *text = better;
                true
            }
            None => false,
        },
        Value::Array(items) => items.iter_mut().fold(false, |any, item| mend(item) | any),
        Value::Object(fields) => fields.values_mut().fold(false, |any, field| mend(field) | any),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A payload as compact JSON.
pub(super) fn to_raw<T: serde::Serialize>(payload: &T) -> Box<RawValue> {
    // Payloads are plain structs of texts and numbers: serialising one can fail only by running out
    // of memory, which Rust turns into an abort anyway.
    serde_json::value::to_raw_value(payload).expect("a payload always serialises")
}

#[cfg(test)]
mod tests {
    use crate::event::IncidentEvent;

    #[test]
    fn what_older_programs_took_stays_readable() {
        let read = |payload: &str| IncidentEvent::from_payload("noted", 1, payload);
        let told = |payload: &str| match read(payload).unwrap() {
            IncidentEvent::Noted(noted) => noted.text.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told("{\"text\":\"\u{200b}\"}"), "\u{fffd}");
        assert_eq!(told("{\"text\":\"a\u{ffff}\"}"), "a\u{fffd}");
        assert!(read("{\"text\":\"a\u{202e}\"}").is_err());
        assert!(IncidentEvent::from_told("noted", serde_json::json!({"text": "\u{200b}"})).unwrap().is_err());
    }
}

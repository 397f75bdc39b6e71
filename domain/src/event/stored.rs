//! Payloads as they are stored, read and written.

use serde_json::value::RawValue;

use super::{IncidentEvent, husk, versions};

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

/// Reads a payload of a known kind, whose present version is `present`.
pub(super) fn stored<P: serde::de::DeserializeOwned>(
    kind: &str,
    version: u32,
    present: u32,
    payload: &str,
    event: fn(P) -> IncidentEvent,
) -> Result<IncidentEvent, serde_json::Error> {
    if version == present {
        return match serde_json::from_str(payload).map(event) {
            // Erased by a program that did not know the kind.
            Err(_) if payload == husk::NOTHING => unknown(kind, version, payload),
            read => read,
        };
    }
    if (1..present).contains(&version) {
        let payload = versions::Chain::OWN.upcast(kind, version, payload)?;
        return serde_json::from_str(&payload).map(event);
    }
    unknown(kind, version, payload)
}

/// A payload that this program cannot read, as it is.
pub(super) fn unknown(kind: &str, version: u32, payload: &str) -> Result<IncidentEvent, serde_json::Error> {
    let payload = RawValue::from_string(payload.to_owned())?;
    Ok(IncidentEvent::Unknown(Unknown { kind: kind.into(), version, payload }))
}

/// A payload as compact JSON.
pub(super) fn to_raw<T: serde::Serialize>(payload: &T) -> Box<RawValue> {
    // Payloads are plain structs of texts and numbers: serialising one can fail only by running out
    // of memory, which Rust turns into an abort anyway.
    serde_json::value::to_raw_value(payload).expect("a payload always serialises")
}

//! How a correction applies. What may be corrected or taken back stands in the catalogue of kinds.
//!
//! Facts that people told may be corrected. What *authorises* something (a tier, a role, an approval, the
//! line that ran, a deploy hold) may not: it is changed by an event of its own, so that nobody gains a
//! right by correcting the past. When any of them happened may be corrected, since clocks disagree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::IncidentEvent;
use crate::event::schemas::Schemas;

/// The event with these fields corrected; the error says which field is wrong and why.
pub fn corrected(event: &IncidentEvent, fields: &BTreeMap<String, Value>) -> Result<IncidentEvent, String> {
    if let Some(field) = fixed_field(event, fields.keys().map(String::as_str)) {
        return Err(format!("{field:?} cannot be corrected"));
    }
    let mut payload: serde_json::Map<String, Value> =
        serde_json::from_str(event.payload().get()).map_err(|error| error.to_string())?;
    for (name, value) in fields {
        if value.is_null() {
            // Nothing else would check the name, and it stands in the record.
            payload.remove(name).ok_or_else(|| format!("there is no {name:?} to remove"))?;
        } else {
            payload.insert(name.clone(), value.clone());
        }
    }
    IncidentEvent::from_told(event.kind(), &Value::Object(payload))
        .ok_or_else(|| format!("{} is not a kind that this version knows", event.kind()))?
        .map_err(|error| error.to_string())
}

/// The fields of a correction as the event has them once they are read: a text with its line ends as they are kept.
pub(super) fn as_kept(fields: &BTreeMap<String, Value>, right: &IncidentEvent) -> BTreeMap<String, Value> {
    let read: serde_json::Map<String, Value> =
        serde_json::from_str(right.payload().get()).unwrap_or_default();
    let kept = |(name, told): (&String, &Value)| {
        let value = read.get(name).filter(|_| told.is_string()).unwrap_or(told);
        (name.clone(), value.clone())
    };
    fields.iter().map(kept).collect()
}

/// The first of these fields that an event of this kind has, and that may not be corrected. A name that is no field
/// of it is another mistake.
pub(super) fn fixed_field<'a>(
    event: &IncidentEvent,
    fields: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let corrects = |field: &str| event.row().is_some_and(|row| row.corrects(field));
    // Of a kind from the future nobody knows what is a field, so everything is taken for one.
    let is_field =
        |field: &str| Schemas::all().fields(event.kind()).is_none_or(|known| known.contains_key(field));
    fields.into_iter().find(|field| !corrects(field) && is_field(field))
}

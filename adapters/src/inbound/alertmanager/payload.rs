//! What Alertmanager sends. Unknown fields are fine: newer versions add some. What stands where something else was
//! expected is taken as far as it reads: a template may have made a number of a label, and no alert may get lost over
//! one.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An Alertmanager webhook, version 4: a group of alerts.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "AlertmanagerWebhook")]
pub struct Payload {
    /// The alerts; firing and resolved ones may stand side by side.
    #[schemars(with = "Vec<Alert>")]
    pub alerts: Vec<Value>,
    /// How many alerts Alertmanager left out because of `max_alerts`.
    #[serde(default, rename = "truncatedAlerts")]
    pub truncated_alerts: u64,
}

/// One alert.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertmanagerAlert")]
pub struct Alert {
    /// Whether it fires: `firing` or `resolved`.
    #[serde(default, deserialize_with = "text")]
    pub status: String,
    /// What identifies it.
    #[serde(default, deserialize_with = "texts")]
    pub labels: BTreeMap<String, String>,
    /// What it says.
    #[serde(default, deserialize_with = "texts")]
    pub annotations: BTreeMap<String, String>,
    /// When it began to fire, RFC 3339.
    #[serde(default, deserialize_with = "text")]
    pub starts_at: String,
    /// When it stopped; the year 1 means that it hasn't.
    #[serde(default, deserialize_with = "text")]
    pub ends_at: String,
    /// Where the alert comes from.
    #[serde(default, rename = "generatorURL", deserialize_with = "text")]
    pub generator_url: String,
    /// A digest of the labels, by Alertmanager; old versions send none.
    #[serde(default, deserialize_with = "text")]
    pub fingerprint: String,
}

/// A value as the text that it is, or would be: `null` is none, and what is no single value stays JSON.
fn as_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(as_text)
}

/// A map of texts; anything that is no map says nothing.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, as_text(value))).collect(),
        _ => BTreeMap::new(),
    })
}

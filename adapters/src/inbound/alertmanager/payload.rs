//! What Alertmanager sends. Unknown fields are fine: newer versions add some.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One delivery: a group of alerts.
#[derive(Debug, Clone, Deserialize)]
pub struct Payload {
    /// The alerts; firing and resolved ones may stand side by side.
    pub alerts: Vec<Alert>,
    /// How many alerts Alertmanager left out because of `max_alerts`.
    #[serde(default, rename = "truncatedAlerts")]
    pub truncated_alerts: u64,
}

/// One alert.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Whether it fires.
    pub status: Status,
    /// What identifies it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What it says.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// When it began to fire, RFC 3339.
    #[serde(default)]
    pub starts_at: String,
    /// When it stopped; the year 1 means that it hasn't.
    #[serde(default)]
    pub ends_at: String,
    /// Where the alert comes from.
    #[serde(default, rename = "generatorURL")]
    pub generator_url: String,
    /// A digest of the labels, by Alertmanager; old versions send none.
    #[serde(default)]
    pub fingerprint: String,
}

/// Whether an alert fires.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Firing,
    /// It has stopped.
    Resolved,
}

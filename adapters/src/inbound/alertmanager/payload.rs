//! What Alertmanager sends. Unknown fields are fine: newer versions add some.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::inbound::sighting::Status;

/// An Alertmanager webhook, version 4: a group of alerts.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "AlertmanagerWebhook")]
pub struct Payload {
    /// The alerts; firing and resolved ones may stand side by side.
    pub alerts: Vec<Alert>,
    /// How many alerts Alertmanager left out because of `max_alerts`.
    #[serde(default, rename = "truncatedAlerts")]
    pub truncated_alerts: u64,
}

/// One alert.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertmanagerAlert")]
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

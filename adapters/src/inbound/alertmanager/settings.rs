//! What stands under `[alertmanager]` in `scribe.toml`.

use serde::Deserialize;

use crate::inbound::rules::AlertRule;

/// What alerts may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The label by which an alert names the open incident that it belongs to.
    #[serde(default = "Settings::default_incident_label")]
    pub incident_label: Box<str>,
    /// Which alerts declare an incident; the first that matches decides.
    #[serde(default, rename = "rule")]
    pub rules: Vec<AlertRule>,
}

impl Settings {
    fn default_incident_label() -> Box<str> {
        "scribe_incident".into()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { incident_label: Self::default_incident_label(), rules: Vec::new() }
    }
}

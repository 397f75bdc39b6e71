//! Who may see an incident.

use crate::actor::Who;
use crate::text::Text;

/// Only these may see the incident from here on: it is private. Told again, the new list counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLimited {
    /// Who may see it: people, and the integrations that go on telling of it. Whoever is not named does not see it
    /// any more, also whoever tells this.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "at_least_one")]
    pub to: Vec<Who>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Everybody who may read may see it again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessOpened {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// An incident that nobody may see is nobody's to open again.
fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Who>, D::Error> {
    let to = <Vec<Who> as serde::Deserialize>::deserialize(deserializer)?;
    if to.is_empty() {
        return Err(serde::de::Error::custom("must name at least one who may see the incident"));
    }
    Ok(to)
}

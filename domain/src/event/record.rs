//! Events about the record itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::actor::Who;
use crate::ids::EventId;
use crate::text::{Label, Text};
use crate::values::Digest;
use crate::when::When;

/// Something told before was wrong; this is right. The first telling stays in the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// The event that was wrong.
    pub target: EventId,
    /// When it really happened, if that was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<When>,
    /// The payload fields that were wrong, with their right values; `null` removes an optional one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// How that was found out.
    pub why: Text,
}

/// Something told before should not count. It stays in the record, and shows as retracted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retracted {
    /// The event.
    pub target: EventId,
    /// Why.
    pub why: Text,
}

/// A payload was erased; its place and its proof stand.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redacted {
    /// The event whose payload is gone.
    pub target: EventId,
    /// Who erased it.
    pub by: Who,
    /// Why.
    pub why: Text,
    /// Of what remains of the payload, byte for byte: the [husk](crate::event::husk).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remains: Option<Digest>,
}

/// Somebody was reminded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nudged {
    /// Who.
    pub whom: Label,
    /// Of what.
    pub text: Text,
}

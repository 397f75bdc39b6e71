//! Links, alerts, changes and attachments.

use std::collections::BTreeMap;

use crate::actor::Person;
use crate::text::{Label, Locator, Text};
use crate::values::{ChangeKind, ChangeRelation, Digest, LinkKind};

/// Something useful elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// What kind of thing.
    pub kind: LinkKind,
    /// Where.
    pub at: Locator,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Label>,
}

/// An alert fired, at this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertFired {
    /// Which monitoring: `alertmanager`, `sentry` …
    pub source: Label,
    /// The alert's name.
    pub alert: Label,
    /// The monitoring's own identity of the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Label>,
    /// The alert's labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<Label, Label>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Locator>,
}

/// An alert stopped firing, at this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertResolved {
    /// Which monitoring.
    pub source: Label,
    /// The alert's name.
    pub alert: Label,
    /// The monitoring's own identity of the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Label>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
}

/// A change in production, made at this event's occurred time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLinked {
    /// What was changed.
    pub kind: ChangeKind,
    /// What it has to do with the incident.
    pub relation: ChangeRelation,
    /// What to call it.
    pub title: Label,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Locator>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Person>,
    /// Who brought it out; may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployer: Option<Person>,
}

/// A file kept elsewhere, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceAttached {
    /// What it is.
    pub title: Label,
    /// Of its bytes.
    pub digest: Digest,
    /// Its media type (RFC 6838).
    pub media_type: Label,
    /// Where it is kept.
    pub at: Locator,
}

/// From this event's occurred time on, evidence is missing: nothing was measured, logged or kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceGapStarted {
    /// The gap's number in this incident.
    pub gap: u32,
    /// What is missing, and why.
    pub text: Text,
}

/// From this event's occurred time on, that evidence is there again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceGapEnded {
    /// The gap's number.
    pub gap: u32,
    /// What showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

//! The small vocabulary.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::text::ShellLine;

/// A text that is none of the words expected in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a {what}: expected {expected}")]
pub struct UnknownWord {
    /// The start of what was given.
    pub given: String,
    /// What it should have been.
    pub what: &'static str,
    /// The words that would do.
    pub expected: String,
}

impl UnknownWord {
    pub(crate) fn new(given: &str, what: &'static str, words: &[&str]) -> Self {
        Self { given: given.chars().take(80).collect(), what, expected: words.join(", ") }
    }
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident ($what:literal) { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word, as stored and typed.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                let mut word = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
                if $what == "severity" {
                    // `1`, `SEV 1` and `sev-1` are `sev1`.
                    word = format!("sev{}", word.trim_start_matches("sev").trim_start_matches('_'));
                }
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
                    .ok_or_else(|| UnknownWord::new(text, $what, &[$($word),+]))
            }
        }
    };
}

vocabulary! {
    /// Whom an incident concerns, and so which status page it stands on. Raised by an *upgrade*.
    Tier ("tier") {
        /// The engineering organisation only.
        Engineering = "engineering",
        /// The whole company.
        Internal = "internal",
        /// Customers and everybody else.
        Public = "public",
    }
}

vocabulary! {
    /// How bad it is; independent of the tier and free to change both ways. `sev1` is the worst.
    Severity ("severity") {
        /// Critical.
        Sev1 = "sev1",
        /// Major.
        Sev2 = "sev2",
        /// Moderate.
        Sev3 = "sev3",
        /// Minor.
        Sev4 = "sev4",
        /// Cosmetic or informational.
        Sev5 = "sev5",
    }
}

vocabulary! {
    /// Where the response stands.
    Phase ("phase") {
        /// Looking for the cause.
        Investigating = "investigating",
        /// The cause is known; a fix is being worked on.
        Identified = "identified",
        /// A fix is in place and being watched.
        Monitoring = "monitoring",
        /// Over.
        Resolved = "resolved",
    }
}

vocabulary! {
    /// How a component of the product fares, in Statuspage's words; later is worse.
    ComponentState ("component state") {
        /// Working.
        Operational = "operational",
        /// Being worked on as announced.
        Maintenance = "under_maintenance",
        /// Slow or flaky.
        Degraded = "degraded_performance",
        /// Broken for some.
        PartialOutage = "partial_outage",
        /// Broken for all.
        MajorOutage = "major_outage",
    }
}

vocabulary! {
    /// What kind of thing a link leads to.
    LinkKind ("link kind") {
        /// A chat channel.
        Channel = "channel",
        /// A call.
        Meeting = "meeting",
        /// A document.
        Document = "document",
        /// A ticket.
        Ticket = "ticket",
        /// A dashboard.
        Dashboard = "dashboard",
        /// A distributed trace.
        Trace = "trace",
        /// A playbook.
        Playbook = "playbook",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// What was changed in production.
    ChangeKind ("change kind") {
        /// A deployment.
        Deploy = "deploy",
        /// A change put up for review.
        PullRequest = "pull_request",
        /// A configuration change.
        Config = "config",
        /// A feature flag.
        FeatureFlag = "feature_flag",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// What a change has to do with the incident.
    ChangeRelation ("relation") {
        /// It may have caused it.
        Suspected = "suspected",
        /// It caused it.
        Cause = "cause",
        /// It was made to end it.
        Fix = "fix",
        /// It merely happened around then.
        Related = "related",
    }
}

vocabulary! {
    /// What an action is for.
    ActionKind ("action kind") {
        /// To find out.
        Investigation = "investigation",
        /// To make it better.
        Mitigation = "mitigation",
    }
}

vocabulary! {
    /// How a hypothesis ended.
    Verdict ("verdict") {
        /// It was so.
        Confirmed = "confirmed",
        /// It was not so.
        Refuted = "refuted",
        /// Nobody looked any further.
        Dropped = "dropped",
    }
}

vocabulary! {
    /// A section of a postmortem that people write: what happened, and the six retrospective questions.
    ReviewSection ("review section") {
        /// The account in prose.
        WhatHappened = "what_happened",
        /// What went well.
        WentWell = "went_well",
        /// What went badly.
        WentBadly = "went_badly",
        /// What could be improved.
        Improve = "improve",
        /// Where we got lucky.
        Lucky = "lucky",
        /// What we learned.
        Learned = "learned",
        /// How to keep it from happening again.
        Prevent = "prevent",
    }
}

vocabulary! {
    /// What an incident has to do with another, as seen from the one that tells it.
    Relation ("relation") {
        /// It is the same, told once more.
        DuplicateOf = "duplicate_of",
        /// The other tells the same once more.
        DuplicatedBy = "duplicated_by",
        /// One thing brought about both.
        SameCauseAs = "same_cause_as",
        /// The other brought it about, or what was done about the other.
        FollowsFrom = "follows_from",
        /// It brought about the other.
        LedTo = "led_to",
        /// It is a drill of what happened in the other.
        Rehearses = "rehearses",
        /// The other is a drill of it.
        RehearsedBy = "rehearsed_by",
    }
}

/// A role in the response. The three named ones and custom ones have one holder each and are handed
/// off; there may be many responders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Leads the response and decides.
    IncidentCommander,
    /// Tells the company (and the public) what is going on.
    CommunicationsLead,
    /// Keeps the analysis, and usually writes the review.
    IncidentAnalyst,
    /// Works on the problem.
    Responder,
    /// Any other: lower-case words joined by `_`.
    Custom(Box<str>),
}

impl Role {
    const WORDS: [&'static str; 4] =
        ["incident_commander", "communications_lead", "incident_analyst", "responder"];

    /// The word, as stored and typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::IncidentCommander => Self::WORDS[0],
            Self::CommunicationsLead => Self::WORDS[1],
            Self::IncidentAnalyst => Self::WORDS[2],
            Self::Responder => Self::WORDS[3],
            Self::Custom(word) => word,
        }
    }

    /// As people say it: `incident commander`.
    pub fn spoken(&self) -> String {
        self.as_str().trim_start_matches("custom:").replace('_', " ")
    }

    /// Whether several people may hold it at once.
    pub fn is_shared(&self) -> bool {
        *self == Self::Responder
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    /// Also reads `ic`, `commander`, `comms`, `analyst`; a custom role is written `custom:NAME`, so
    /// that a slip of the pen does not make up a role.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let word = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        Ok(match word.as_str() {
            "incident_commander" | "commander" | "ic" => Self::IncidentCommander,
            "communications_lead" | "internal_communications_lead" | "comms_lead" | "comms" => {
                Self::CommunicationsLead
            }
            "incident_analyst" | "analyst" => Self::IncidentAnalyst,
            "responder" => Self::Responder,
            other => {
                let custom = custom_word(other, &Self::WORDS).ok_or_else(|| {
                    let words = [Self::WORDS.as_slice(), &["custom:NAME"]].concat();
                    UnknownWord::new(text, "role", &words)
                })?;
                Self::Custom(custom)
            }
        })
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Role {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Role".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`incident_commander`, `communications_lead`, `incident_analyst`, `responder` or `custom:NAME`.",
            "examples": ["incident_commander", "custom:liaison"]
        })
    }
}

/// A word of somebody's own, written `custom:NAME`: lower-case words joined by `_`, none of those that are known.
pub(crate) fn custom_word(word: &str, known: &[&str]) -> Option<Box<str>> {
    let name = word.strip_prefix("custom:")?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = (1..=40).contains(&name.len()) && name.chars().all(fits) && !known.contains(&name);
    is_name.then(|| word.into())
}

/// The bytes that exactly so many hexadecimal digits write.
pub(crate) fn hexadecimal<const LEN: usize>(digits: &str) -> Option<[u8; LEN]> {
    if digits.len() != 2 * LEN || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; LEN];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// A SHA-256 digest, written `sha256:` and 64 hexadecimal digits (as OCI image digests are).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest that an approval names: of the line's exact bytes.
    pub fn of_line(line: &ShellLine) -> Self {
        Self::of(line.as_str().as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let bad = || UnknownWord::new(text, "digest", &["sha256: and 64 hexadecimal digits"]);
        text.strip_prefix("sha256:").and_then(hexadecimal).map(Self).ok_or_else(bad)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^sha256:[0-9a-fA-F]{64}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_rise_and_severities_worsen_in_order() {
        assert!(Tier::Engineering < Tier::Internal && Tier::Internal < Tier::Public);
        assert!(Severity::Sev1 < Severity::Sev5);
    }

    #[test]
    fn words_read_back_and_strangers_are_told_what_would_do() {
        for tier in Tier::ALL {
            assert_eq!(tier.as_str().parse::<Tier>().as_ref(), Ok(tier));
        }
        assert_eq!(
            "world".parse::<Tier>().unwrap_err().to_string(),
            "\"world\" is not a tier: expected engineering, internal, public"
        );
    }

    #[test]
    fn a_digest_is_hexadecimal_digits_and_nothing_else() {
        let digest = Digest::of(b"ls");
        assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        let signed = format!("sha256:{}", "+f".repeat(32));
        assert!(signed.parse::<Digest>().is_err());
    }

    #[test]
    fn roles_have_short_names_but_are_not_made_up() {
        assert_eq!("IC".parse::<Role>(), Ok(Role::IncidentCommander));
        assert_eq!("internal communications lead".parse::<Role>(), Ok(Role::CommunicationsLead));
        assert_eq!("custom:liaison".parse::<Role>().unwrap().as_str(), "custom:liaison");
        assert!("comander".parse::<Role>().is_err());
        assert!("custom:responder".parse::<Role>().is_err());
    }

    #[test]
    fn digests_read_back() {
        let digest = Digest::of(b"abc");
        let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse::<Digest>(), Ok(digest));
        assert!("sha256:zz".parse::<Digest>().is_err());
    }
}

//! Points in an incident's life that people set.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::values::{UnknownWord, custom_word};

/// A point in an incident's life that metrics are computed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// Users began to be hit.
    ImpactStarted,
    /// Somebody or something noticed.
    Detected,
    /// A responder took it on.
    Acknowledged,
    /// Work on a fix began.
    RepairStarted,
    /// A fix was in place.
    FixDeployed,
    /// Users were no longer hit.
    Mitigated,
    /// Over.
    Resolved,
    /// Any other: lower-case words joined by `_`, behind `custom:`.
    Custom(Box<str>),
}

impl Milestone {
    /// Every one that has a word of its own, in order.
    pub const ALL: &'static [Self] = &[
        Self::ImpactStarted,
        Self::Detected,
        Self::Acknowledged,
        Self::RepairStarted,
        Self::FixDeployed,
        Self::Mitigated,
        Self::Resolved,
    ];
    /// Those words.
    pub const WORDS: [&'static str; 7] = [
        "impact_started",
        "detected",
        "acknowledged",
        "repair_started",
        "fix_deployed",
        "mitigated",
        "resolved",
    ];

    /// The word, as stored and typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ImpactStarted => Self::WORDS[0],
            Self::Detected => Self::WORDS[1],
            Self::Acknowledged => Self::WORDS[2],
            Self::RepairStarted => Self::WORDS[3],
            Self::FixDeployed => Self::WORDS[4],
            Self::Mitigated => Self::WORDS[5],
            Self::Resolved => Self::WORDS[6],
            Self::Custom(word) => word,
        }
    }

    /// As people say it: `repair started`.
    pub fn spoken(&self) -> String {
        self.as_str().trim_start_matches("custom:").replace('_', " ")
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Milestone {
    type Err = UnknownWord;

    /// One of a record's own is written `custom:NAME`, so that a slip of the pen does not make one up.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let word = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        let known = Self::ALL.iter().find(|known| known.as_str() == word).cloned();
        known.or_else(|| custom_word(&word, &Self::WORDS).map(Self::Custom)).ok_or_else(|| {
            UnknownWord::new(text, "milestone", &[Self::WORDS.as_slice(), &["custom:NAME"]].concat())
        })
    }
}

impl serde::Serialize for Milestone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Milestone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Milestone {
    fn schema_name() -> Cow<'static, str> {
        "Milestone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A point in an incident's life that metrics are computed from: `impact_started`, `detected`, \
                `acknowledged`, `repair_started`, `fix_deployed`, `mitigated`, `resolved` or `custom:NAME`.",
            "examples": ["detected", "custom:data_restored"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reads_back_and_one_of_ones_own_is_marked() {
        for milestone in Milestone::ALL {
            assert_eq!(milestone.as_str().parse().as_ref(), Ok(milestone));
        }
        let own: Milestone = "custom:data-restored".parse().unwrap();
        assert_eq!((own.as_str(), &*own.spoken()), ("custom:data_restored", "data restored"));
        let error = "data_restored".parse::<Milestone>().unwrap_err().to_string();
        assert!(error.ends_with("mitigated, resolved, custom:NAME"), "{error}");
        assert!("custom:mitigated".parse::<Milestone>().is_err(), "it has a word of its own");
        assert!("custom:".parse::<Milestone>().is_err());
    }
}

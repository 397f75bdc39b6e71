//! Which metrics a postmortem tells, each between two points of an incident's life. The usual ones are there;
//! settings add others, give them other names, or tell others in their place.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use scribe_domain::milestone::Milestone;
use scribe_domain::names::Name;
use serde::{Deserialize, Serialize};

use crate::sentence::spoken;

/// A point at which a metric may begin or end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointName {
    /// One that people may set. Where nobody did, it may be known from other events.
    Milestone(Milestone),
    /// One that only other events tell.
    Told(Told),
}

macro_rules! told {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $noun:literal;)+) => {
        /// A point that only events other than milestones tell.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Told { $($(#[$doc])* $variant),+ }

        impl Told {
            /// Every one, in the order in which a well-behaved incident passes them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn noun(self) -> &'static str {
                match self { $(Self::$variant => $noun),+ }
            }
        }
    };
}

told! {
    /// The first alert fired.
    FirstAlert = "first_alert", "first alert";
    /// It was declared.
    Declared = "declared", "declaration";
    /// Somebody was paged first.
    FirstPage = "first_page", "first page";
    /// Somebody became incident commander first.
    CommandTaken = "command_taken", "taking of command";
    /// Its tier was raised first.
    Upgraded = "upgraded", "first upgrade";
    /// Any audience was told something first.
    FirstUpdate = "first_update", "first update";
    /// The company was told something first.
    FirstInternalUpdate = "first_internal_update", "first internal update";
    /// The public was told something first.
    FirstPublicUpdate = "first_public_update", "first public update";
    /// A cause was named first.
    CauseNamed = "cause_named", "naming of the cause";
    /// Its review was done.
    Closed = "closed", "closing";
    /// The review was shown first.
    ReviewPublished = "review_published", "publication of the review";
}

impl PointName {
    /// The words of all that have one of their own.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Milestone::WORDS.into_iter().chain(Told::ALL.iter().map(|told| told.as_str()))
    }

    /// The word, as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Milestone(milestone) => milestone.as_str(),
            Self::Told(told) => told.as_str(),
        }
    }

    /// The word as people say it: `repair started`.
    pub fn spoken(&self) -> String {
        match self {
            Self::Milestone(milestone) => milestone.spoken(),
            Self::Told(told) => spoken(told.as_str()),
        }
    }

    /// What happened there, as a thing: `detection`.
    pub fn noun(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Milestone(milestone) => match milestone {
                Milestone::ImpactStarted => "impact start",
                Milestone::Detected => "detection",
                Milestone::Acknowledged => "acknowledgement",
                Milestone::RepairStarted => "repair start",
                Milestone::FixDeployed => "fix deployment",
                Milestone::Mitigated => "mitigation",
                Milestone::Resolved => "resolution",
                Milestone::Custom(_) => return Cow::Owned(milestone.spoken()),
            },
            Self::Told(told) => told.noun(),
        })
    }
}

impl From<Milestone> for PointName {
    fn from(milestone: Milestone) -> Self {
        Self::Milestone(milestone)
    }
}

impl From<Told> for PointName {
    fn from(told: Told) -> Self {
        Self::Told(told)
    }
}

impl fmt::Display for PointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPoint(String);

impl fmt::Display for UnknownPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = PointName::words().collect();
        write!(
            f,
            "{:?} is not a point of an incident's life: expected {}, or custom:NAME for a milestone of your own",
            self.0,
            words.join(", ")
        )
    }
}

impl std::error::Error for UnknownPoint {}

impl FromStr for PointName {
    type Err = UnknownPoint;

    fn from_str(text: &str) -> Result<Self, UnknownPoint> {
        let word = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        if let Some(told) = Told::ALL.iter().find(|told| told.as_str() == word) {
            return Ok(Self::Told(*told));
        }
        let milestone = text.parse().map(Self::Milestone);
        milestone.map_err(|_| UnknownPoint(text.chars().take(80).collect()))
    }
}

impl Serialize for PointName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PointName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for PointName {
    fn schema_name() -> Cow<'static, str> {
        "PointName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<String> = Self::words().map(|word| format!("`{word}`")).collect();
        schemars::json_schema!({
            "type": "string",
            "description": format!("A point in an incident's life: {} or `custom:NAME`.", words.join(", ")),
            "examples": ["detected", "custom:data_restored"]
        })
    }
}

/// A metric: what lies between two points, and what that is called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MetricDefinition {
    /// What it is called.
    pub name: Name,
    /// From which point to which.
    pub between: [PointName; 2],
}

impl MetricDefinition {
    /// A metric between two points, named after these unless told otherwise.
    ///
    /// # Errors
    /// If the two are one.
    pub fn new(name: Option<Name>, from: PointName, to: PointName) -> Result<Self, MetricError> {
        if from == to {
            return Err(MetricError::OneEnd(from));
        }
        let between = [from, to];
        let name = match name {
            Some(name) => name,
            None => Self::after_its_ends(&between)?,
        };
        Ok(Self { name, between })
    }

    fn after_its_ends(between: &[PointName; 2]) -> Result<Name, MetricError> {
        let [from, to] = between.each_ref().map(PointName::noun);
        // Two words of at most forty letters always fit.
        Name::new(&format!("{from} to {to}")).map_err(|_| MetricError::NoName(between.clone()))
    }

    /// Whether it has another name than that of its two ends.
    pub fn has_own_name(name: &Name, between: &[PointName; 2]) -> bool {
        Self::after_its_ends(between).is_ok_and(|usual| usual != *name)
    }
}

/// Why metrics cannot be told so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// It begins where it ends.
    #[error("`from` and `to` are both {0}: expected two different points; change one of them")]
    OneEnd(PointName),
    /// Two have one name.
    #[error(
        "`name`: {0:?} is the name of two metrics, {1} to {2} and {3} to {4}: expected a name of its own for each; \
         rename one of them, or set `usual = false` if the usual ones should go"
    )]
    OneName(String, PointName, PointName, PointName, PointName),
    /// Two are between the same points.
    #[error(
        "`from` and `to`: two metrics are told from {0} to {1}: expected each once; leave one of them out"
    )]
    Twice(PointName, PointName),
    /// None is left.
    #[error(
        "`usual` is false and no metric is told in their place: expected at least one `[[metrics.between]]`; \
         add one, or leave `usual` out"
    )]
    None,
    /// It cannot be named after its ends.
    #[error("`name`: a metric from {a} to {b} needs a name; give it one", a = .0[0], b = .0[1])]
    NoName([PointName; 2]),
}

/// The metrics that are told, in order; no two have one name, or the same ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricDefinitions(Vec<MetricDefinition>);

impl Default for MetricDefinitions {
    /// The usual ones.
    fn default() -> Self {
        use Milestone::{Acknowledged, Detected, ImpactStarted, Mitigated, RepairStarted, Resolved};
        let usual: [[PointName; 2]; 10] = [
            [ImpactStarted.into(), Detected.into()],
            [ImpactStarted.into(), Mitigated.into()],
            [ImpactStarted.into(), Resolved.into()],
            [Detected.into(), Told::Declared.into()],
            [Detected.into(), RepairStarted.into()],
            [Detected.into(), Mitigated.into()],
            [Detected.into(), Resolved.into()],
            [Told::Declared.into(), Acknowledged.into()],
            [Told::Declared.into(), Mitigated.into()],
            [Told::Declared.into(), Resolved.into()],
        ];
        Self(usual.into_iter().filter_map(|[from, to]| MetricDefinition::new(None, from, to).ok()).collect())
    }
}

impl MetricDefinitions {
    /// These metrics, behind the usual ones or in their place. One between the ends of a usual one gives it another
    /// name.
    ///
    /// # Errors
    /// If two cannot be told apart, or none is left.
    pub fn of(usual: bool, told: Vec<MetricDefinition>) -> Result<Self, MetricError> {
        if !usual && told.is_empty() {
            return Err(MetricError::None);
        }
        for (place, one) in told.iter().enumerate() {
            if told[..place].iter().any(|other| other.between == one.between) {
                let [from, to] = one.between.clone();
                return Err(MetricError::Twice(from, to));
            }
        }
        let mut all = if usual { Self::default().0 } else { Vec::new() };
        for definition in told {
            match all.iter_mut().find(|known| known.between == definition.between) {
                Some(known) => *known = definition,
                None => all.push(definition),
            }
        }
        for (place, one) in all.iter().enumerate() {
            if let Some(other) = all[..place].iter().find(|other| other.name == one.name) {
                let ([a, b], [c, d]) = (other.between.clone(), one.between.clone());
                return Err(MetricError::OneName(one.name.to_string(), a, b, c, d));
            }
        }
        Ok(Self(all))
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &MetricDefinition> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, from: &str, to: &str) -> MetricDefinition {
        let name = Some(name).filter(|name| !name.is_empty()).map(|name| Name::new(name).unwrap());
        MetricDefinition::new(name, from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn names(metrics: &MetricDefinitions) -> Vec<&str> {
        metrics.iter().map(|metric| metric.name.as_str()).collect()
    }

    #[test]
    fn the_usual_ones_are_named_after_their_two_ends() {
        let usual = MetricDefinitions::default();
        assert_eq!(usual.iter().count(), 10, "none of them was left out");
        assert_eq!(names(&usual)[..2], ["impact start to detection", "impact start to mitigation"]);
    }

    #[test]
    fn settings_add_rename_and_replace() {
        let told = || {
            vec![
                metric("Time to repair", "detected", "mitigated"),
                metric("", "first page", "custom:data_restored"),
            ]
        };
        let added = MetricDefinitions::of(true, told()).unwrap();
        assert_eq!(names(&added).len(), 11);
        assert_eq!(names(&added)[5], "Time to repair", "in the place of what it renames");
        assert_eq!(names(&added)[10], "first page to data restored");
        let replaced = MetricDefinitions::of(false, told()).unwrap();
        assert_eq!(names(&replaced), ["Time to repair", "first page to data restored"]);
    }

    #[test]
    fn metrics_that_cannot_be_told_apart_are_none() {
        let usual_name = metric("Detection to Resolution", "first_alert", "closed");
        let error = MetricDefinitions::of(true, vec![usual_name.clone()]).unwrap_err();
        assert!(matches!(error, MetricError::OneName(..)), "{error}");
        assert!(MetricDefinitions::of(false, vec![usual_name]).is_ok());
        let twice = vec![metric("a", "declared", "closed"), metric("b", "declared", "closed")];
        assert!(matches!(MetricDefinitions::of(true, twice), Err(MetricError::Twice(..))));
        assert_eq!(MetricDefinitions::of(false, Vec::new()), Err(MetricError::None));
        let one = MetricDefinition::new(None, "closed".parse().unwrap(), "closed".parse().unwrap());
        assert!(matches!(one, Err(MetricError::OneEnd(_))));
        let there_and_back = vec![metric("", "closed", "declared"), metric("", "declared", "closed")];
        assert!(MetricDefinitions::of(true, there_and_back).is_ok());
    }

    #[test]
    fn every_point_reads_back_and_strangers_are_told_what_would_do() {
        for word in PointName::words() {
            assert_eq!(word.parse::<PointName>().unwrap().as_str(), word);
            assert_eq!(word.replace('_', " ").parse::<PointName>().unwrap().as_str(), word);
        }
        let error = "detectd".parse::<PointName>().unwrap_err().to_string();
        for part in ["\"detectd\"", "detected", "first_public_update", "custom:NAME"] {
            assert!(error.contains(part), "{part} is missing in {error}");
        }
    }
}

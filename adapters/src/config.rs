//! The settings file, `scribe.toml`: in the data folder, or wherever `--config` says.
//!
//! Everything in it is checked when it is read, so that a wrong zone or pattern is told at the start,
//! with file, line and field, and not in the middle of an incident. There is no need to have one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use regex::Regex;
use scribe_domain::actor::Person;
use scribe_domain::text::Label;
use scribe_domain::values::{Severity, Tier};
use scribe_projections::ledger::note::KeyName;
use serde::{Deserialize, Deserializer};

/// The file's name in the data folder.
pub const FILE: &str = "scribe.toml";

/// The settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The zone that times are shown in, and in which the day of a new incident is counted.
    #[serde(default, deserialize_with = "zone")]
    pub zone: Option<Tz>,
    /// Whose record this is; stands on its pages.
    #[serde(default)]
    pub organisation: Option<Label>,
    /// Who is called.
    #[serde(default)]
    pub on_call: OnCall,
    /// What must not be recorded of a run's output.
    #[serde(default)]
    pub mask: Mask,
    /// What alerts may do.
    #[serde(default)]
    pub alertmanager: Alertmanager,
    /// In whose name the record is signed.
    #[serde(default)]
    pub ledger: LedgerSettings,
}

/// In whose name the record is signed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSettings {
    /// The log's name in checkpoints, and its key's: best an address of your own, without `https://`. It is
    /// chosen before the first checkpoint and stays; drawn by lot if it isn't chosen.
    #[serde(default, deserialize_with = "origin")]
    pub origin: Option<KeyName>,
}

/// Who is called.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCall {
    /// Gets the page when an incident leaves engineering and nobody commands it.
    #[serde(default)]
    pub incident_commander: Option<Person>,
}

/// What must not be recorded of a run's output.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// What matches one of these is masked, besides what scribe masks by itself.
    #[serde(default, deserialize_with = "patterns")]
    pub patterns: Vec<Regex>,
}

/// What alerts may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alertmanager {
    /// The label by which an alert names the open incident that it belongs to.
    #[serde(default = "Alertmanager::default_incident_label")]
    pub incident_label: Box<str>,
    /// Which alerts declare an incident; the first that matches decides.
    #[serde(default, rename = "rule")]
    pub rules: Vec<AlertRule>,
}

impl Alertmanager {
    fn default_incident_label() -> Box<str> {
        "scribe_incident".into()
    }
}

impl Default for Alertmanager {
    fn default() -> Self {
        Self { incident_label: Self::default_incident_label(), rules: Vec::new() }
    }
}

/// Which alerts declare an incident, and what kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    /// The labels that an alert must have, each with exactly this value. At least one.
    #[serde(rename = "match", deserialize_with = "matchers")]
    pub matches: BTreeMap<String, String>,
    /// The incident's title; the alert's name unless told.
    #[serde(default)]
    pub title: Template,
    /// Whom the incident concerns.
    #[serde(default = "AlertRule::default_tier")]
    pub tier: Tier,
    /// How bad it is.
    #[serde(default = "AlertRule::default_severity")]
    pub severity: Severity,
}

impl AlertRule {
    fn default_tier() -> Tier {
        Tier::Engineering
    }
    fn default_severity() -> Severity {
        Severity::Sev3
    }
}

/// A title with places for an alert's labels and annotations: `{labels.alertname} on {labels.host}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Label(String),
    Annotation(String),
}

impl Default for Template {
    fn default() -> Self {
        Self(vec![Piece::Label("alertname".into())])
    }
}

impl Template {
    /// Reads a template; the error says which place is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let (words, tail) = rest.split_at(open);
            if !words.is_empty() {
                pieces.push(Piece::Words(words.into()));
            }
            let place = tail
                .strip_prefix('{')
                .and_then(|tail| tail.split_once('}'))
                .ok_or_else(|| format!("{tail:?}: a brace opens a place and another closes it"))?;
            pieces.push(match place.0.split_once('.') {
                Some(("labels", name)) if !name.is_empty() => Piece::Label(name.into()),
                Some(("annotations", name)) if !name.is_empty() => Piece::Annotation(name.into()),
                _ => {
                    return Err(format!(
                        "{{{}}} is not a place: write {{labels.NAME}} or {{annotations.NAME}}",
                        place.0
                    ));
                }
            });
            rest = place.1;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.into()));
        }
        if pieces.is_empty() { Err("a title must not be empty".into()) } else { Ok(Self(pieces)) }
    }

    /// The title for an alert; a label that it lacks leaves its place empty.
    pub fn fill(&self, labels: &BTreeMap<String, String>, annotations: &BTreeMap<String, String>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Label(name) => labels.get(name).cloned().unwrap_or_default(),
            Piece::Annotation(name) => annotations.get(name).cloned().unwrap_or_default(),
        };
        self.0.iter().map(piece).collect()
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What stands in it is not right; the message shows line and field.
    #[error("{}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
}

impl Config {
    /// Reads the settings for a data folder: from `explicit` if told, which must then exist, and
    /// otherwise from the folder's own file, if there is one.
    pub fn load(data: &Path, explicit: Option<&Path>) -> Result<Self, ConfigError> {
        let path = explicit.map_or_else(|| data.join(FILE), Path::to_path_buf);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::read(&text, &path),
            Err(error) if explicit.is_none() && is_absence(&error) => Ok(Self::default()),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    /// Reads settings from a text; `path` is only for the error message.
    pub fn read(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::Wrong {
            path: path.to_path_buf(),
            message: error.to_string().trim_end().to_owned(),
        })
    }
}

fn is_absence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<KeyName>, D::Error> {
    let name = String::deserialize(deserializer)?;
    KeyName::new(&name).map(Some).map_err(serde::de::Error::custom)
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Tz>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match Tz::from_str_insensitive(&name) {
        Ok(zone) => Ok(Some(zone)),
        Err(_) => Err(serde::de::Error::custom(fmt::from_fn(|f| {
            write!(f, "{name:?} is not a time zone: use a name from the tz database, such as Europe/Berlin")
        }))),
    }
}

fn patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Regex>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let compile = |text: String| {
        Regex::new(&text)
            .map_err(|error| serde::de::Error::custom(format!("{text:?} is not a pattern: {error}")))
    };
    texts.into_iter().map(compile).collect()
}

fn matchers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let matches = BTreeMap::deserialize(deserializer)?;
    if matches.is_empty() {
        // It would match every alert there is, which nobody means.
        return Err(serde::de::Error::custom("must name at least one label"));
    }
    Ok(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read(text, Path::new("scribe.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_that_may_stand_in_it() {
        let config = read(
            r#"
            zone = "America/New_York"
            organisation = "Example Ltd"
            [on_call]
            incident_commander = "Mona Reyes"
            [mask]
            patterns = ["AKIA[0-9A-Z]{16}"]
            [[alertmanager.rule]]
            match = { severity = "critical" }
            title = "{labels.alertname} on {labels.host}: {annotations.summary}"
            tier = "internal"
            severity = "sev2"
            "#,
        )
        .unwrap();
        assert_eq!(config.zone, Some(chrono_tz::America::New_York));
        assert_eq!(&*config.alertmanager.incident_label, "scribe_incident");
        let labels = BTreeMap::from([("alertname".to_owned(), "Disk full".to_owned())]);
        let rule = &config.alertmanager.rules[0];
        assert_eq!(rule.title.fill(&labels, &BTreeMap::new()), "Disk full on : ");
        assert_eq!((rule.tier, rule.severity), (Tier::Internal, Severity::Sev2));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_line_and_field() {
        for (text, parts) in [
            ("zon = \"UTC\"", ["scribe.toml", "line 1", "unknown field `zon`"]),
            ("zone = \"Mars\"", ["scribe.toml", "line 1", "\"Mars\" is not a time zone"]),
            ("\n[mask]\npatterns = [\"(\"]", ["line 3", "patterns", "\"(\" is not a pattern"]),
            ("[[alertmanager.rule]]\nmatch = {}\n", ["line 2", "match", "must name at least one label"]),
            (
                "[[alertmanager.rule]]\nmatch = {a=\"b\"}\ntitle = \"{alertname}\"",
                ["line 3", "title", "{alertname} is not a place"],
            ),
            ("[ledger]\norigin = \"a b\"", ["line 2", "origin", "white space"]),
            ("zone = ", ["scribe.toml", "line 1", "TOML parse error"]),
        ] {
            let error = read(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{part:?} is missing in: {error}");
            }
        }
    }

    #[test]
    fn no_file_is_no_settings_unless_one_was_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Config::load(folder.path(), None).unwrap().zone.is_none());
        assert!(Config::load(folder.path(), Some(&folder.path().join("other.toml"))).is_err());
    }
}

//! The settings file, `scribe.toml`: in the data folder, or wherever `--config` says.
//!
//! Everything in it is checked when it is read, so that a wrong zone or pattern is told at the start,
//! with file, line and field, and not in the middle of an incident. There is no need to have one.

/// How people sign in.
mod sign_in;
/// How the clocks of machines are held against each other.
mod clock;
/// Lengths of time.
mod span;
/// Who stamps the record.
mod time_stamps;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;
use regex::Regex;
use scribe_domain::actor::Person;
use scribe_domain::names::Name;
use scribe_domain::text::Label;
use scribe_projections::ledger::note::{KeyName, VerifierKey};
use scribe_projections::postmortem::metrics::{MetricDefinition, MetricDefinitions, MetricError, PointName};
use serde::{Deserialize, Deserializer};

use crate::inbound::{VENDORS, vendor};

pub use clock::ClockSettings;
pub use sign_in::{ProviderSettings, ProxySettings, SignInSettings};
pub use time_stamps::TimeStampSettings;

/// The file's name in the data folder.
pub const FILE: &str = "scribe.toml";

/// The sections and settings at the top of the file, besides the vendors' sections. One that does not stand here
/// is refused.
const TOP: [&str; 10] = [
    "zone",
    "organisation",
    "on_call",
    "mask",
    "ledger",
    "metrics",
    "listen",
    "sign_in",
    "clock",
    "time_stamps",
];

/// The settings.
#[derive(Debug, Clone, Default, Deserialize)]
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
    /// What other tools may do, a section each.
    #[serde(skip)]
    pub inbound: vendor::Settings,
    /// In whose name the record is signed.
    #[serde(default)]
    pub ledger: LedgerSettings,
    /// Which metrics postmortems tell.
    #[serde(default, deserialize_with = "metrics")]
    pub metrics: MetricDefinitions,
    /// The file as it was read; empty where there is none.
    #[serde(skip)]
    pub text: Arc<str>,
    /// How a server is reached.
    #[serde(default)]
    pub listen: ListenSettings,
    /// How people sign in to the pages.
    #[serde(default)]
    pub sign_in: SignInSettings,
    /// How far clocks may differ.
    #[serde(default)]
    pub clock: ClockSettings,
    /// Which authority stamps the record, and how often.
    #[serde(default)]
    pub time_stamps: TimeStampSettings,
}

/// How a server is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenSettings {
    /// The file of its certificate for TLS.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The file of that certificate's key.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// Whether a proxy secures connections and hands them on.
    #[serde(default)]
    pub behind_proxy: bool,
    /// Under which names it is asked, besides this machine's own.
    #[serde(default)]
    pub hosts: Vec<HostName>,
    /// How many requests a second one address may send in the long run.
    #[serde(default)]
    pub requests_per_second: Option<NonZeroU32>,
}

/// A name under which a server is asked, without scheme and port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostName(String);

impl HostName {
    /// Whether somebody who asks under this name means it.
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name.strip_suffix('.').unwrap_or(name))
    }
}

impl FromStr for HostName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.parse::<IpAddr>().is_ok() || (!name.is_empty() && name.chars().all(is_name)) {
            return Ok(Self(name.trim_end_matches('.').to_owned()));
        }
        Err(format!("{name:?} is not a host's name: write it bare, such as scribe.example.com"))
    }
}

impl TryFrom<String> for HostName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

/// In whose name the record is signed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSettings {
    /// The log's name in checkpoints, and its key's: best an address of your own, without `https://`. It is
    /// chosen before the first checkpoint and stays; drawn by lot if it isn't chosen.
    #[serde(default, deserialize_with = "origin")]
    pub origin: Option<KeyName>,
    /// Public keys of other records' signers, as `scribe audit key` prints them: an export that one of them has
    /// signed may continue this record.
    #[serde(default, deserialize_with = "keys")]
    pub known: Vec<VerifierKey>,
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

/// Which metrics postmortems tell, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricSettings {
    /// Whether the usual ones are told too.
    #[serde(default = "yes")]
    usual: bool,
    #[serde(default)]
    between: Vec<Between>,
}

/// A metric between two points, as it is written.
#[derive(Deserialize)]
#[serde(try_from = "TwoEnds")]
struct Between(MetricDefinition);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoEnds {
    #[serde(default, deserialize_with = "metric_name")]
    name: Option<Name>,
    from: PointName,
    to: PointName,
}

impl TryFrom<TwoEnds> for Between {
    type Error = MetricError;

    fn try_from(TwoEnds { name, from, to }: TwoEnds) -> Result<Self, MetricError> {
        MetricDefinition::new(name, from, to).map(Self)
    }
}

fn metric_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
    let name = String::deserialize(deserializer)?;
    Name::new(&name).map(Some).map_err(|error| {
        let what = "write a name, or leave `name` out: then the metric is named after its two ends";
        serde::de::Error::custom(format!("`name` of a metric {error}: {what}"))
    })
}

fn yes() -> bool {
    true
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
            Ok(text) => Ok(Self::read(&text, &path)?.beside(&path)),
            Err(error) if explicit.is_none() && is_absence(&error) => Ok(Self::default()),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    /// The same with the files that it names: a relative one lies beside the settings, from wherever the program is run.
    fn beside(mut self, path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        let ListenSettings { certificate, key, .. } = &mut self.listen;
        let provider =
            self.sign_in.oidc.as_mut().map(|provider| [&mut provider.client_secret_file, &mut provider.ca]);
        let of_provider = provider.into_iter().flatten();
        let of_authority = &mut self.time_stamps.ca;
        for file in [certificate, key, of_authority].into_iter().chain(of_provider).flatten() {
            *file = folder.join(&*file);
        }
        self
    }

    /// Reads settings from a text; `path` is only for the error message.
    pub fn read(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let read = || {
            let _: BTreeMap<TopName, toml::Value> = toml::from_str(text)?;
            // A vendor's section is read by the vendor.
            Ok(Self {
                inbound: vendor::Settings::read(text, VENDORS)?,
                text: text.into(),
                ..toml::from_str(text)?
            })
        };
        read().map_err(|error: toml::de::Error| ConfigError::Wrong {
            path: path.to_path_buf(),
            message: error.to_string().trim_end().to_owned(),
        })
    }
}

/// A name at the top of the file: one of [`TOP`], or a vendor's.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct TopName(String);

impl<'de> Deserialize<'de> for TopName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = || TOP.into_iter().chain(VENDORS.iter().map(|vendor| vendor.name));
        if known().any(|known| known == name) {
            return Ok(Self(name));
        }
        let known: Vec<String> = known().map(|known| format!("`{known}`")).collect();
        let message = format!("unknown field `{name}`, expected one of {}", known.join(", "));
        Err(serde::de::Error::custom(message))
    }
}

fn is_absence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn metrics<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MetricDefinitions, D::Error> {
    let MetricSettings { usual, between } = MetricSettings::deserialize(deserializer)?;
    let told = between.into_iter().map(|Between(definition)| definition).collect();
    MetricDefinitions::of(usual, told).map_err(serde::de::Error::custom)
}

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<VerifierKey>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
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

#[cfg(test)]
mod tests {
    use scribe_domain::values::{Severity, Tier};

    use super::*;
    use crate::inbound::alertmanager::Alertmanager;

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
        let alertmanager = config.inbound.of::<Alertmanager>().unwrap();
        assert_eq!(&*alertmanager.incident_label, "scribe_incident");
        let labels = BTreeMap::from([("alertname".to_owned(), "Disk full".to_owned())]);
        let rule = &alertmanager.rules[0];
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
            (
                "[metrics]\nusual = true\n[[metrics.between]]\nfrom = \"detectd\"\nto = \"closed\"",
                [
                    "line 4",
                    "from",
                    "\"detectd\" is not a point of an incident's life: expected impact_started,",
                ],
            ),
            (
                "[[metrics.between]]\nfrom = \"detected\"\nto = \"Detected\"",
                ["line 1", "`from` and `to` are both detected", "change one of them"],
            ),
            (
                "[[metrics.between]]\nname = \" \"\nfrom = \"detected\"\nto = \"closed\"",
                ["line 2", "`name` of a metric must not be empty", "or leave `name` out"],
            ),
            (
                "[[metrics.between]]\nname = \"X\"\nfrom = \"declared\"\nto = \"closed\"\n\
                 [[metrics.between]]\nname = \"x\"\nfrom = \"detected\"\nto = \"closed\"",
                ["`name`: \"x\" is the name of two metrics", "declared to closed", "rename one of them"],
            ),
            ("[metrics]\nusual = false", ["metrics", "`usual` is false", "add one"]),
            ("zone = ", ["scribe.toml", "line 1", "TOML parse error"]),
        ] {
            let error = read(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{part:?} is missing in: {error}");
            }
        }
    }

    #[test]
    fn a_file_that_the_settings_name_lies_beside_them_unless_it_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.toml");
        let text = r#"
            [listen]
            certificate = "tls/cert.pem"
            key = "/etc/scribe/key.pem"
            [sign_in.oidc]
            issuer = "https://idp.example.com"
            client_id = "scribe"
            client_secret_file = "oidc.secret"
        "#;
        std::fs::write(&path, text).unwrap();
        let Config { listen, sign_in, .. } = Config::load(Path::new("/nowhere"), Some(&path)).unwrap();
        let secret = sign_in.oidc.unwrap().client_secret_file;
        assert_eq!(secret, Some(folder.path().join("oidc.secret")));
        assert_eq!(listen.certificate, Some(folder.path().join("tls/cert.pem")));
        assert_eq!(listen.key, Some("/etc/scribe/key.pem".into()));
    }

    #[test]
    fn no_file_is_no_settings_unless_one_was_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Config::load(folder.path(), None).unwrap().zone.is_none());
        assert!(Config::load(folder.path(), Some(&folder.path().join("other.toml"))).is_err());
    }
}

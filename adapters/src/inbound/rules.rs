//! Which alerts declare incidents: rules that match an alert's labels, and titles made from them.

use std::collections::BTreeMap;

use scribe_domain::command::Declare;
use scribe_domain::text::{Label, Text, Title};
use scribe_domain::values::{Severity, Tier};
use serde::{Deserialize, Deserializer};

use super::fitting::{fitting, label};
use super::sighting::Declaration;

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

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// The alert's labels.
    pub labels: &'a BTreeMap<String, String>,
    /// What its title may take besides.
    pub annotations: &'a BTreeMap<String, String>,
    /// The title if the rule gives none that reads.
    pub name: &'a Label,
    /// What the alert says.
    pub summary: Option<&'a Text>,
}

/// What the first rule that matches declares, in a vendor's name.
pub fn declared(rules: &[AlertRule], vendor: &str, alert: Labelled<'_>) -> Option<Declaration> {
    let rule = rules.iter().find(|rule| rule.fits(alert.labels))?;
    Some(Declaration { rule: rule.key(vendor), incident: Box::new(rule.declare(vendor, alert)) })
}

impl AlertRule {
    fn default_tier() -> Tier {
        Tier::Engineering
    }
    fn default_severity() -> Severity {
        Severity::Sev3
    }

    fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.matches.iter().all(|(name, value)| labels.get(name) == Some(value))
    }

    /// What a rule is known by, also after a restart: what it matches.
    fn key(&self, vendor: &str) -> Label {
        let matches: Vec<String> =
            self.matches.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let key = format!("{vendor} rule {}", matches.join(", "));
        // A key that is cut could stand for two rules only if they agree in their first five hundred
        // characters; they would then share their incidents, and lose no alert.
        label(&key, "the rule", &mut Vec::new())
            .unwrap_or_else(|| Label::new("rule").expect("a plain word is a label"))
    }

    fn declare(&self, vendor: &str, alert: Labelled<'_>) -> Declare {
        let filled = self.title.fill(alert.labels, alert.annotations);
        let title = [filled.trim(), alert.name.as_str()]
            .into_iter()
            .find_map(|text| {
                Title::new(fitting(text, Title::LIMIT, false, "the title", &mut Vec::new())?).ok()
            })
            .unwrap_or_else(|| Title::new("Alert").expect("a plain word is a title"));
        Declare {
            title,
            tier: self.tier,
            severity: self.severity,
            summary: alert.summary.cloned(),
            detected_by: label(vendor, "", &mut Vec::new()),
            private_to: Vec::new(),
            drill: false,
        }
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

fn matchers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let matches = BTreeMap::deserialize(deserializer)?;
    if matches.is_empty() {
        // It would match every alert there is, which nobody means.
        return Err(serde::de::Error::custom("must name at least one label"));
    }
    Ok(matches)
}

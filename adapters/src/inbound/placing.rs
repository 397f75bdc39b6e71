//! Where an alert goes.

use std::collections::BTreeMap;

use scribe_domain::command::Declare;
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, Title};

use super::known::{CaseAlerts, KnownAlerts, State};
use super::payload::{Alert, Status};
use super::sighting::{SOURCE, Sighting, fitting, label};
use crate::config::{AlertRule, Alertmanager};

/// How many merges are followed from one incident to the next.
const HOPS: usize = 8;

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Into this incident.
    Join(IncidentId),
    /// Into a new one.
    Declare {
        /// The rule that says so.
        rule: Label,
        /// The incident to declare.
        incident: Box<Declare>,
    },
    /// Nowhere, for this reason.
    Ignore(String),
}

/// Where an alert goes, by the settings and by what is known of earlier ones.
pub fn place(alert: &Alert, sighting: &Sighting, settings: &Alertmanager, known: &KnownAlerts) -> Place {
    if let Some(same) = same_firing(sighting, known) {
        return Place::Join(same);
    }
    let mut why = None;
    if let Some(told) = alert.labels.get(&*settings.incident_label).filter(|told| !told.is_empty()) {
        match named(told, known) {
            Ok(incident) => return Place::Join(incident),
            Err(reason) => why = Some(format!("label {}: {reason}", settings.incident_label)),
        }
    }
    let fired_in = |case: &CaseAlerts| case.firings.contains_key(&sighting.fingerprint);
    if let Some(incident) = latest_open(known, fired_in) {
        return Place::Join(incident);
    }
    let rule = settings.rules.iter().find(|rule| matches(rule, &alert.labels));
    // Only what fires joins by its rule: the end of something that no incident holds belongs to none.
    if let Some(rule) = rule.filter(|_| sighting.status == Status::Firing) {
        let key = rule_key(rule);
        if let Some(incident) = latest_open(known, |case| case.rule.as_ref() == Some(&key)) {
            return Place::Join(incident);
        }
        return Place::Declare { rule: key, incident: Box::new(declaration(rule, alert, sighting)) };
    }
    Place::Ignore(why.unwrap_or_else(|| {
        match sighting.status {
            Status::Resolved => "it is over, and no incident holds it",
            Status::Firing => "no rule declares an incident for it, and no open incident holds it",
        }
        .into()
    }))
}

/// What a rule is known by, also after a restart: what it matches.
fn rule_key(rule: &AlertRule) -> Label {
    let matches: Vec<String> = rule.matches.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = format!("{SOURCE} rule {}", matches.join(", "));
    // A key that is cut could stand for two rules only if they agree in their first five hundred
    // characters; they would then share their incidents, and lose no alert.
    label(&key, "the rule", &mut Vec::new())
        .unwrap_or_else(|| Label::new(SOURCE).expect("a plain word is a label"))
}

fn matches(rule: &AlertRule, labels: &BTreeMap<String, String>) -> bool {
    rule.matches.iter().all(|(name, value)| labels.get(name) == Some(value))
}

fn same_firing(sighting: &Sighting, known: &KnownAlerts) -> Option<IncidentId> {
    let holds = |case: &CaseAlerts| {
        case.firings.get(&sighting.fingerprint).is_some_and(|firings| firings.contains(&sighting.started))
    };
    known
        .iter()
        .filter(|(_, case)| holds(case))
        .max_by_key(|(_, case)| case.declared)
        .map(|(id, _)| id.clone())
}

fn named(told: &str, known: &KnownAlerts) -> Result<IncidentId, String> {
    let id: IncidentId = told.parse().map_err(|error| format!("{error}"))?;
    match known.get(&id) {
        None => Err(format!("there is no incident {id}")),
        Some(_) => going_on(&id, known).ok_or_else(|| format!("{id} is over")),
    }
}

fn latest_open(known: &KnownAlerts, fits: impl Fn(&CaseAlerts) -> bool) -> Option<IncidentId> {
    let mut fitting: Vec<(&IncidentId, &CaseAlerts)> = known.iter().filter(|(_, case)| fits(case)).collect();
    fitting.sort_by_key(|(_, case)| std::cmp::Reverse(case.declared));
    fitting.into_iter().find_map(|(id, _)| going_on(id, known))
}

/// The incident itself if it goes on, or the one that it goes on in.
fn going_on(id: &IncidentId, known: &KnownAlerts) -> Option<IncidentId> {
    let mut id = id;
    for _ in 0..HOPS {
        match &known.get(id)?.state {
            State::Open => return Some(id.clone()),
            State::Over => return None,
            State::MergedInto(next) => id = next,
        }
    }
    None
}

fn declaration(rule: &AlertRule, alert: &Alert, sighting: &Sighting) -> Declare {
    let filled = rule.title.fill(&alert.labels, &alert.annotations);
    let title = [filled.trim(), sighting.name.as_str()]
        .into_iter()
        .find_map(|text| Title::new(fitting(text, Title::LIMIT, false, "the title", &mut Vec::new())?).ok())
        .unwrap_or_else(|| Title::new("Alert").expect("a plain word is a title"));
    Declare {
        title,
        tier: rule.tier,
        severity: rule.severity,
        summary: sighting.summary.clone(),
        detected_by: label(SOURCE, "", &mut Vec::new()),
        drill: false,
    }
}

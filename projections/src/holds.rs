//! Is the hat taken? CI asks before it deploys.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::actor::Who;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life::{self, Situation};
use scribe_domain::names::Name;
use scribe_domain::text::Text;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::document::time::date_time_of;
use crate::document::{Block, Document, Span, Style, Tone, View, dim, plain, strong};
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::{IncidentFold, PerIncident};
use crate::runner::spoken::{self, warning};
use crate::sentence::name;

/// Every deploy hold of the record.
pub type Holds = PerIncident<CaseHolds>;

/// The scope that covers every other.
pub const ALL: &str = "all";

/// One incident's deploy holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaseHolds {
    /// Those taken and not released, by scope.
    pub taken: BTreeMap<Name, Box<Hold>>,
    situation: Situation,
    /// Whether the incident is an exercise: then nothing is held in earnest.
    drill: bool,
}

/// A deploy hold that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Hold {
    /// What is held: a service, a pipeline, or `all`.
    pub scope: Name,
    /// Who holds it.
    pub by: Who,
    /// Why.
    pub why: Option<Text>,
    /// When it was taken, and which event says so.
    pub taken: Attribution,
}

/// The answer to "may I deploy?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HoldCheck {
    /// What was asked about; everything, unless told.
    pub scope: Option<Name>,
    /// Whether some hold covers it: then don't deploy.
    pub taken: bool,
    /// The holds that cover it, the oldest first.
    pub holds: Vec<HoldNow>,
    /// The moment that ages are counted to.
    pub asked_at: DateTime<Utc>,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HoldNow {
    /// The incident that it was taken for.
    pub incident: IncidentId,
    /// The hold.
    #[serde(flatten)]
    pub hold: Hold,
    /// Whether that incident is over, so that the hold was probably forgotten. It still counts: only a
    /// release ends a hold.
    pub incident_over: bool,
    /// Whether that incident is an exercise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

impl IncidentFold for CaseHolds {
    const NAME: &'static str = "holds";
    const VERSION: u32 = 5;

    fn wants(event: &E) -> bool {
        life::is_turn(event)
            || matches!(event, E::Declared(_) | E::DeployHoldTaken(_) | E::DeployHoldReleased(_))
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        match &*entry.event {
            _ if entry.is_retracted() => {}
            E::DeployHoldTaken(e) => {
                let hold = Hold {
                    scope: e.scope.clone(),
                    by: e.by.clone(),
                    why: e.why.clone().filter(|_| !entry.is_redacted()),
                    taken: Attribution::of(entry),
                };
                self.taken.insert(e.scope.clone(), Box::new(hold));
            }
            E::DeployHoldReleased(e) => {
                self.taken.remove(&e.scope);
            }
            E::Declared(e) => self.drill = e.drill,
            event => self.situation.follow(event),
        }
    }
}

impl CaseHolds {
    /// Whether the incident is over.
    pub fn is_over(&self) -> bool {
        !self.situation.is_open()
    }
}

impl Holds {
    /// Whether deploys of `scope` are held, by whom and why. Without a scope, or with `all`, any hold
    /// counts; a hold of `all` covers every scope. What an exercise holds counts only if `drills` are asked for.
    pub fn check(&self, scope: Option<&Name>, drills: bool, asked_at: DateTime<Utc>) -> HoldCheck {
        let covers = |held: &Name| scope.is_none_or(|asked| asked.is(ALL) || held.is(ALL) || held == asked);
        let mut holds: Vec<HoldNow> = self
            .iter()
            .filter(|(_, case)| drills || !case.drill)
            .flat_map(|(incident, case)| case.taken.values().map(move |hold| (incident, case, hold)))
            .filter(|(_, _, hold)| covers(&hold.scope))
            .map(|(incident, case, hold)| HoldNow {
                incident: incident.clone(),
                hold: Hold::clone(hold),
                incident_over: case.is_over(),
                drill: case.drill,
            })
            .collect();
        holds.sort_by_key(|now| now.hold.taken.moment());
        HoldCheck { scope: scope.cloned(), taken: !holds.is_empty(), holds, asked_at }
    }
}

impl View for HoldCheck {
    fn document(&self, style: &Style) -> Document {
        let what = match &self.scope {
            Some(scope) => format!("Deploys of {scope}"),
            None => "Deploys".to_owned(),
        };
        if !self.taken {
            let free = Span::Tone(Tone::Good, "No deploy hold is taken.".to_owned());
            return Document {
                title: format!("{what} may go on"),
                blocks: vec![Block::Paragraph(vec![free]), spoken::as_of(self.asked_at, style)],
            };
        }
        let rows = self.holds.iter().map(|now| now.row(self.asked_at, style)).collect();
        let header = ["Scope", "Since", "Held by"].map(str::to_owned).to_vec();
        Document {
            title: format!("{what} are held"),
            blocks: vec![Block::Table { header, rows }, spoken::as_of(self.asked_at, style)],
        }
    }
}

impl HoldNow {
    fn row(&self, asked_at: DateTime<Utc>, style: &Style) -> Vec<Vec<Span>> {
        let hold = &self.hold;
        let mut by = vec![strong(name(&hold.by))];
        if let Some(why) = &hold.why {
            by.push(plain(format!(": {why}")));
        }
        by.extend([plain("\n"), dim(&self.incident)]);
        if self.drill {
            by.extend([plain(" "), warning("(drill)")]);
        }
        if self.incident_over {
            by.extend([plain("\n"), warning("the incident is over; still held until released")]);
        }
        let since = date_time_of(hold.taken.occurred, style);
        vec![
            vec![plain(&hold.scope)],
            vec![plain(since), plain("\n"), dim(spoken::ago(hold.taken.moment(), asked_at))],
            by,
        ]
    }
}

#[cfg(test)]
mod tests {
    use scribe_domain::event::life::Resolved;
    use scribe_domain::event::work::{DeployHoldReleased, DeployHoldTaken};

    use super::*;
    use crate::question::AsOf;
    use crate::runner::{fold, fold_as_of};
    use crate::testing::sample::{IMPORTS, MAIL};
    use crate::testing::{History, label, moment, text};

    fn taken(scope: &str, by: &str) -> DeployHoldTaken {
        DeployHoldTaken {
            scope: label(scope).into(),
            by: by.parse().unwrap(),
            why: Some(text("deploys made it worse")),
        }
    }

    fn released(scope: &str, by: &str) -> DeployHoldReleased {
        DeployHoldReleased { scope: label(scope).into(), by: by.parse().unwrap(), why: None }
    }

    /// Whether a deploy of this is held.
    fn held(holds: &Holds, scope: Option<&str>) -> bool {
        holds.check(scope.map(|scope| label(scope).into()).as_ref(), false, moment("2023-01-04T20:00Z")).taken
    }

    #[test]
    fn a_hold_covers_its_scope_and_a_hold_of_all_covers_everything() {
        let one = History::declared("a").event(taken("imports", "Brandon Novick"));
        let holds: Holds = fold(&one.events);
        assert!(held(&holds, Some("imports")));
        assert!(!held(&holds, Some("mail")));
        assert!(held(&holds, None) && held(&holds, Some("all")), "asking for everything finds any hold");

        let all = one.incident(MAIL).event(taken("all", "Ada King"));
        let holds: Holds = fold(&all.events);
        assert!(held(&holds, Some("mail")));
        assert_eq!(
            holds.check(Some(&label("imports").into()), false, moment("2023-01-04T20:00Z")).holds.len(),
            2
        );
        assert!(
            held(&holds, Some("Imports ")) && held(&holds, Some("IM\u{200b}PORTS")),
            "one name, however written"
        );
    }

    #[test]
    fn an_exercise_holds_nothing_unless_it_is_asked_about() {
        let drill = crate::testing::History::new().event(scribe_domain::event::life::Declared {
            drill: true,
            ..crate::testing::declared("Fire drill")
        });
        let holds: Holds = fold(&drill.event(taken("all", "Ada King")).events);
        let at = moment("2023-01-04T20:00Z");
        assert!(!holds.check(None, false, at).taken);
        let asked = holds.check(None, true, at);
        assert!(asked.taken && asked.holds[0].drill);
        assert!(asked.document(&Style::default()).text(&Style::default()).contains("(drill)"));
    }

    #[test]
    fn only_a_release_ends_a_hold_and_a_forgotten_one_is_marked() {
        let history = History::declared("a")
            .incident(IMPORTS)
            .at("2023-01-04T18:24Z")
            .event(taken("all", "Brandon Novick"))
            .at("2023-01-04T19:00Z")
            .event(Resolved { summary: None });
        let check = fold::<Holds>(&history.events).check(None, false, moment("2023-01-04T20:00Z"));
        assert!(check.taken && check.holds[0].incident_over);
        assert_eq!(
            check.document(&Style::default()).text(&Style::default()),
            "\
Deploys are held
════════════════
Scope  Since             Held by
all    2023-01-04 18:24  Brandon Novick: deploys made it worse
       1 h 36 min ago    20230104-list-import-problems
                         the incident is over; still held until released

As of 2023-01-04 20:00; times in UTC.
"
        );

        let history = history.at("2023-01-04T20:10Z").event(released("all", "Ada King"));
        let holds: Holds = fold(&history.events);
        assert!(!held(&holds, None));
        let before = AsOf { recorded_by: Some(moment("2023-01-04T20:00Z")), occurred_by: None };
        assert!(held(&fold_as_of(&history.events, &before), None), "but at the time it was held");
    }
}

//! Anything that anybody might ask or tell, for laws that must hold whatever comes.
//!
//! A [`Seed`](crate::arbitrary::Seed) is a handful of small numbers. What it means depends on the history it meets: targets are
//! events that are there (mostly), digests are those of lines that were proposed (mostly), and people
//! are few, so that they meet themselves often.

#![expect(clippy::missing_panics_doc, reason = "a made-up thing that cannot be made is a fault of this file")]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scribe_domain::actor::Actor;
use scribe_domain::command::Command;
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::{Digest, Milestone, Phase, ReviewSection, Role, Severity, Tier};
use scribe_domain::when::{Precision, When};
use serde_json::{Value, json};
use uuid::Uuid;

/// What somebody asks or tells, before it meets a history.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Which command or kind of event.
    pub what: usize,
    /// Who.
    pub who: usize,
    /// Which number, tier, phase …
    pub choice: usize,
    /// Which event of the history.
    pub place: usize,
    /// Whether optional fields are told.
    pub full: bool,
    /// Minutes since the first.
    pub minute: i64,
    /// Some words.
    pub words: String,
}

/// Any seed.
pub fn seed() -> impl Strategy<Value = Seed> {
    let words = prop_oneof![Just("imports fail".to_owned()), words()];
    (0..1_000_usize, 0..6_usize, 0..5_usize, 0..40_usize, any::<bool>(), 0..10_000_i64, words).prop_map(
        |(what, who, choice, place, full, minute, words)| Seed {
            what,
            who,
            choice,
            place,
            full,
            minute,
            words,
        },
    )
}

/// Any prose that may be recorded.
pub fn words() -> impl Strategy<Value = String> {
    any::<String>()
        .prop_filter("may be recorded", |words| words.len() < 400 && Text::new(words.as_str()).is_ok())
}

/// Any time that may be told.
pub fn when() -> impl Strategy<Value = When> {
    let moment = (0..7_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_filter_map("in range", |(seconds, nanos)| DateTime::<Utc>::from_timestamp(seconds, nanos));
    let to_the_minute = (0..110_000_000_i64)
        .prop_filter_map("in range", |minutes| DateTime::<Utc>::from_timestamp(minutes * 60, 0));
    prop_oneof![
        Just(When::Unknown),
        moment.prop_map(|at| When::At(at, Precision::Second)),
        to_the_minute.clone().prop_map(|at| When::At(at, Precision::Minute)),
        to_the_minute.prop_map(|at| When::At(at, Precision::About)),
    ]
}

const PEOPLE: [&str; 5] = ["Ada", "Bob Long", "bob long", "Cleo", "Jos\u{e9}"];
const LINES: [&str; 3] = ["uptime", "kubectl rollout undo deploy/importer", "psql -c 'select 1'"];

impl Seed {
    /// A command for an incident with this history.
    pub fn command(&self, history: &[Recorded]) -> Command {
        let name = Command::NAMES[self.what % Command::NAMES.len()];
        let fields = self.command_fields(name, history);
        let read = Command::read(name, fields.clone());
        read.unwrap_or_else(|| panic!("no command {name}"))
            .unwrap_or_else(|error| panic!("{name} {fields}: {error}"))
    }

    /// An event for an incident with this history, whether or not it could have come about.
    pub fn event(&self, history: &[Recorded]) -> IncidentEvent {
        let kind = IncidentEvent::KINDS[self.what % IncidentEvent::KINDS.len()];
        let fields = self.event_fields(kind, history);
        let read = IncidentEvent::from_told(kind, fields.clone());
        read.unwrap_or_else(|| panic!("no kind {kind}"))
            .unwrap_or_else(|error| panic!("{kind} {fields}: {error}"))
    }

    /// The same, but about the command or kind of event with this number; both begin with declaring.
    #[must_use]
    pub fn told_as(&self, what: usize) -> Self {
        Self { what, ..self.clone() }
    }

    /// The actor who asks or tells.
    pub fn actor(&self) -> Actor {
        let who = match self.who {
            5 => "integration:slack".to_owned(),
            who => PEOPLE[who].to_owned(),
        };
        Actor {
            who: who.parse().expect("a name of the list is one"),
            via: Label::new("test").expect("a word is a label"),
            on_behalf_of: self.full.then(|| self.person().parse().expect("a name of the list is one")),
        }
    }

    /// When it happened.
    pub fn occurred(&self) -> When {
        if self.minute % 7 == 0 { When::Unknown } else { When::At(self.moment(), Precision::Minute) }
    }

    /// The request, with this number.
    pub fn cause(&self, number: u128) -> Cause {
        Cause {
            command_id: CommandId(Uuid::from_u128(number)),
            actor: self.actor(),
            occurred: self.occurred(),
            source: None,
        }
    }

    fn moment(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(19_361) + TimeDelta::minutes(self.minute)
    }

    fn person(&self) -> &'static str {
        PEOPLE[self.choice % PEOPLE.len()]
    }

    fn pick<'a, T: ToString>(&self, words: &'a [T]) -> &'a T {
        &words[self.choice % words.len()]
    }

    fn role(&self) -> String {
        let custom: Role = "custom:liaison".parse().expect("a custom role");
        let roles = [Role::IncidentCommander, Role::CommunicationsLead, Role::Responder, custom];
        self.pick(&roles).to_string()
    }

    /// A number that is known more often than not.
    fn number(&self) -> u32 {
        u32::try_from(self.place % 4).unwrap_or(0)
    }

    fn target(&self, history: &[Recorded]) -> EventId {
        match history.get(self.place % (history.len() + 1)) {
            Some(recorded) => recorded.event_id(),
            None => EventId(Uuid::from_u128(404)),
        }
    }

    /// The line that was proposed under this number, mostly.
    fn line(&self, history: &[Recorded]) -> String {
        let proposed = history.iter().rev().find_map(|recorded| match &recorded.event {
            IncidentEvent::RunProposed(run) if run.run == self.number() => Some(run.line.to_string()),
            _ => None,
        });
        proposed.filter(|_| self.choice > 0).unwrap_or_else(|| LINES[self.choice % LINES.len()].to_owned())
    }

    fn command_fields(&self, name: &str, history: &[Recorded]) -> Value {
        let words = &self.words;
        let line = self.line(history);
        let told = |why: &str| self.full.then(|| format!("{why}: {words}"));
        let mut fields = match name {
            "declare" => json!({"title": "Imports fail", "tier": self.pick(Tier::ALL)}),
            "upgrade" => {
                json!({"to": self.pick(Tier::ALL), "commander_on_call": self.full.then(|| self.person())})
            }
            "downgrade" => json!({"to": self.pick(Tier::ALL)}),
            "severity" => json!({"to": self.pick(Severity::ALL)}),
            "phase" => json!({"to": self.pick(Phase::ALL)}),
            "mitigate" | "resolve" | "close" | "take-hold" | "release-hold" => json!({}),
            "page" => json!({"whom": {"person": self.person()}}),
            "acknowledge-page" => json!({"page": self.number(), "by": self.full.then(|| self.person())}),
            "propose-run" => json!({"line": LINES[self.choice % LINES.len()]}),
            "approve-run" => json!({"run": self.number(), "digest": Digest::of(line.as_bytes())}),
            "decline-run" | "withdraw-run" => json!({"run": self.number()}),
            "start-run" => {
                json!({"run": (self.choice > 0).then(|| self.number()), "line": line, "emergency": told("now")})
            }
            "finish-run" => json!({
                "run": self.number(), "started": self.occurred(), "ended": When::second(self.moment()), "excerpt": words
            }),
            "record-run" => json!({
                "run": (self.choice > 0).then(|| self.number()), "line": line, "by": self.person(),
                "started": self.occurred(), "ended": When::second(self.moment()),
                "emergency": told("now").filter(|_| self.choice.is_multiple_of(2)), "unapproved": told("alone")
            }),
            "raise-hypothesis" | "start-impact" => json!({"text": words}),
            "assign-action" => json!({"kind": "mitigation", "text": words, "to": self.person()}),
            "agree-follow-up" => json!({"text": words, "owner": self.person()}),
            "redact" => json!({"target": self.target(history), "why": words}),
            // The others carry their event's own payload.
            other => return self.event_fields(kind_of(other), history),
        };
        without_nulls(&mut fields);
        fields
    }

    fn event_fields(&self, kind: &str, history: &[Recorded]) -> Value {
        let words = &self.words;
        let (person, number) = (self.person(), self.number());
        let line = self.line(history);
        let digest = Digest::of(line.as_bytes());
        let standing = match self.choice {
            0 | 1 => json!({"approved": {"by": PEOPLE[self.place % PEOPLE.len()]}}),
            2 | 3 => json!({"emergency": {"reason": words}}),
            _ => json!({"unapproved": {"reason": words}}),
        };
        let why = self.full.then_some(words);
        let cites = if self.full { vec![self.target(history)] } else { vec![] };
        let mut fields = match kind {
            "declared" => json!({
                "title": "Imports fail", "tier": self.pick(Tier::ALL), "severity": self.pick(Severity::ALL),
                "summary": why, "drill": self.full
            }),
            "upgraded" => json!({"from": "engineering", "to": self.pick(Tier::ALL), "why": why}),
            "downgraded" => json!({"from": "public", "to": self.pick(Tier::ALL), "why": why}),
            "severity_changed" => json!({"from": "sev3", "to": self.pick(Severity::ALL), "why": why}),
            "phase_changed" => json!({"from": "investigating", "to": self.pick(Phase::ALL), "why": why}),
            "mitigated" => json!({"how": why}),
            "resolved" | "closed" => json!({"summary": why}),
            "reopened" | "cancelled" => json!({"why": words}),
            "merged_into" => json!({"into": format!("20230104-imports-{}", self.choice), "why": why}),
            "milestone_set" => json!({"milestone": self.pick(Milestone::ALL), "note": why}),
            "role_assigned" => json!({"role": self.role(), "to": person, "why": why}),
            "role_handed_off" => json!({
                "role": self.role(), "from": PEOPLE[self.place % PEOPLE.len()], "to": person, "why": why
            }),
            "role_left" => json!({"role": self.role(), "who": person, "why": why}),
            "paged" => json!({"page": number, "whom": {"on_call": self.role()}, "why": why}),
            "page_acknowledged" => json!({"page": number, "by": person}),
            "joined" => json!({"who": person, "as_what": self.full.then_some("on call")}),
            "left" => json!({"who": person, "why": why}),
            "run_proposed" => {
                json!({"run": number, "line": line, "digest": digest, "by": person, "why": why})
            }
            "run_approved" => json!({"run": number, "digest": digest, "by": person, "note": why}),
            "run_declined" => json!({"run": number, "by": person, "why": why}),
            "run_withdrawn" => json!({"run": number, "why": why}),
            "run_started" => {
                json!({"run": number, "line": line, "digest": digest, "by": person, "standing": standing})
            }
            "run_finished" => json!({
                "run": number, "line": line, "digest": digest, "by": person, "standing": standing,
                "started": self.occurred(), "ended": When::second(self.moment()), "exit": {"code": self.choice},
                "excerpt": why
            }),
            "noted" => json!({"text": words}),
            "summarised" => json!({"status": words, "plan": why}),
            "decided" => json!({"choice": words, "options": ["wait", "go"], "dissent": why}),
            "hypothesis_raised" => json!({"hypothesis": number, "text": words}),
            "hypothesis_settled" => json!({"hypothesis": number, "verdict": "refuted", "finding": why}),
            "status_updated" => json!({
                "audience": self.pick(Tier::ALL), "status": self.pick(Phase::ALL), "text": words,
                "components": [{"component": "Imports", "state": "partial_outage"}]
            }),
            "regrouped" => json!({"findings": words, "plan": why}),
            "linked" => {
                json!({"kind": "ticket", "at": "https://example.org/1", "title": self.full.then_some("one")})
            }
            "alert_fired" => json!({
                "source": "grafana", "alert": "QueueFull", "labels": {"queue": "imports"}, "summary": why
            }),
            "alert_resolved" => json!({"source": "grafana", "alert": "QueueFull", "summary": why}),
            "change_linked" => json!({
                "kind": "deploy", "relation": "suspected", "title": "v12", "author": person,
                "deployer": self.full.then_some("Ada")
            }),
            "evidence_attached" => json!({
                "title": "log", "digest": digest, "media_type": "text/plain", "at": "s3://evidence/log"
            }),
            "action_assigned" => json!({
                "action": number, "kind": "mitigation", "text": words, "to": person, "check_back": self.occurred()
            }),
            "action_checked_in" => json!({"action": number, "text": words}),
            "action_finished" => json!({"action": number, "outcome": words}),
            "follow_up_agreed" => json!({"follow_up": number, "text": words, "due": "2023-02-01"}),
            "follow_up_finished" => json!({"follow_up": number, "outcome": why}),
            "deploy_hold_taken" | "deploy_hold_released" => json!({"scope": "all", "by": person, "why": why}),
            "impact_started" => {
                json!({"impact": number, "text": words, "components": ["Imports"], "who": why})
            }
            "impact_ended" => json!({"impact": number, "text": why}),
            "cause_named" => json!({"text": words, "cites": cites}),
            "review_assigned" => json!({"owner": person, "due": self.full.then_some("2023-02-01")}),
            "review_section_written" => json!({
                "section": self.pick(ReviewSection::ALL), "text": words, "cites": cites, "public": self.full
            }),
            "review_published" => json!({"audience": self.pick(Tier::ALL)}),
            "corrected" => self.correction(history),
            "retracted" => json!({"target": self.target(history), "why": words}),
            "redacted" => json!({"target": self.target(history), "by": person, "why": words}),
            "nudged" => json!({"whom": person, "text": words}),
            other => panic!("nothing is made up for {other} yet"),
        };
        without_nulls(&mut fields);
        fields
    }

    fn correction(&self, history: &[Recorded]) -> Value {
        let fields = match self.choice {
            0 => json!({}),
            1 => json!({"text": self.words}),
            2 => json!({"why": self.words}),
            3 => json!({"who": self.person(), "as_what": null}),
            _ => json!({"tier": "public"}),
        };
        json!({
            "target": self.target(history), "fields": fields, "why": "misread",
            "occurred": (self.full || self.choice == 0).then(|| self.occurred())
        })
    }
}

/// The kind of event whose payload this command carries.
fn kind_of(command: &str) -> &'static str {
    match command {
        "reopen" => "reopened",
        "cancel" => "cancelled",
        "merge" => "merged_into",
        "milestone" => "milestone_set",
        "assign-role" => "role_assigned",
        "hand-off" => "role_handed_off",
        "leave-role" => "role_left",
        "join" => "joined",
        "leave" => "left",
        "note" => "noted",
        "summarise" => "summarised",
        "decide" => "decided",
        "settle-hypothesis" => "hypothesis_settled",
        "update-status" => "status_updated",
        "regroup" => "regrouped",
        "link" => "linked",
        "fire-alert" => "alert_fired",
        "resolve-alert" => "alert_resolved",
        "link-change" => "change_linked",
        "attach-evidence" => "evidence_attached",
        "check-in-action" => "action_checked_in",
        "finish-action" => "action_finished",
        "finish-follow-up" => "follow_up_finished",
        "end-impact" => "impact_ended",
        "name-cause" => "cause_named",
        "assign-review" => "review_assigned",
        "write-review-section" => "review_section_written",
        "publish-review" => "review_published",
        "correct" => "corrected",
        "retract" => "retracted",
        "nudge" => "nudged",
        other => panic!("nothing is made up for {other} yet"),
    }
}

fn without_nulls(fields: &mut Value) {
    if let Value::Object(fields) = fields {
        fields.retain(|_, value| !value.is_null());
    }
}

/// An event on its place in a history of one append an event.
pub fn recorded(history: &[Recorded], cause: Cause, index: u32, event: IncidentEvent) -> Recorded {
    let place = history.len() as u64 + 1;
    Recorded {
        position: Position(place),
        incident: incident(),
        revision: Revision(place),
        recorded_at: DateTime::UNIX_EPOCH
            + TimeDelta::days(19_400)
            + TimeDelta::seconds(i64::try_from(place).unwrap_or(i64::MAX)),
        index,
        cause,
        event,
    }
}

/// The incident that made-up histories are about.
pub fn incident() -> IncidentId {
    "20230104-imports-fail".parse().expect("an id")
}

/// A history that came about by asking: what was refused left no trace.
pub fn accepted_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    proptest::collection::vec(seed(), 0..most).prop_map(|seeds| {
        let mut history = Vec::new();
        let mut situation = scribe_domain::incident::Incident::default();
        for (number, seed) in seeds.iter().enumerate() {
            let command =
                if number == 0 { seed.told_as(0).command(&history) } else { seed.command(&history) };
            let cause = seed.cause(number as u128);
            let decision = scribe_domain::command::decide(&situation, &incident(), &command, &cause);
            for (index, event) in decision.unwrap_or_default().into_iter().enumerate() {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let recorded = recorded(&history, cause.clone(), index, event);
                situation = scribe_domain::incident::evolve(situation, &recorded);
                history.push(recorded);
            }
        }
        history
    })
}

/// A history in which anything follows anything, as an import may tell it; every other one begins with
/// a declaration.
pub fn told_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    proptest::collection::vec(seed(), 0..most).prop_map(|seeds| told(&seeds))
}

/// A history in which anything follows anything and everybody uses words of their own: those of the
/// event at each place are [`own_words`] of that place.
pub fn history_in_own_words(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    proptest::collection::vec(seed(), 1..most).prop_map(|mut seeds| {
        for (place, seed) in seeds.iter_mut().enumerate() {
            seed.words = own_words(place);
        }
        told(&seeds)
    })
}

/// Words that nobody else uses.
pub fn own_words(place: usize) -> String {
    format!("secret{place}zq")
}

fn told(seeds: &[Seed]) -> Vec<Recorded> {
    let mut history = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let told = if number == 0 && seed.full { seed.told_as(0) } else { seed.clone() };
        let event = told.event(&history);
        let recorded = recorded(&history, seed.cause(number as u128), 0, event);
        history.push(recorded);
    }
    history
}

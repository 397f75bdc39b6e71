//! The event that a seed makes: every kind of the catalogue.

use serde_json::{Value, json};

use crate::event::IncidentEvent;
use crate::milestone::Milestone;
use crate::recorded::Recorded;
use crate::text::Title;
use crate::values::{
    ActionKind, ChangeKind, ChangeRelation, ComponentState, Digest, LinkKind, Phase, Relation, ReviewSection,
    Severity, Tier, Verdict,
};
use crate::when::When;

use super::seed::{INCIDENTS, Seed};

impl Seed {
    /// An event for an incident with this history, whether or not it could have come about.
    pub fn event(&self, history: &[Recorded]) -> IncidentEvent {
        self.event_of(IncidentEvent::KINDS[self.what % IncidentEvent::KINDS.len()], history)
    }

    /// The same, of this kind.
    pub fn event_of(&self, kind: &str, history: &[Recorded]) -> IncidentEvent {
        let fields = self.event_fields(kind, history);
        let read = IncidentEvent::from_told(kind, &fields);
        read.unwrap_or_else(|| panic!("no kind {kind}"))
            .unwrap_or_else(|error| panic!("{kind} {fields}: {error}"))
    }

    /// An event that a newer program wrote.
    pub fn unknown_event(&self) -> IncidentEvent {
        let payload = json!({"anything": self.words}).to_string();
        IncidentEvent::from_payload(&format!("future {}", self.name), 7, &payload)
            .expect("what is not known is kept")
    }

    /// The payload of an event of this kind. A kind that is not here is found by `testing::tests`.
    #[expect(clippy::too_many_lines, reason = "a table: a line or two a kind")]
    pub(super) fn event_fields(&self, kind: &str, history: &[Recorded]) -> Value {
        let (words, name, who) = (&self.words, &self.name, self.teller());
        let (person, other, number) = (self.person(), self.other(), self.number());
        let line = self.line(history);
        let digest = Digest::of(line.as_bytes());
        let standing = match self.choice % 5 {
            0 | 1 => json!({"approved": {"by": other}}),
            2 | 3 => json!({"emergency": {"reason": words}}),
            _ => json!({"unapproved": {"reason": words}}),
        };
        let why = self.full.then_some(words);
        let named = self.full.then_some(name);
        let day = self.full.then(|| self.moment().date_naive());
        let cites = if self.full { vec![self.target(history)] } else { vec![] };
        let mut fields = match kind {
            "declared" => json!({
                "title": format!("{name} fail").chars().take(Title::LIMIT).collect::<String>(),
                "tier": self.pick(Tier::ALL), "severity": self.pick(Severity::ALL), "summary": why,
                "detected_by": named, "drill": self.full && self.choice.is_multiple_of(3)
            }),
            "upgraded" => json!({"from": "engineering", "to": self.pick(Tier::ALL), "why": why}),
            "downgraded" => json!({"from": "public", "to": self.pick(Tier::ALL), "why": why}),
            "severity_changed" => json!({"from": "sev3", "to": self.pick(Severity::ALL), "why": why}),
            "phase_changed" => json!({"from": "investigating", "to": self.pick(Phase::ALL), "why": why}),
            "mitigated" => json!({"how": why}),
            "resolved" | "closed" => json!({"summary": why}),
            "reopened" | "cancelled" => json!({"why": words}),
            "merged_into" => json!({"into": self.pick(&INCIDENTS), "why": why}),
            "related" => json!({"how": self.pick(Relation::ALL), "to": self.pick(&INCIDENTS), "why": why}),
            "milestone_set" => {
                let own = "custom:data_restored".parse::<Milestone>().expect("a milestone");
                let milestones = [Milestone::ALL, &[own]].concat();
                json!({"milestone": self.pick(&milestones), "note": why})
            }

            "role_assigned" => json!({"role": self.role(), "to": person, "why": why}),
            "role_handed_off" => json!({"role": self.role(), "from": other, "to": person, "why": why}),
            "role_left" => json!({"role": self.role(), "who": person, "why": why}),
            "role_holder_corrected" => {
                let (target, role, from) = self.role_turn(history);
                json!({"target": target, "role": role, "from": from, "to": person, "why": words})
            }
            "paged" => {
                let whom =
                    [json!({"on_call": self.role()}), json!({"person": person}), json!({"team": name})];
                json!({"page": number, "whom": self.pick(&whom), "why": why})
            }
            "page_acknowledged" => json!({"page": number, "by": person}),
            "joined" => json!({"who": person, "as_what": named}),
            "left" => json!({"who": person, "why": why}),

            "run_proposed" => json!({
                "run": number, "line": line, "digest": digest, "by": who, "host": named, "why": why
            }),
            "run_approved" => json!({"run": number, "digest": digest, "by": person, "note": why}),
            "run_declined" => json!({"run": number, "by": person, "why": why}),
            "run_withdrawn" => json!({"run": number, "why": why}),
            "run_started" => json!({
                "run": number, "line": line, "digest": digest, "by": who, "host": named, "standing": standing
            }),
            "run_finished" => {
                let exit = [json!({"code": 0}), json!({"code": 1}), json!({"signal": 9}), Value::Null];
                json!({
                    "run": number, "line": line, "digest": digest, "by": who, "host": named, "standing": standing,
                    "started": self.occurred(), "ended": When::second(self.moment()), "exit": self.pick(&exit),
                    "output_digest": self.full.then_some(digest), "excerpt": why
                })
            }

            "noted" => json!({"text": words}),
            "summarised" => json!({"status": words, "cause": why, "plan": why}),
            "decided" => json!({"choice": words, "options": [name, "wait"], "why": why, "dissent": why}),
            "hypothesis_raised" => json!({"hypothesis": number, "text": words}),
            "hypothesis_settled" => {
                json!({"hypothesis": number, "verdict": self.pick(Verdict::ALL), "finding": why})
            }
            "status_updated" => json!({
                "audience": self.pick(Tier::ALL), "status": self.pick(Phase::ALL), "text": words,
                "components": [{"component": name, "state": self.pick(ComponentState::ALL)}]
            }),
            "page_described" => json!({
                "audience": self.pick(Tier::ALL), "title": named, "summary": words,
                "components": [{"component": name, "state": self.pick(ComponentState::ALL)}]
            }),
            "component_renamed" => json!({
                "audience": self.pick(Tier::ALL), "from": name, "to": "Imports", "why": why
            }),
            "regrouped" => json!({"findings": words, "plan": why}),

            "linked" => json!({
                "kind": self.pick(LinkKind::ALL), "at": name, "title": named
            }),
            "alert_fired" => json!({
                "source": "grafana", "alert": name, "fingerprint": self.full.then(|| number.to_string()),
                "labels": {"severity": name}, "summary": why, "at": named
            }),
            "alert_resolved" => json!({
                "source": "grafana", "alert": name, "fingerprint": self.full.then(|| number.to_string()),
                "summary": why
            }),
            "change_linked" => json!({
                "kind": self.pick(ChangeKind::ALL), "relation": self.pick(ChangeRelation::ALL), "title": name,
                "at": named, "author": person, "deployer": self.full.then_some(other)
            }),
            "evidence_attached" => json!({
                "title": name, "digest": digest, "media_type": "text/plain", "at": name
            }),

            "evidence_gap_started" => json!({"gap": number, "text": words}),
            "evidence_gap_ended" => json!({"gap": number, "text": why}),

            "action_assigned" => json!({
                "action": number, "kind": self.pick(ActionKind::ALL), "text": words, "to": person,
                "check_back": self.full.then(|| self.occurred())
            }),
            "action_checked_in" => json!({
                "action": number, "text": words, "check_back": self.full.then(|| self.occurred())
            }),
            "action_finished" => json!({"action": number, "outcome": words}),
            "follow_up_agreed" => json!({
                "follow_up": number, "text": words, "owner": named, "due": day,
                "committed_by": self.full.then_some(other)
            }),
            "follow_up_finished" => json!({"follow_up": number, "outcome": why}),
            "workaround_applied" => json!({
                "workaround": number, "text": words, "to": named,
                "check_back": self.full.then(|| self.occurred())
            }),
            "workaround_reverted" => json!({"workaround": number, "outcome": why}),
            "deploy_hold_taken" | "deploy_hold_released" => json!({"scope": name, "by": who, "why": why}),

            "impact_started" => json!({"impact": number, "text": words, "components": [name], "who": why}),
            "impact_ended" => json!({"impact": number, "text": why}),
            "cause_named" => json!({"text": words, "cites": cites}),

            "review_assigned" => json!({"owner": person, "due": day}),
            "review_section_written" => json!({
                "section": self.pick(ReviewSection::ALL), "text": words, "cites": cites, "public": self.full
            }),
            "risk_named" => json!({
                "text": words, "cites": cites,
                "follow_up": self.full.then(|| json!({"incident": self.pick(&INCIDENTS), "follow_up": number}))
            }),
            "review_published" => json!({"audience": self.pick(Tier::ALL)}),

            "corrected" => self.correction(history),
            "retracted" => json!({"target": self.target(history), "why": words}),
            "redacted" => json!({"target": self.target(history), "by": who, "why": words}),
            "access_limited" => json!({"to": [who, other], "why": why}),
            "access_opened" => json!({"why": why}),
            "nudged" => json!({"whom": person, "text": words}),
            other => panic!("nothing is made up for {other} yet"),
        };
        without_nulls(&mut fields);
        fields
    }

    fn correction(&self, history: &[Recorded]) -> Value {
        let fields = match self.choice % 7 {
            0 | 1 => json!({}),
            2 => json!({"text": self.words}),
            3 => json!({"why": self.words}),
            4 => json!({"who": self.person(), "as_what": null}),
            5 => json!({"title": self.name}),
            _ => json!({"tier": "public", "nonsense": self.name}),
        };
        let moved = self.full || fields == json!({});
        json!({
            "target": self.target(history), "fields": fields, "why": "misread",
            "occurred": moved.then(|| self.occurred())
        })
    }
}

/// What is not given is absent.
pub(super) fn without_nulls(fields: &mut Value) {
    if let Value::Object(fields) = fields {
        fields.retain(|_, value| !value.is_null());
    }
}

//! Any event at all, with hostile words in it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::EventId;
use scribe_domain::values::Digest;
use serde_json::{Value, json};

use super::{History, line};

/// A history of any events in any order, told by anybody, at known and unknown times.
pub(crate) fn history() -> impl Strategy<Value = History> {
    proptest::collection::vec(ingredients(), 0..30).prop_map(|all| {
        all.into_iter().fold(History::new(), |history, one| {
            let event = one.event(&history);
            let history = history.at(&one.when).by(&one.people[0]);
            let history = match &one.told {
                Some(told) => history.told(told),
                None => history,
            };
            history.event(event)
        })
    })
}

/// What an event is made of.
#[derive(Debug, Clone)]
struct Ingredients {
    kind: usize,
    words: [String; 3],
    people: [String; 2],
    number: u32,
    choice: usize,
    extra: bool,
    when: String,
    told: Option<String>,
    target: usize,
}

fn ingredients() -> impl Strategy<Value = Ingredients> {
    (
        0..=IncidentEvent::KINDS.len(),
        [words(), words(), words()],
        [who(), who()],
        1..4_u32,
        0..60_usize,
        any::<bool>(),
        when(),
        proptest::option::of(when().prop_filter("a moment", |when| when != "unknown")),
        0..40_usize,
    )
        .prop_map(|(kind, words, people, number, choice, extra, when, told, target)| Ingredients {
            kind,
            words,
            people,
            number,
            choice,
            extra,
            when,
            told,
            target,
        })
}

/// One line of words that try to be something else.
fn words() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        Just("<script>alert(1)</script>"),
        Just("</style></title><script src=//evil>"),
        Just("[click](javascript:alert(1))"),
        Just("`` ` ``"),
        Just("a | b || c"),
        Just("# heading"),
        Just("- 1. > + ="),
        Just("---"),
        Just("\\"),
        Just("&lt;&#60;script"),
        Just("\" onmouseover=\"alert(1)"),
        Just("=HYPERLINK(\"//evil\")"),
        Just("日本語のとても長い言葉"),
        Just("é\u{301}🚒👩‍🚒"),
        Just("https://example.org/a/very/long/address?with=parameters&and=more"),
        Just("words that say something"),
        Just("   spaces   within   "),
        Just("javascript:alert(1)"),
        Just("![img](x)"),
        Just("~~*_$x$_*~~"),
    ];
    proptest::collection::vec(hostile, 1..4).prop_map(|parts| parts.join(" "))
}

fn who() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Zac Bentley".to_owned()),
        Just("zac bentley".to_owned()),
        Just("Andris Cakuls".to_owned()),
        Just("<script> O'Neil".to_owned()),
        Just("integration:alert|manager".to_owned()),
    ]
}

fn when() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("unknown".to_owned()),
        (0..60_u32, 0..3_u32).prop_map(|(minute, day)| format!("2023-01-0{}T18:{minute:02}Z", day + 4)),
        (0..60_u32).prop_map(|minute| format!("~2023-01-04T18:{minute:02}Z")),
        (0..60_u32).prop_map(|second| format!("2023-01-04T18:30:{second:02}Z")),
    ]
}

impl Ingredients {
    /// The event that these make up in a history that has got so far.
    fn event(&self, history: &History) -> IncidentEvent {
        let kind = IncidentEvent::KINDS.get(self.kind).copied().unwrap_or("future_kind");
        let fields = self.fields(kind, history);
        IncidentEvent::from_told(kind, &fields)
            .unwrap_or_else(|| {
                let payload = fields.to_string();
                Ok(IncidentEvent::from_payload(&format!("future {}", self.words[0]), 7, &payload)
                    .expect("kept"))
            })
            .unwrap_or_else(|problem| panic!("{kind}: {problem}: {fields}"))
    }

    fn pick<'a>(&self, words: &[&'a str]) -> &'a str {
        words[self.choice % words.len()]
    }

    fn person(&self, which: usize) -> String {
        Person::new(&self.people[which]).map_or_else(|_| "Jen Blagg".to_owned(), |person| person.to_string())
    }

    fn target(&self, history: &History) -> EventId {
        let target = history.events.get(self.target).map(scribe_domain::recorded::Recorded::event_id);
        target.unwrap_or(EventId(uuid::Uuid::nil()))
    }

    fn fields(&self, kind: &str, history: &History) -> Value {
        let [a, b, c] = &self.words;
        let prose = format!("{a}\n\n{b}");
        let text = if self.extra { prose.as_str() } else { a.as_str() };
        let why = self.extra.then_some(c.as_str());
        let n = self.number;
        let tiers = ["engineering", "internal", "public"];
        let phases = ["investigating", "identified", "monitoring"];
        let role = self.pick(&["incident_commander", "communications_lead", "responder", "custom:liaison"]);
        let shell = if self.extra { prose.clone() } else { c.clone() };
        let digest = Digest::of_line(&line(&shell)).to_string();
        let by = self.people[1].parse::<Who>().expect("an actor").to_string();
        let standing = match self.choice % 3 {
            0 => json!({ "approved": { "by": self.person(1) } }),
            1 => json!({ "emergency": { "reason": text } }),
            _ => json!({ "unapproved": { "reason": b } }),
        };
        let mut fields = match kind {
            "declared" => {
                json!({ "title": a.chars().take(150).collect::<String>(), "tier": self.pick(&tiers),
                "severity": "sev2", "summary": why, "drill": self.extra })
            }
            "upgraded" => json!({ "from": "engineering", "to": "public", "why": why }),
            "downgraded" => json!({ "from": "public", "to": self.pick(&tiers), "why": why }),
            "severity_changed" => json!({ "from": "sev3", "to": "sev1", "why": why }),
            "phase_changed" => json!({ "from": "investigating", "to": self.pick(&phases), "why": why }),
            "mitigated" => json!({ "how": why }),
            "resolved" | "closed" => json!({ "summary": why }),
            "reopened" | "cancelled" => json!({ "why": text }),
            "merged_into" => json!({ "into": "20230104-another", "why": why }),
            "milestone_set" => json!({ "milestone": self.pick(&["impact_started", "detected", "mitigated",
                "acknowledged", "resolved"]), "note": why }),
            "role_assigned" => json!({ "role": role, "to": self.person(0), "why": why }),
            "role_handed_off" => {
                json!({ "role": role, "from": self.person(0), "to": self.person(1), "why": why })
            }
            "role_left" => json!({ "role": role, "who": self.person(0), "why": why }),
            "paged" => json!({ "page": n, "whom": { "team": b }, "why": why }),
            "page_acknowledged" => json!({ "page": n, "by": self.person(1) }),
            "joined" => json!({ "who": self.person(0), "as_what": why }),
            "left" => json!({ "who": self.person(0), "why": why }),
            "run_proposed" => {
                json!({ "run": n, "line": shell, "digest": digest, "by": by, "host": why, "why": why })
            }
            "run_approved" => json!({ "run": n, "digest": digest, "by": self.person(1), "note": why }),
            "run_declined" => json!({ "run": n, "by": self.person(1), "why": why }),
            "run_withdrawn" => json!({ "run": n, "why": why }),
            "run_started" => {
                json!({ "run": n, "line": shell, "digest": digest, "by": by, "standing": standing })
            }
            "run_finished" => {
                json!({ "run": n, "line": shell, "digest": digest, "by": by, "standing": standing,
                "started": self.when, "ended": self.told.as_ref().unwrap_or(&self.when), "exit": { "signal": 9 },
                "excerpt": text })
            }
            "noted" => json!({ "text": text }),
            "summarised" => json!({ "status": text, "cause": why, "plan": why }),
            "decided" => json!({ "choice": text, "options": [b, c], "why": why, "dissent": why }),
            "hypothesis_raised" => json!({ "hypothesis": n, "text": text }),
            "hypothesis_settled" => json!({ "hypothesis": n, "verdict": "confirmed", "finding": why }),
            "status_updated" => json!({ "audience": self.pick(&tiers), "status": "resolved", "text": text,
                "components": [{ "component": b, "state": "partial_outage" }] }),
            "regrouped" => json!({ "findings": text, "plan": why }),
            "linked" => json!({ "kind": "other", "at": b, "title": why }),
            "alert_fired" => {
                json!({ "source": b, "alert": c, "labels": { "severity": b }, "summary": why, "at": why })
            }
            "alert_resolved" => json!({ "source": b, "alert": c, "summary": why }),
            "change_linked" => json!({ "kind": "deploy", "relation": self.pick(&["cause", "fix", "related"]),
                "title": b, "at": why, "author": self.person(0), "deployer": self.person(1) }),
            "evidence_attached" => json!({ "title": b, "digest": digest, "media_type": c, "at": b }),
            "action_assigned" => json!({ "action": n, "kind": "mitigation", "text": text, "to": b,
                "check_back": self.when }),
            "action_checked_in" => json!({ "action": n, "text": text }),
            "action_finished" => json!({ "action": n, "outcome": text }),
            "follow_up_agreed" => json!({ "follow_up": n, "text": text, "owner": why, "due": "2023-01-11" }),
            "follow_up_finished" => json!({ "follow_up": n, "outcome": why }),
            "deploy_hold_taken" | "deploy_hold_released" => json!({ "scope": b, "by": by, "why": why }),
            "impact_started" => json!({ "impact": n, "text": text, "components": [b], "who": why }),
            "impact_ended" => json!({ "impact": n, "text": why }),
            "cause_named" => json!({ "text": text, "cites": [self.target(history)] }),
            "review_assigned" => json!({ "owner": self.person(1), "due": "2023-01-11" }),
            "review_section_written" => json!({ "section": self.pick(&["what_happened", "lucky", "learned"]),
                "text": text, "cites": [self.target(history)], "public": self.extra }),
            "review_published" => json!({ "audience": self.pick(&tiers) }),
            "corrected" => {
                json!({ "target": self.target(history), "occurred": self.extra.then_some(&self.when),
                "fields": BTreeMap::from([(self.pick(&["text", "why", "title", "nonsense"]), b)]), "why": text })
            }
            "retracted" => json!({ "target": self.target(history), "why": text }),
            "redacted" => json!({ "target": self.target(history), "by": by, "why": text }),
            "nudged" => json!({ "whom": b, "text": text }),
            _ => json!({ "anything": prose }),
        };
        // What is not told is absent.
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        fields
    }
}

//! The command that a seed makes: every one that there is.

use serde_json::{Value, json};

use crate::command::Command;
use crate::recorded::Recorded;
use crate::values::{Digest, Phase, Severity, Tier};
use crate::when::When;

use super::event::without_nulls;
use super::seed::Seed;

impl Seed {
    /// A command for an incident with this history.
    pub fn command(&self, history: &[Recorded]) -> Command {
        self.command_of(Command::NAMES[self.what % Command::NAMES.len()], history)
    }

    /// The same, with this name.
    pub fn command_of(&self, name: &str, history: &[Recorded]) -> Command {
        let fields = self.command_fields(name, history);
        let read = Command::read(name, &fields);
        read.unwrap_or_else(|| panic!("no command {name}"))
            .unwrap_or_else(|error| panic!("{name} {fields}: {error}"))
    }

    fn command_fields(&self, name: &str, history: &[Recorded]) -> Value {
        let words = &self.words;
        let line = self.line(history);
        let reason = || self.full.then_some(words);
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
            "propose-run" => json!({"line": self.line}),
            "approve-run" => json!({"run": self.number(), "digest": Digest::of(line.as_bytes())}),
            "decline-run" | "withdraw-run" => json!({"run": self.number()}),
            "start-run" => {
                json!({"run": self.known_run(), "line": line, "emergency": reason()})
            }
            "finish-run" => json!({
                "run": self.number(), "started": self.occurred(), "ended": When::second(self.moment()),
                "excerpt": words
            }),
            "record-run" => json!({
                "run": self.known_run(), "line": line, "by": self.person(),
                "started": self.occurred(), "ended": When::second(self.moment()),
                "emergency": reason().filter(|_| self.choice.is_multiple_of(2)), "unapproved": reason()
            }),
            "correct-holder" => {
                json!({"target": self.role_turn(history).0, "to": self.person(), "why": words})
            }
            "apply-workaround" => json!({"text": words, "to": self.full.then(|| self.person())}),
            "raise-hypothesis" | "start-impact" | "start-gap" => json!({"text": words}),
            "assign-action" => json!({"kind": "mitigation", "text": words, "to": self.person()}),
            "agree-follow-up" => json!({"text": words, "owner": self.person()}),
            "redact" => json!({"target": self.target(history), "why": words}),
            // The others carry their event's own payload.
            other => return self.event_fields(event_of(other), history),
        };
        without_nulls(&mut fields);
        fields
    }

    /// The number of a run that was proposed; now and then there is none.
    fn known_run(&self) -> Option<u32> {
        (!self.choice.is_multiple_of(5)).then(|| self.number())
    }
}

/// The kind of event whose payload this command carries.
fn event_of(command: &str) -> &'static str {
    match command {
        "reopen" => "reopened",
        "cancel" => "cancelled",
        "merge" => "merged_into",
        "relate" => "related",
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
        "describe-page" => "page_described",
        "rename-component" => "component_renamed",
        "regroup" => "regrouped",
        "link" => "linked",
        "fire-alert" => "alert_fired",
        "resolve-alert" => "alert_resolved",
        "link-change" => "change_linked",
        "attach-evidence" => "evidence_attached",
        "check-in-action" => "action_checked_in",
        "finish-action" => "action_finished",
        "finish-follow-up" => "follow_up_finished",
        "end-gap" => "evidence_gap_ended",
        "revert-workaround" => "workaround_reverted",
        "name-risk" => "risk_named",
        "end-impact" => "impact_ended",
        "name-cause" => "cause_named",
        "assign-review" => "review_assigned",
        "write-review-section" => "review_section_written",
        "publish-review" => "review_published",
        "correct" => "corrected",
        "retract" => "retracted",
        "limit-access" => "access_limited",
        "open-access" => "access_opened",
        "nudge" => "nudged",
        other => panic!("nothing is made up for {other} yet"),
    }
}

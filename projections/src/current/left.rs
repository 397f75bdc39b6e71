//! What is left open when an incident ends, and since when what was asked for is so already: what whoever ends it is
//! told in answer.

use scribe_domain::incident::life::Situation;
use scribe_domain::values::Phase;
use scribe_domain::when::When;

use super::now::IncidentNow;
use crate::runner::attribution::Attribution;
use crate::sentence::{deploys, name};

/// The commands of which it can be said since when it is as they want it, and what that is.
const STANDS: [(&str, &str); 5] = [
    ("mitigate", "mitigated"),
    ("resolve", "resolved"),
    ("close", "closed"),
    ("cancel", "cancelled"),
    ("merge", "merged"),
];

impl IncidentNow {
    /// What is still open, each as a sentence; the review among it once the incident is closed.
    pub fn left_open(&self) -> Vec<String> {
        let mut left = Vec::new();
        for impact in &self.impacts {
            left.push(format!("impact {} has no end of its own", impact.impact));
        }
        for alert in &self.alerts {
            left.push(format!("the alert {} fires", alert.alert));
        }
        for action in &self.actions {
            left.push(format!("action {} is not finished ({})", action.action, action.to));
        }
        for workaround in &self.workarounds {
            let to = workaround.to.as_ref().map(|to| format!(" ({to})")).unwrap_or_default();
            left.push(format!("workaround {} is not reverted{to}", workaround.workaround));
        }
        for gap in &self.gaps {
            left.push(format!("evidence is missing still (gap {})", gap.gap));
        }
        for run in &self.line.runs_awaiting_approval {
            left.push(format!("run {run} waits for an approval"));
        }
        for run in &self.line.runs_not_finished {
            left.push(format!("run {run} has begun, and nobody has said how it ended"));
        }
        for page in &self.pages {
            left.push(format!("page {} is not answered", page.page));
        }
        for hold in &self.deploy_holds {
            left.push(format!("{} holds {}", name(&hold.by), deploys(&hold.scope)));
        }
        for last in self.last_updates.iter().filter(|last| last.update.status != Phase::Resolved) {
            left.push(format!("the last words on the {} page say {}", last.audience, last.update.status));
        }
        if self.line.situation == Situation::Closed && !self.is_reviewed {
            left.push("nobody has written anything of the review".to_owned());
        }
        left
    }

    /// Whether it can be said of a command since when it is as it wants it.
    pub fn tells_since(command: &str) -> bool {
        STANDS.iter().any(|(name, _)| *name == command)
    }

    /// Since when and by whose word it is as a command wants it; none if that says nothing of this command.
    pub fn stands_since(&self, command: &str) -> Option<String> {
        let line = &self.line;
        let (_, what) = STANDS.iter().find(|(name, _)| *name == command)?;
        let told = match (*what, &line.situation) {
            ("mitigated", _) => line.mitigated.as_ref()?,
            ("resolved", Situation::Resolved)
            | ("closed", Situation::Closed)
            | ("cancelled", Situation::Cancelled)
            | ("merged", Situation::MergedInto(_)) => line.ended.as_ref()?,
            _ => return None,
        };
        Some(format!("{what} {}, by {}", since(told), name(&told.by)))
    }
}

fn since(told: &Attribution) -> String {
    match told.occurred {
        When::Unknown => "since an unknown time".to_owned(),
        when @ When::At(..) => format!("since {when}"),
    }
}

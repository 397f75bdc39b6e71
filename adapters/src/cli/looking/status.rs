//! `scribe` alone, and `scribe status`: what goes on, and what is to be done about it now.

use std::fmt::Write as _;

use async_trait::async_trait;
use clap::Args;
use scribe_domain::ids::IncidentId;
use scribe_projections::document::time::duration;
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::incident::IncidentRef;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, put_line};
use crate::cli::common::view::{ViewOptions, show};

/// How long an audience beyond engineering may hear nothing before somebody should tell it something.
const SILENCE: i64 = 60 * 60;
/// The same for what is bad.
const SILENCE_IF_BAD: i64 = 30 * 60;

/// What goes on, who holds what, and what is due, with the command for each; or one incident as it stands.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct StatusArgs {
    /// One incident: its id, a part of it, or @ for the open one
    #[arg(value_name = "INCIDENT")]
    which: Option<IncidentRef>,
}

#[async_trait(?Send)]
impl Effect for StatusArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        match self.which {
            Some(which) => {
                let incident = which.to_look_at(desk).await?;
                show(desk, Address::of(&["v1", "incidents", incident.as_str()]), &ViewOptions::default())
                    .await?;
            }
            None => now(desk).await?,
        }
        Ok(exit::DONE)
    }
}

#[derive(Deserialize)]
struct Board {
    incidents: Vec<Open>,
}

#[derive(Deserialize)]
struct Open {
    incident: IncidentId,
    title: Option<String>,
    phase: String,
    tier: String,
    severity: String,
    drill: bool,
    mitigated: Option<serde_json::Value>,
    roles: Vec<Held>,
    updates: Vec<Told>,
    runs_awaiting_approval: Vec<u32>,
    runs_not_finished: Vec<u32>,
    holds: Vec<Hold>,
    alerts_firing: usize,
    #[serde(rename = "open_impacts")]
    impacts: usize,
    unanswered_pages: Vec<u32>,
    #[serde(default, rename = "open_gaps")]
    gaps: Vec<u32>,
}

#[derive(Deserialize)]
struct Held {
    role: String,
    holders: Vec<String>,
}

#[derive(Deserialize)]
struct Told {
    audience: String,
    age_seconds: i64,
}

#[derive(Deserialize)]
struct Hold {
    scope: String,
    by: String,
}

#[derive(Deserialize)]
struct Actions {
    actions: Vec<Action>,
    #[serde(default)]
    workarounds: Vec<Workaround>,
}

#[derive(Deserialize)]
struct Workaround {
    incident: IncidentId,
    #[serde(rename = "workaround")]
    number: u32,
    text: Option<String>,
    to: Option<String>,
    overdue_seconds: Option<i64>,
    incident_over: bool,
}

#[derive(Deserialize)]
struct Action {
    incident: IncidentId,
    #[serde(rename = "action")]
    number: u32,
    text: Option<String>,
    to: String,
    overdue_seconds: Option<i64>,
}

async fn now(desk: &Desk) -> Result<(), Failure> {
    let address = Address::of(&["v1", "incidents"]).with("drills", "true").with("format", "json");
    let answer = desk.client.get(address.as_str()).await?;
    if desk.json {
        return answer.put();
    }
    let board: Board = answer.json()?;
    let actions: Actions = desk.client.get_json(Address::of(&["v1", "actions"]).as_str()).await?;
    put_line(told(&board, &actions).trim_end())
}

fn told(board: &Board, actions: &Actions) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    match board.incidents.as_slice() {
        [] => text.push_str("No incident is open.\n"),
        [_] => {}
        several => {
            let _ = writeln!(text, "{} incidents are open.\n", several.len());
        }
    }
    for open in &board.incidents {
        let _ = writeln!(text, "{}", open.heading());
        let _ = writeln!(text, "  {}", open.standing());
        let name = if board.incidents.len() == 1 { "@" } else { open.incident.as_str() };
        for (what, command) in open.due(name, actions) {
            let _ = writeln!(text, "  • {what}\n      {command}");
        }
        text.push('\n');
    }
    // What was not to stay outlives its incident.
    let left = actions.workarounds.iter().filter(|left| left.incident_over && left.overdue_seconds.is_some());
    for left in left {
        let command = format!("scribe workaround revert {} {}", left.incident, left.number);
        let _ = writeln!(text, "{}\n  • {}\n      {command}\n", left.incident, left.asked());
    }
    if board.incidents.is_empty() {
        text.push_str("  scribe declare \"What is wrong\" --severity sev2\n  scribe list --state all\n");
    }
    printable(&text)
}

/// As much of a text as stands in a list.
fn first_line(text: Option<&str>) -> &str {
    text.unwrap_or("(erased)").lines().next().unwrap_or_default()
}

impl Workaround {
    /// What somebody should ask.
    fn asked(&self) -> String {
        let text = first_line(self.text.as_deref());
        let whom = self.to.as_deref().unwrap_or("somebody");
        format!("ask {whom} whether workaround {} can be reverted: {text}", self.number)
    }
}

impl Open {
    fn heading(&self) -> String {
        let title = self.title.as_deref().unwrap_or("(title erased)");
        let drill = if self.drill { "  EXERCISE" } else { "" };
        format!("{}  {title}{drill}", self.incident)
    }

    fn standing(&self) -> String {
        let mut parts = vec![self.severity.clone(), self.tier.clone(), self.phase.clone()];
        if self.mitigated.is_some() {
            parts.push("mitigated".to_owned());
        }
        let held = self.roles.iter().filter(|held| !held.holders.is_empty());
        parts
            .extend(held.map(|held| format!("{}: {}", held.role.replace('_', " "), held.holders.join(", "))));
        parts.extend(self.holds.iter().map(|hold| format!("deploys held ({}) by {}", hold.scope, hold.by)));
        let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        parts.extend(
            counted(self.alerts_firing, "firing").into_iter().chain(counted(self.impacts, "hitting users")),
        );
        parts.join(" · ")
    }

    /// What is due, and the command for it.
    fn due(&self, name: &str, all: &Actions) -> Vec<(String, String)> {
        let mut due = Vec::new();
        let mut add = |what: String, command: String| due.push((what, command));
        let is_held =
            |role: &str| self.roles.iter().any(|held| held.role == role && !held.holders.is_empty());
        if !is_held("incident_commander") {
            add("nobody commands".to_owned(), format!("scribe role assign {name} ic NAME"));
        }
        if self.tier != "engineering" && !is_held("communications_lead") {
            add("nobody leads communications".to_owned(), format!("scribe role assign {name} comms NAME"));
        }
        for page in &self.unanswered_pages {
            add(format!("page {page} is not answered"), format!("scribe acknowledge {name} {page}"));
        }
        for run in &self.runs_awaiting_approval {
            add(format!("run {run} waits for another person"), format!("scribe approve {name} {run}"));
        }
        for run in &self.runs_not_finished {
            add(format!("run {run} has no end"), format!("scribe audit runs --incident {}", self.incident));
        }
        for action in all.actions.iter().filter(|action| action.incident == self.incident) {
            if let Some(overdue) = action.overdue_seconds {
                let text = first_line(action.text.as_deref());
                add(
                    format!(
                        "ask {} about action {}, {} overdue: {text}",
                        action.to,
                        action.number,
                        duration(chrono::TimeDelta::seconds(overdue))
                    ),
                    format!("scribe action check-in {name} {} \"How it goes\"", action.number),
                );
            }
        }
        for workaround in all.workarounds.iter().filter(|workaround| workaround.incident == self.incident) {
            if workaround.overdue_seconds.is_some() {
                add(workaround.asked(), format!("scribe workaround revert {name} {}", workaround.number));
            }
        }
        for gap in &self.gaps {
            add(format!("evidence is missing still (gap {gap})"), format!("scribe gap end {name} {gap}"));
        }
        let bad = matches!(self.severity.as_str(), "sev1" | "sev2");
        let patience = if bad { SILENCE_IF_BAD } else { SILENCE };
        let audiences: &[&str] = match self.tier.as_str() {
            "public" => &["internal", "public"],
            "internal" => &["internal"],
            _ => &[],
        };
        for audience in audiences {
            let command = format!("scribe update {name} --audience {audience} --status {} \"…\"", self.phase);
            match self.updates.iter().find(|told| told.audience == *audience) {
                None => add(format!("the {audience} page was told nothing yet"), command),
                Some(told) if told.age_seconds > patience => {
                    let age = duration(chrono::TimeDelta::seconds(told.age_seconds));
                    add(format!("the {audience} page was last told {age} ago"), command);
                }
                Some(_) => {}
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_due_stands_there_with_its_command() {
        let board = serde_json::from_value(json!({ "incidents": [{
            "incident": "20260101-checkout", "title": "Checkout is slow", "phase": "identified", "tier": "internal",
            "severity": "sev2", "drill": false, "mitigated": null,
            "roles": [{ "role": "responder", "holders": ["Kim"] }],
            "updates": [{ "audience": "internal", "age_seconds": 2000 }],
            "runs_awaiting_approval": [3], "runs_not_finished": [], "holds": [], "alerts_firing": 0,
            "open_impacts": 1, "unanswered_pages": [1]
        }]})).unwrap();
        let actions = serde_json::from_value(json!({ "actions": [
            { "incident": "20260101-checkout", "action": 2, "text": "Look at the pool.", "to": "Ada", "overdue_seconds": 600 },
            { "incident": "20260101-checkout", "action": 4, "text": "Later.", "to": "Ada", "overdue_seconds": null },
        ]})).unwrap();
        let told = told(&board, &actions);
        for part in [
            "sev2 · internal · identified · responder: Kim · 1 hitting users",
            "nobody commands\n      scribe role assign @ ic NAME",
            "page 1 is not answered\n      scribe acknowledge @ 1",
            "run 3 waits for another person\n      scribe approve @ 3",
            "ask Ada about action 2, 10 min overdue: Look at the pool.\n      scribe action check-in @ 2",
            "the internal page was last told 33 min ago",
        ] {
            assert!(told.contains(part), "{part:?} is missing in:\n{told}");
        }
        assert!(!told.contains("action 4"), "{told}");
    }

    #[test]
    fn where_nothing_goes_on_it_says_how_to_begin() {
        let told =
            told(&Board { incidents: Vec::new() }, &Actions { actions: Vec::new(), workarounds: Vec::new() });
        assert!(told.starts_with("No incident is open.") && told.contains("scribe declare"), "{told}");
    }
}

//! The board, and one incident, as people read them.

use chrono::TimeDelta;
use scribe_domain::text::Title;

use super::board::{BoardLine, BoardView, RoleNow, UpdateAge};
use super::case::OpenImpact;
use super::now::IncidentNow;
use crate::document::time::{date_time_of, duration};
use crate::document::{Block, Document, Span, Style, Tone, View, dim, link, plain, strong};
use crate::relations::RelationLine;
use crate::runner::spoken::{self, count, join, numbers, or_redacted, told, warning};
use crate::sentence::{name, severity};
use scribe_domain::incident::life::Situation;

impl View for BoardView {
    fn document(&self, style: &Style) -> Document {
        let (open, over): (Vec<_>, Vec<_>) = self.incidents.iter().partition(|line| line.situation.is_open());
        let mut blocks = Vec::new();
        if self.incidents.is_empty() {
            blocks.push(Block::Paragraph(vec![plain("No incident to show.")]));
        }
        let mut section = |heading: &str, lines: &[&BoardLine]| {
            if !lines.is_empty() {
                blocks.push(Block::Heading(2, vec![plain(heading)]));
                let header = ["Severity", "Incident", "State"].map(str::to_owned).to_vec();
                let rows = lines.iter().map(|line| line.row(self, style)).collect();
                blocks.push(Block::Table { header, rows });
            }
        };
        section("Open", &open);
        section("Over", &over);
        blocks.push(spoken::as_of(self.asked_at, style));
        Document { title: "Incidents".to_owned(), blocks }
    }
}

impl View for IncidentNow {
    fn document(&self, style: &Style) -> Document {
        let mut blocks = vec![Block::Facts(self.facts(style))];
        let mut section = |heading: &str, items: Vec<Vec<Span>>| {
            if !items.is_empty() {
                blocks.push(Block::Heading(2, vec![plain(heading)]));
                blocks.push(Block::List(items));
            }
        };
        section("Where things stand", self.summary_items(style));
        section(
            "Cause",
            self.causes
                .iter()
                .map(|cause| vec![plain(&cause.text), dim(format!(" ({})", told(&cause.told, style)))])
                .collect(),
        );
        section("Hypotheses", self.hypothesis_items());
        section("Impact", self.impact_items(style));
        section("Told last", self.update_items(style));
        section(
            "Open actions",
            self.actions
                .iter()
                .map(|action| {
                    let mut item =
                        vec![dim(format!("{}  ", action.action)), strong(format!("{}: ", action.to))];
                    item.extend(action.spans());
                    item.extend([plain("\n"), dim("ask: "), action.due(self.asked_at)]);
                    item
                })
                .collect(),
        );
        section("Runs", self.runs.iter().map(|run| run.lines(false)).collect());
        section(
            "Deploy holds",
            self.deploy_holds
                .iter()
                .map(|hold| {
                    let why = hold.why.iter().map(|why| plain(format!(": {why}"))).collect();
                    let held = vec![warning(format!("{}, held by {}", hold.scope, name(&hold.by)))];
                    let since = vec![dim(format!(" (since {})", date_time_of(hold.taken.occurred, style)))];
                    join(vec![held, why, since], "")
                })
                .collect(),
        );
        for (heading, items) in self.open_ends(style) {
            section(heading, items);
        }
        section(
            "Alerts firing",
            self.alerts
                .iter()
                .map(|alert| {
                    let summary = alert.summary.iter().map(|text| plain(format!(": {text}"))).collect();
                    let since = date_time_of(alert.told.occurred, style);
                    let alert = vec![strong(&alert.alert), plain(format!(" in {}", alert.source))];
                    join(vec![alert, summary, vec![dim(format!(" (since {since})"))]], "")
                })
                .collect(),
        );
        section(
            "Pages that nobody answered",
            self.pages
                .iter()
                .map(|page| {
                    let why = page.why.iter().map(|why| plain(format!(": {why}"))).collect();
                    let whom = vec![warning(page.whom.to_string())];
                    let when = told(&page.told, style);
                    join(vec![whom, why, vec![dim(format!(" (page {}, {when})", page.page))]], "")
                })
                .collect(),
        );
        section(
            "Follow-ups",
            self.follow_ups
                .iter()
                .map(|promised| [vec![dim(format!("{}  ", promised.follow_up))], promised.spans()].concat())
                .collect(),
        );
        section(
            "Links",
            self.links
                .iter()
                .map(|linked| {
                    let text = linked.title.as_ref().map_or(linked.at.as_str(), |title| title.as_str());
                    vec![dim(format!("{}: ", linked.kind)), link(text, linked.at.as_str())]
                })
                .collect(),
        );
        blocks.push(spoken::as_of(self.asked_at, style));
        Document { title: title(self.line.title.as_ref()), blocks }
    }
}

impl BoardLine {
    fn row(&self, board: &BoardView, style: &Style) -> Vec<Vec<Span>> {
        let mut name = vec![strong(title(self.title.as_ref()))];
        if self.drill {
            name.extend([plain(" "), warning("(drill)")]);
        }
        let mut incident = vec![name, vec![dim(&self.incident)]];
        if self.situation.is_open() {
            incident.push(self.people());
            incident.extend(self.attention().into_iter().map(|notice| vec![notice]));
        }
        let declared = spoken::ago(self.declared.moment(), board.asked_at);
        let mut state =
            vec![self.standing(), vec![plain(self.tier)], vec![dim(format!("declared {declared}"))]];
        if self.situation.is_open() {
            state.extend(self.updates.iter().map(|update| vec![dim(update.spoken())]));
        } else if let Some(ended) = &self.ended {
            state.push(vec![dim(format!("over {}", date_time_of(ended.occurred, style)))]);
        }
        vec![vec![severity(self.severity)], join(incident, "\n"), join(state, "\n")]
    }

    /// The phase while it goes on, and how it ended after that.
    fn standing(&self) -> Vec<Span> {
        let word = match &self.situation {
            Situation::Open if self.mitigated.is_some() => {
                return vec![plain(format!("{}, mitigated", self.phase))];
            }
            Situation::Open => return vec![plain(self.phase)],
            Situation::Resolved => "resolved".to_owned(),
            Situation::Closed => "closed".to_owned(),
            Situation::Cancelled => "cancelled".to_owned(),
            Situation::MergedInto(into) => format!("merged into {into}"),
        };
        vec![Span::Tone(Tone::Good, word)]
    }

    fn people(&self) -> Vec<Span> {
        if self.roles.is_empty() {
            return vec![warning("nobody holds a role")];
        }
        let roles: Vec<String> = self.roles.iter().map(RoleNow::spoken).collect();
        vec![plain(roles.join("; "))]
    }

    /// What somebody should look at.
    fn attention(&self) -> Vec<Span> {
        let mut notices = Vec::new();
        for hold in &self.holds {
            notices.push(format!("deploys of {} held by {}", hold.scope, name(&hold.by)));
        }
        let runs = &self.runs_awaiting_approval;
        if !runs.is_empty() {
            let verb = if runs.len() == 1 { "waits" } else { "wait" };
            notices.push(format!("{} {verb} for an approval", numbers("run", runs)));
        }
        if !self.runs_not_finished.is_empty() {
            notices.push(format!("{} started, not finished", numbers("run", &self.runs_not_finished)));
        }
        if !self.unanswered_pages.is_empty() {
            notices.push(format!("{} not answered", numbers("page", &self.unanswered_pages)));
        }
        if self.actions_overdue > 0 {
            notices.push(format!("{} to ask about", count(self.actions_overdue, "action")));
        }
        if self.workarounds_overdue > 0 {
            notices.push(format!("{} to ask about", count(self.workarounds_overdue, "workaround")));
        }
        let mut spans: Vec<Span> = notices.into_iter().map(warning).collect();
        let mut neutral = Vec::new();
        for (number, thing) in [
            (self.open_actions, "open action"),
            (self.open_impacts, "open impact"),
            (self.workarounds.len(), "workaround to revert"),
            (self.open_gaps.len(), "gap in the evidence"),
            (self.alerts_firing, "firing alert"),
        ] {
            if number > 0 {
                neutral.push(count(number, thing));
            }
        }
        if !neutral.is_empty() {
            spans.push(plain(neutral.join(", ")));
        }
        spans
    }
}

impl RoleNow {
    fn spoken(&self) -> String {
        let holders: Vec<&str> = self.holders.iter().map(scribe_domain::actor::Person::as_str).collect();
        format!("{}: {}", self.role.spoken(), holders.join(", "))
    }
}

impl UpdateAge {
    fn spoken(&self) -> String {
        let age = duration(TimeDelta::seconds(self.age_seconds));
        format!("{} told {age} ago", self.audience)
    }
}

impl IncidentNow {
    fn impact_items(&self, style: &Style) -> Vec<Vec<Span>> {
        let item = |impact: &OpenImpact| {
            let since = date_time_of(impact.told.occurred, style);
            vec![
                or_redacted(impact.text.as_ref()),
                dim(format!(" (impact {}, since {since})", impact.impact)),
            ]
        };
        self.impacts.iter().map(item).collect()
    }

    /// What has no end yet, and what the incident has to do with others.
    fn open_ends(&self, style: &Style) -> [(&'static str, Vec<Vec<Span>>); 4] {
        let workarounds = self.workarounds.iter().map(|workaround| {
            let mut item = vec![dim(format!("{}  ", workaround.workaround))];
            item.extend(workaround.spans());
            item.extend([plain("\n"), dim("ask: "), workaround.due(self.asked_at)]);
            item
        });
        let gaps = self.gaps.iter().map(|gap| {
            let since = date_time_of(gap.told.occurred, style);
            vec![or_redacted(gap.text.as_ref()), dim(format!(" (gap {}, since {since})", gap.gap))]
        });
        let risks = self.risks.iter().map(|risk| risk.spans(&date_time_of(risk.told.occurred, style)));
        [
            ("Workarounds to be reverted", workarounds.collect()),
            ("Evidence missing", gaps.collect()),
            ("Other incidents", self.relations.iter().map(RelationLine::spans).collect()),
            ("Known before", risks.collect()),
        ]
    }

    fn facts(&self, style: &Style) -> Vec<(String, Vec<Span>)> {
        let line = &self.line;
        let mut facts: Vec<(String, Vec<Span>)> = Vec::new();
        let mut fact = |name: &str, value: Vec<Span>| {
            if !value.is_empty() {
                facts.push((name.to_owned(), value));
            }
        };
        fact("Incident", vec![plain(&line.incident)]);
        if line.drill {
            fact("Drill", vec![warning("this is an exercise")]);
        }
        fact("State", line.standing());
        fact("Severity", vec![severity(line.severity)]);
        fact("Tier", vec![plain(line.tier)]);
        let noticed = self.detected_by.iter().map(|by| plain(format!(", noticed by {by}"))).collect();
        let age = vec![dim(format!(" ({})", spoken::ago(line.declared.moment(), self.asked_at)))];
        fact("Declared", join(vec![vec![plain(told(&line.declared, style))], noticed, age], ""));
        fact("At first", self.declared_summary.iter().map(plain).collect());
        fact("Mitigated", line.mitigated.iter().map(|by| plain(told(by, style))).collect());
        fact("Over", line.ended.iter().map(|by| plain(told(by, style))).collect());
        for role in &line.roles {
            let holders: Vec<&str> = role.holders.iter().map(scribe_domain::actor::Person::as_str).collect();
            fact(&capital(&role.role.spoken()), vec![plain(holders.join(", "))]);
        }
        let present: Vec<&str> = self.present.iter().map(scribe_domain::actor::Person::as_str).collect();
        fact("Present", if present.is_empty() { vec![] } else { vec![plain(present.join(", "))] });
        if let Some(review) = &self.review {
            let due = review.due.map(|due| format!(", due {due}")).unwrap_or_default();
            fact("Review", vec![plain(format!("{}{due}", review.owner))]);
        }
        facts
    }

    fn summary_items(&self, style: &Style) -> Vec<Vec<Span>> {
        let Some(summary) = &self.summary else {
            return Vec::new();
        };
        let mut items = vec![vec![plain(&summary.status), dim(format!(" ({})", told(&summary.told, style)))]];
        items.extend(summary.cause.iter().map(|cause| vec![dim("cause: "), plain(cause)]));
        items.extend(summary.plan.iter().map(|plan| vec![dim("plan: "), plain(plan)]));
        items
    }

    fn hypothesis_items(&self) -> Vec<Vec<Span>> {
        self.hypotheses
            .iter()
            .map(|guess| {
                let mut item = vec![dim(format!("{}  ", guess.hypothesis)), or_redacted(guess.text.as_ref())];
                match guess.verdict {
                    Some(verdict) => item.push(dim(format!(" ({verdict})"))),
                    None => item.extend([plain(" "), dim("(open)")]),
                }
                item.extend(guess.finding.iter().map(|finding| plain(format!(": {finding}"))));
                item
            })
            .collect()
    }

    fn update_items(&self, style: &Style) -> Vec<Vec<Span>> {
        self.last_updates
            .iter()
            .map(|told| {
                let update = &told.update;
                vec![
                    strong(told.audience),
                    plain(format!(" {}: ", update.status)),
                    or_redacted(update.text.as_ref()),
                    dim(format!(
                        " ({}, {})",
                        spoken::told(&update.told, style),
                        spoken::ago(update.told.moment(), self.asked_at)
                    )),
                ]
            })
            .collect()
    }
}

/// A title, or that it was redacted.
fn title(title: Option<&Title>) -> String {
    title.map_or_else(|| spoken::REDACTED.to_owned(), Title::to_string)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

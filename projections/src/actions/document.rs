//! Actions and follow-ups as people read them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Action, ActionDue, ActionList, FollowUp, FollowUpDue, Workaround, WorkaroundDue, overdue_seconds,
};
use crate::document::time::duration;
use crate::document::{Block, Document, Span, Style, Tone, View, dim, plain, strong};
use crate::runner::spoken::{self, warning};

impl View for ActionList {
    fn document(&self, style: &Style) -> Document {
        let mut blocks = vec![spoken::as_of(self.asked_at, style)];
        let section = |heading: &str, column: &str, rows: Vec<Vec<Vec<Span>>>| {
            let header = vec!["Due".to_owned(), column.to_owned()];
            [Block::Heading(2, vec![plain(heading)]), Block::Table { header, rows }]
        };
        if self.actions.is_empty() && self.follow_ups.is_empty() && self.workarounds.is_empty() {
            blocks.insert(0, Block::Paragraph(vec![plain("Nothing is due.")]));
        }
        if !self.actions.is_empty() {
            let rows = self.actions.iter().map(|due| due.row(self.asked_at, style)).collect();
            blocks.extend(section("Open actions", "Action", rows));
        }
        if !self.workarounds.is_empty() {
            let rows = self.workarounds.iter().map(|due| due.row(self.asked_at, style)).collect();
            blocks.extend(section("Workarounds to be reverted", "Workaround", rows));
        }
        if !self.follow_ups.is_empty() {
            let rows = self.follow_ups.iter().map(FollowUpDue::row).collect();
            blocks.extend(section("Open follow-ups", "Follow-up", rows));
        }
        Document { title: "Actions and follow-ups".to_owned(), blocks }
    }
}

impl ActionDue {
    fn row(&self, asked_at: DateTime<Utc>, style: &Style) -> Vec<Vec<Span>> {
        let mut what = vec![strong(format!("{}: ", self.action.to))];
        what.extend(self.action.spans());
        what.extend([plain("\n"), dim(format!("{} action {}", self.incident, self.action.action))]);
        what.push(dim(format!(", assigned {}", spoken::told(&self.action.assigned, style))));
        if self.incident_over {
            what.extend([plain("\n"), warning("the incident is over")]);
        }
        vec![vec![self.action.due(asked_at)], what]
    }
}

impl WorkaroundDue {
    fn row(&self, asked_at: DateTime<Utc>, style: &Style) -> Vec<Vec<Span>> {
        let mut what = self.workaround.spans();
        what.extend([
            plain("\n"),
            dim(format!("{} workaround {}", self.incident, self.workaround.workaround)),
        ]);
        what.push(dim(format!(", applied {}", spoken::told(&self.workaround.applied, style))));
        if self.incident_over {
            what.extend([plain("\n"), warning("the incident is over")]);
        }
        vec![vec![self.workaround.due(asked_at)], what]
    }
}

impl Workaround {
    /// How due it is that somebody asks.
    pub(crate) fn due(&self, asked_at: DateTime<Utc>) -> Span {
        due(self.due_at(), asked_at)
    }

    /// What was changed, and who reverts it.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = self.to.iter().map(|to| strong(format!("{to}: "))).collect();
        spans.push(spoken::or_redacted(self.text.as_ref()));
        spans
    }
}

/// How due a check-back is: `12 min overdue`, `in 8 min`.
fn due(due_at: Option<DateTime<Utc>>, asked_at: DateTime<Utc>) -> Span {
    match (overdue_seconds(due_at, asked_at), due_at) {
        (Some(late), _) => Span::Tone(Tone::Bad, format!("{} overdue", duration(TimeDelta::seconds(late)))),
        (None, Some(at)) => plain(spoken::ago(at, asked_at)),
        (None, None) => dim("no time set"),
    }
}

impl Action {
    /// How due it is: `12 min overdue`, `in 8 min`.
    pub(crate) fn due(&self, asked_at: DateTime<Utc>) -> Span {
        due(self.due_at(), asked_at)
    }

    /// What is to do, and how it was going.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = vec![spoken::or_redacted(self.text.as_ref()), dim(format!(" ({})", self.kind))];
        if let Some(check_in) = &self.last_check_in {
            spans.extend([plain("\n"), dim("last: "), spoken::or_redacted(check_in.text.as_ref())]);
        }
        spans
    }
}

impl FollowUpDue {
    fn row(&self) -> Vec<Vec<Span>> {
        let promised = &self.follow_up;
        let due = match (self.overdue_days, promised.due) {
            (Some(late), _) => Span::Tone(Tone::Bad, format!("{late} d overdue")),
            (None, Some(day)) => plain(day),
            (None, None) => dim("no date set"),
        };
        let mut what = promised.spans();
        what.extend([
            plain("\n"),
            dim(format!("{} follow-up {}, {} d old", self.incident, promised.follow_up, self.age_days)),
        ]);
        vec![vec![due], what]
    }
}

impl FollowUp {
    /// What is to do, by whom, and who promised it.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = vec![match &self.owner {
            Some(owner) => strong(format!("{owner}: ")),
            None => warning("nobody: "),
        }];
        spans.push(spoken::or_redacted(self.text.as_ref()));
        if let Some(by) = &self.committed_by {
            spans.push(dim(format!(" (promised by {by})")));
        }
        spans
    }
}

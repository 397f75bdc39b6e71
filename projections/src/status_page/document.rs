//! A page as people read it.

use scribe_domain::values::{ComponentState, Phase};
use scribe_domain::when::When;

use super::incident::{PageEnding, PageIncident, PageUpdate};
use super::page::StatusPage;
use super::uptime::PageComponent;
use crate::amended::AmendmentKind;
use crate::document::time::{date, date_time_of, moment};
use crate::document::{self, Block, Document, Span, Style, Tone, View, dim, plain, strong};
use crate::runner::spoken::{self, REDACTED, count, warning};
use crate::sentence::components;

impl View for StatusPage {
    /// The page as its audience reads it: what was withdrawn from it is not there.
    fn document(&self, style: &Style) -> Document {
        let mut blocks = vec![Block::Paragraph(vec![self.headline()]), spoken::as_of(self.asked_at, style)];
        if !self.components.is_empty() {
            let days = count(usize::try_from(self.days).unwrap_or(usize::MAX), "day");
            blocks.push(Block::Heading(2, vec![plain("Components")]));
            blocks.push(Block::Table {
                header: vec!["Component".to_owned(), "State".to_owned(), format!("Uptime, {days}")],
                rows: self.components.iter().map(PageComponent::row).collect(),
            });
        }
        if !self.open.is_empty() {
            blocks.push(Block::Heading(2, vec![plain("Going on")]));
            self.open.iter().for_each(|incident| blocks.extend(incident.blocks(style)));
        }
        blocks.push(Block::Heading(2, vec![plain("Past incidents")]));
        if self.past.is_empty() {
            let none = format!("None in the last {} days.", self.days);
            blocks.push(Block::Paragraph(vec![plain(none)]));
        }
        self.past.iter().for_each(|incident| blocks.extend(incident.blocks(style)));
        if !self.components.is_empty() {
            blocks.push(Block::Heading(2, vec![plain("How uptime is counted")]));
            blocks.push(Block::Paragraph(vec![dim(self.uptime_rule)]));
        }
        let mut tier = self.tier.to_string();
        tier[..1].make_ascii_uppercase();
        Document { title: format!("{tier} status page"), blocks }
    }
}

impl StatusPage {
    fn headline(&self) -> Span {
        let worst = match self.overall {
            ComponentState::Operational => None,
            ComponentState::Maintenance => Some((Tone::Neutral, "Some components are under maintenance")),
            ComponentState::Degraded => Some((Tone::Warning, "Some components are degraded")),
            ComponentState::PartialOutage => Some((Tone::Bad, "Some components are partly down")),
            ComponentState::MajorOutage => Some((Tone::Bad, "Some components are down")),
        };
        let real = self.open.iter().filter(|incident| !incident.drill).count();
        match (worst, real) {
            (Some((tone, text)), _) => Span::Tone(tone, format!("{text}.")),
            (None, 0) if self.open.is_empty() => Span::Tone(Tone::Good, "All is well.".to_owned()),
            (None, 0) => Span::Tone(Tone::Good, "All is well; a drill is going on.".to_owned()),
            (None, 1) => warning("An incident is going on."),
            (None, some) => warning(format!("{some} incidents are going on.")),
        }
    }
}

impl PageComponent {
    fn row(&self) -> Vec<Vec<Span>> {
        let uptime = plain(format!("{:.4} %", self.uptime_percent));
        vec![vec![plain(&self.component)], vec![state(self.state)], vec![uptime]]
    }
}

impl PageIncident {
    fn blocks(&self, style: &Style) -> Vec<Block> {
        let title = match &self.title {
            Some(title) => title.to_string(),
            None if self.title_redacted => REDACTED.to_owned(),
            // Nobody gave this audience a name for it.
            None => match self.since {
                When::Unknown => "An incident".to_owned(),
                When::At(at, _) => format!("Incident of {}", date(at, style)),
            },
        };
        let mut heading = vec![plain(title)];
        if self.drill {
            heading.extend([plain(" "), warning("(drill)")]);
        }
        let mut blocks = vec![Block::Heading(3, heading), Block::Paragraph(self.state(style))];
        if let Some(summary) = &self.summary {
            blocks.push(match &summary.text {
                Some(text) => document::told(text),
                None => Block::Paragraph(vec![dim(REDACTED)]),
            });
            let when = dim(format!("summary of {}", date_time_of(summary.told, style)));
            blocks.push(Block::Paragraph(vec![when]));
        }
        if self.updates.is_empty() {
            let none = if self.end.is_some() { "Nothing was posted here." } else { "No update yet." };
            blocks.push(Block::Paragraph(vec![dim(none)]));
        }
        for update in &self.updates {
            blocks.extend(update.blocks(style));
        }
        blocks
    }

    fn state(&self, style: &Style) -> Vec<Span> {
        let since = date_time_of(self.since, style);
        let mut spans = match &self.end {
            None => {
                let part = self.part_of.as_ref().map_or(String::new(), |into| format!(", part of {into}"));
                vec![phase(self.status), dim(format!("{part}, on this page since {since}"))]
            }
            Some(end) => {
                let at = match end.at {
                    When::Unknown => ", when is not known".to_owned(),
                    at @ When::At(..) => format!(" {}", date_time_of(at, style)),
                };
                let how = match end.how {
                    PageEnding::Told | PageEnding::Resolved => "resolved",
                    PageEnding::Cancelled => "declared in error, cancelled",
                    PageEnding::Merged => "over with the incident that it became part of,",
                };
                vec![Span::Tone(Tone::Good, how.to_owned()), dim(format!("{at}, on this page since {since}"))]
            }
        };
        if !self.components.is_empty() {
            spans.push(plain(format!("\n{}", components(&self.components))));
        }
        if let Some(at) = self.title_edited_at {
            spans.push(dim(format!("\ntitle edited {}", moment(at, style))));
        }
        spans
    }
}

impl PageUpdate {
    fn blocks(&self, style: &Style) -> Vec<Block> {
        let mut head = vec![phase(self.status), plain(" "), dim(date_time_of(self.published, style))];
        if self.recorded_late {
            head.push(dim(format!(", recorded {}", moment(self.recorded_at, style))));
        }
        for edit in &self.edits {
            let what = match edit.kind {
                AmendmentKind::Corrected => "edited",
                AmendmentKind::Retracted => "taken back",
                AmendmentKind::Redacted => "redacted",
            };
            head.extend([plain(", "), warning(format!("{what} {}", moment(edit.at, style)))]);
        }
        if !self.components.is_empty() {
            head.push(plain(format!("\n{}", components(&self.components))));
        }
        let retracted = self.edits.iter().any(|edit| edit.kind == AmendmentKind::Retracted);
        let words = match &self.text {
            Some(text) if retracted => Block::Quote(vec![Span::Struck(text.to_string())]),
            Some(text) => document::quoted(text),
            None => Block::Quote(vec![dim(REDACTED)]),
        };
        let mut blocks = vec![Block::Paragraph(head), words];
        if let Some(first) = &self.first {
            let then = date_time_of(first.published, style);
            let was = format!("At first, as {} at {then}: {}", first.status, first.text);
            blocks.push(Block::Paragraph(vec![dim(was)]));
        }
        blocks
    }
}

fn phase(phase: Phase) -> Span {
    let word = phase.to_string();
    match phase {
        Phase::Resolved => Span::Tone(Tone::Good, word),
        Phase::Monitoring => strong(word),
        Phase::Investigating | Phase::Identified => warning(word),
    }
}

fn state(state: ComponentState) -> Span {
    let tone = match state {
        ComponentState::Operational => Tone::Good,
        ComponentState::Maintenance => Tone::Neutral,
        ComponentState::Degraded => Tone::Warning,
        ComponentState::PartialOutage | ComponentState::MajorOutage => Tone::Bad,
    };
    Span::Tone(tone, crate::sentence::spoken(state.as_str()))
}

//! A role history as a document.

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::when::{Precision, When};

use super::{HowEnded, Overlap, RoleHistory, RoleLine, Tenure, TenureEnd};
use crate::document::time::{Clock, duration};
use crate::document::{Block, Document, Span, Style, Tone, View, dim, plain};
use crate::sentence::{capitalised, name};

impl View for RoleHistory {
    fn document(&self, style: &Style) -> Document {
        let clock = Clock::on_the_day_of(self.name.declared, style);
        let mut about = Vec::new();
        if let Some(incident) = &self.name.incident {
            about.extend([Span::Code(incident.to_string()), plain("\n")]);
        }
        about.push(dim(format!("Roles, {}", clock.note())));
        if let Some(as_of) = self.as_of.spoken(style) {
            about.push(dim(format!(", {as_of}")));
        }
        let mut blocks = vec![Block::Paragraph(about)];
        if self.roles.is_empty() {
            blocks.push(Block::Paragraph(vec![plain("Nobody took a role.")]));
        }
        blocks.extend(self::blocks(&self.roles, clock, 2));
        Document { title: self.name.title.clone(), blocks }
    }
}

/// Each role under a heading of this level.
pub(crate) fn blocks(roles: &[RoleLine], clock: Clock<'_>, level: u8) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in roles {
        blocks.push(Block::Heading(level, vec![plain(capitalised(&line.role.spoken()))]));
        blocks.push(line.table(clock));
        if !line.shared {
            blocks.push(Block::Paragraph(line.verdict(clock)));
        }
    }
    blocks
}

impl RoleLine {
    fn table(&self, clock: Clock<'_>) -> Block {
        let rows = self.tenures.iter().map(|tenure| tenure.row(clock)).collect();
        Block::Table { header: ["Who", "From", "Until", "How"].map(String::from).to_vec(), rows }
    }

    /// `3 holders, 2 handoffs, no gap, no overlap.`
    fn verdict(&self, clock: Clock<'_>) -> Vec<Span> {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => format!("no {one}"),
            1 => format!("1 {one}"),
            n => format!("{n} {many}"),
        };
        let mut spans = vec![plain(format!(
            "{}, {}",
            count(self.tenures.len(), "tenure", "tenures"),
            count(self.handoffs, "handoff", "handoffs"),
        ))];
        let between = |from: DateTime<Utc>, until: Option<DateTime<Utc>>| match until {
            Some(until) => {
                let to_the_minute = |at| When::At(at, Precision::Minute);
                let (began, ended) = clock.between(to_the_minute(from), to_the_minute(until));
                format!("from {began} to {ended} ({})", duration(until - from))
            }
            None => format!("since {}", clock.tell_moment(from)),
        };
        if self
            .tenures
            .iter()
            .any(|t| t.from == When::Unknown || t.ended.as_ref().is_some_and(|e| e.at == When::Unknown))
        {
            spans.push(plain("; whether there were gaps is not known, for not all times are"));
        } else if self.gaps.is_empty() {
            spans.push(plain(", no gap"));
        }
        for gap in &self.gaps {
            spans.push(plain("; "));
            spans.push(Span::Tone(Tone::Warning, format!("vacant {}", between(gap.from, gap.until))));
        }
        for Overlap { from, until, who: [first, second] } in &self.overlaps {
            let both = format!("both {first} and {second} {}", between(*from, *until));
            spans.extend([plain("; "), Span::Tone(Tone::Warning, both)]);
        }
        spans.push(plain("."));
        spans
    }
}

impl Tenure {
    fn row(&self, clock: Clock<'_>) -> Vec<Vec<Span>> {
        let until = match &self.ended {
            None => dim("not given up"),
            Some(TenureEnd { at, how: HowEnded::Superseded, .. }) => {
                dim(format!("not said, at latest {}", clock.tell(*at)))
            }
            Some(ended) => plain(clock.tell(ended.at)),
        };
        // Somebody else's word for it is not their own.
        let by_another = |who: &Person, told_by: &Who| match told_by {
            Who::Person(teller) if teller == who => String::new(),
            teller => format!(", as {} told", name(teller)),
        };
        let mut how = vec![plain(match &self.handed_over_by {
            Some(from) => match by_another(from, &self.told_by) {
                told if told.is_empty() => format!("handed over by {from}"),
                told => format!("handed over from {from}{told}"),
            },
            None => "assigned".to_owned(),
        })];
        if let Some(why) = &self.why {
            how.push(plain(format!(": {why}")));
        }
        how.extend([plain(" "), Span::Cite(self.event)]);
        if let Some(TenureEnd { how: HowEnded::Left, event, told_by, .. }) = &self.ended {
            let told = by_another(&self.who, told_by);
            how.extend([plain(format!("; gave it up{told} ")), Span::Cite(*event)]);
        }
        vec![vec![plain(&self.who)], vec![plain(clock.tell(self.from))], vec![until], how]
    }
}

//! The internal edition as a document.

use scribe_domain::values::ReviewSection;

use super::account::long;
use super::account::{compose, tier_now};
use super::internal::{InternalEdition, Outcome};
use super::parts::{Hit, ImpactLine};
use super::points::Metric;
use super::rows::{answer, follow_up_row, impact_row, metric_row, point_spans, run_blocks, update_blocks};
use crate::document::time::Clock;
use crate::document::{Block, Document, Span, Style, Tone, View, code, dim, plain};
use crate::runner::attribution::Attribution;
use crate::runner::spoken::{join, or_redacted};
use crate::sentence::{capitalised, cites, heading_of, name, severity};
use crate::timeline::{Ids, tables};

impl View for InternalEdition {
    fn document(&self, style: &Style) -> Document {
        let clock = Clock::on_the_day_of(self.name.declared, style);
        let mut blocks = self.heading(clock, style);
        let mut section = |heading: &str, content: Vec<Block>| {
            blocks.push(Block::Heading(2, vec![plain(heading)]));
            blocks.extend(content);
        };
        section("Summary", self.summary_blocks(clock));
        section("Impact", self.impact(clock));
        section("What happened", self.what_happened(clock));
        section("Cause", self.cause());
        section("People and roles", self.people(clock));
        section("Lessons", self.lessons(clock));
        section("Follow-ups", self.follow_up_blocks(clock));
        section("Links", super::links::blocks(&self.links));
        section("What was told", self.updates(clock));
        section("Runs", self.run_blocks(clock));
        for (heading, content) in self.open_ends(clock) {
            section(heading, content);
        }
        section("Times", self.times(clock));
        section("Tier and severity", self.steps(clock));
        section("Timeline", tables(&self.timeline, style, 3, Ids::Short));
        Document { title: format!("Postmortem: {}", self.name.title), blocks }
    }
}

impl InternalEdition {
    fn heading(&self, clock: Clock<'_>, style: &Style) -> Vec<Block> {
        let mut about = Vec::new();
        if let Some(incident) = &self.name.incident {
            about.extend([code(incident), plain("\n")]);
        }
        about.push(dim(format!("Internal edition, {}", clock.note())));
        if let Some(as_of) = self.as_of.spoken(style) {
            about.push(dim(format!(", {as_of}")));
        }
        let mut blocks = vec![Block::Paragraph(about)];
        if self.name.drill {
            let drill = Span::Tone(Tone::Warning, "This was a drill, not a real incident.".to_owned());
            blocks.push(Block::Paragraph(vec![drill]));
        }
        let state = match &self.situation.outcome {
            Outcome::Open => format!("open, {}", self.situation.phase),
            Outcome::Resolved { closed: None, .. } => "resolved".to_owned(),
            Outcome::Resolved { closed: Some(_), .. } => "resolved and closed".to_owned(),
            Outcome::Cancelled { .. } => "cancelled, declared in error".to_owned(),
            Outcome::Merged { into, .. } => format!("merged into {into}"),
        };
        let mut facts = vec![("State".to_owned(), vec![plain(state)])];
        if let Some(tier) = tier_now(self) {
            facts.push(("Tier".to_owned(), vec![plain(tier)]));
        }
        if let Some(step) = self.severities.last() {
            facts.push(("Severity".to_owned(), vec![severity(step.to)]));
        }
        facts.push(("Review".to_owned(), self.review_state(clock)));
        blocks.push(Block::Facts(facts));
        blocks
    }

    fn review_state(&self, clock: Clock<'_>) -> Vec<Span> {
        let review = &self.review_state;
        let mut parts = vec![match &review.owner {
            Some(owner) => vec![plain(format!("assigned to {owner}"))],
            None if review.erased => vec![dim("who was asked to write it is erased")],
            None => vec![dim("nobody was asked to write it")],
        }];
        parts.extend(review.due.map(|due| vec![plain(format!("due {due}"))]));
        for (audience, told) in &review.published {
            parts.push(vec![
                plain(format!("published ({audience}) {} ", clock.tell(told.occurred))),
                Span::Cite(told.event),
            ]);
        }
        join(parts, ", ")
    }

    /// What somebody needs to know who reads nothing else.
    fn summary_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        let mut facts: Vec<(String, Vec<Span>)> = Vec::new();
        let mut fact = |name: &str, value: Vec<Span>| facts.push((name.to_owned(), value));
        if let Some(summary) = &self.summary {
            fact("At first", vec![plain(summary)]);
        }
        fact("Impact", vec![self.impact_in_short(clock)]);
        let cause = self.causes.iter().rev().find(|cause| !cause.is_change);
        fact(
            "Cause",
            vec![cause.map_or_else(|| dim("not recorded"), |cause| or_redacted(cause.text.as_ref()))],
        );
        let end = match &self.situation.outcome {
            Outcome::Open => match &self.points.resolved {
                Some(point) => plain(format!("{}, as a milestone tells", clock.tell(point.at))),
                None => dim("not recorded"),
            },
            Outcome::Resolved { told, .. }
            | Outcome::Cancelled { told, .. }
            | Outcome::Merged { told, .. } => plain(clock.tell(told.occurred)),
        };
        fact("Over", vec![end]);
        let open = self.follow_ups.iter().filter(|line| line.done.is_none()).count();
        let follow_ups = match self.follow_ups.len() {
            0 => dim("none agreed"),
            some => plain(format!("{some} agreed, {open} open")),
        };
        fact("Follow-ups", vec![follow_ups]);
        vec![Block::Facts(facts)]
    }

    fn impact_in_short(&self, clock: Clock<'_>) -> Span {
        if let Some(Hit { seconds, from, until }) = self.hit {
            let (from, until) = clock.between(from, until);
            let about = self.impacts.iter().any(|impact| impact.about);
            return plain(format!("users were hit for {} between {from} and {until}", long(seconds, about)));
        }
        if self.impacts.is_empty() {
            return dim("not recorded");
        }
        let begins: Option<Vec<_>> = self.impacts.iter().map(|impact| impact.from.at()).collect();
        let begins = begins.and_then(|_| self.impacts.first()).map(|first| first.from);
        let since = begins.map(|from| format!(" from {}", clock.tell(from))).unwrap_or_default();
        let is_unended = |impact: &ImpactLine| impact.until.and_then(|until| until.at()).is_none();
        let missing = match (begins.is_none(), self.impacts.iter().any(is_unended)) {
            (true, true) => "not every beginning and end is known",
            (true, false) => "not every beginning is known",
            (false, true) => "not every end is known",
            (false, false) => "an end was told as before its beginning",
        };
        plain(format!("users were hit{since}; {missing}"))
    }

    fn what_happened(&self, clock: Clock<'_>) -> Vec<Block> {
        let mut blocks = Vec::new();
        let written = self.review.iter().find(|answer| answer.section == ReviewSection::WhatHappened);
        if let Some(written) = written.filter(|answer| answer.text.is_some()) {
            blocks.extend(answer(written, clock));
            blocks.push(Block::Heading(3, vec![plain("From the record")]));
        }
        blocks
            .push(Block::List(compose(self, clock).iter().map(super::statement::Statement::spans).collect()));
        blocks
    }

    fn impact(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.impacts.is_empty() {
            return nothing("No impact is recorded.");
        }
        let rows = self.impacts.iter().map(|impact| impact_row(impact, clock)).collect();
        vec![table(["From", "Until", "How long", "What"], rows)]
    }

    fn cause(&self) -> Vec<Block> {
        let mut items = Vec::new();
        if self.causes.iter().all(|cause| cause.is_change) {
            items.push(vec![plain("The cause is not recorded.")]);
        }
        for cause in &self.causes {
            let mut item = Vec::new();
            if cause.is_change {
                item.push(dim("A change is linked as the cause: "));
            }
            item.push(or_redacted(cause.text.as_ref()));
            item.push(dim(format!(" ({})", name(&cause.told.by))));
            item.extend(cites(&cause.cites));
            items.push(item);
        }
        match <[_; 1]>::try_from(items) {
            Ok([only]) => vec![Block::Paragraph(only)],
            Err(items) => vec![Block::List(items)],
        }
    }

    fn times(&self, clock: Clock<'_>) -> Vec<Block> {
        let (known, unknown): (Vec<&Metric>, Vec<&Metric>) =
            self.metrics.iter().partition(|metric| metric.from.is_some() && metric.to.is_some());
        let rows: Vec<_> = known.iter().map(|metric| metric_row(metric, clock)).collect();
        let points = self.points.named().into_iter().map(|(name, point)| {
            let value = match point {
                Some(point) => point_spans(point, clock),
                None => vec![dim("not recorded")],
            };
            (name, value)
        });
        let mut blocks = Vec::new();
        if !rows.is_empty() {
            blocks.push(table(["Metric", "How long", "From", "To"], rows));
        }
        if !unknown.is_empty() {
            let unknown: Vec<&str> = unknown.iter().map(|metric| metric.name.as_str()).collect();
            blocks.push(Block::Paragraph(vec![dim(format!("Not recorded: {}.", unknown.join("; ")))]));
        }
        blocks.push(Block::Heading(3, vec![plain("Milestones")]));
        blocks.push(Block::Facts(points.collect()));
        blocks
    }

    fn steps(&self, clock: Clock<'_>) -> Vec<Block> {
        let first = self.tiers.first().zip(self.severities.first());
        let declared = first.map(|(tier, severity)| {
            (&tier.told, vec![plain(format!("declared {}, {}", tier.to, severity.to))])
        });
        let tiers = self.tiers.iter().filter_map(|step| {
            let from = step.from?;
            let why = step.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            Some((&step.told, vec![plain(format!("tier from {from} to {}{why}", step.to))]))
        });
        let severities = self.severities.iter().filter_map(|step| {
            let mut change = vec![plain(format!("severity from {} to ", step.from?)), severity(step.to)];
            change.extend(step.why.as_ref().map(|why| plain(format!(": {why}"))));
            Some((&step.told, change))
        });
        let mut steps: Vec<(&Attribution, Vec<Span>)> =
            declared.into_iter().chain(tiers).chain(severities).collect();
        steps.sort_by_key(|(told, _)| told.moment());
        if steps.is_empty() {
            return nothing("Nothing is recorded.");
        }
        let rows = steps.into_iter().map(|(told, mut change)| {
            change.extend([plain(" "), Span::Cite(told.event)]);
            vec![vec![plain(clock.tell(told.occurred))], vec![plain(name(&told.by))], change]
        });
        vec![table(["Time", "Who", "Change"], rows.collect())]
    }

    fn people(&self, clock: Clock<'_>) -> Vec<Block> {
        let mut blocks = if self.roles.is_empty() {
            nothing("Nobody took a role.")
        } else {
            crate::roles::blocks(&self.roles, clock, 3)
        };
        blocks.extend(super::participants::blocks(&self.participants, clock));
        blocks
    }

    fn updates(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.told.is_empty() {
            return nothing("Nothing was told to any audience.");
        }
        self.told.iter().flat_map(|update| update_blocks(update, clock)).collect()
    }

    fn run_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.runs.is_empty() {
            return nothing("No run is recorded.");
        }
        self.runs.iter().flat_map(|run| run_blocks(run, clock)).collect()
    }

    fn lessons(&self, clock: Clock<'_>) -> Vec<Block> {
        let questions = self.review.iter().filter(|answer| answer.section != ReviewSection::WhatHappened);
        let (answered, open): (Vec<_>, Vec<_>) =
            questions.partition(|question| question.text.is_some() || question.erased);
        let mut blocks = Vec::new();
        for question in answered {
            blocks.push(Block::Heading(3, vec![plain(capitalised(heading_of(question.section)))]));
            blocks.extend(answer(question, clock));
        }
        if !open.is_empty() {
            let open: Vec<&str> = open.iter().map(|question| heading_of(question.section)).collect();
            blocks.push(Block::Paragraph(vec![dim(format!("Not answered: {}.", open.join("; ")))]));
        }
        blocks
    }

    /// The sections of which something is recorded, with their headings.
    fn open_ends(&self, clock: Clock<'_>) -> Vec<(&'static str, Vec<Block>)> {
        let relations = self.relations.iter().map(|relation| {
            let mut item = relation.spans();
            item.extend([plain(" "), Span::Cite(relation.told.event)]);
            item
        });
        let risks = self.risks.iter().map(|risk| {
            let mut item = risk.spans(&clock.tell(risk.told.occurred));
            item.extend(cites(&risk.cites));
            item
        });
        let workarounds = self.workarounds.iter().map(|line| line.row(clock)).collect();
        let gaps = self.gaps.iter().map(|gap| gap.row(clock)).collect();
        [
            ("Known before", list(risks.collect())),
            ("Workarounds", some_table(["What", "Applied", "Reverted"], workarounds)),
            ("Missing evidence", some_table(["From", "Until", "What"], gaps)),
            ("Other incidents", list(relations.collect())),
        ]
        .into_iter()
        .filter_map(|(heading, block)| Some((heading, vec![block?])))
        .collect()
    }

    fn follow_up_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.follow_ups.is_empty() {
            return nothing("No follow-up is recorded.");
        }
        let rows = self.follow_ups.iter().map(|line| follow_up_row(line, clock)).collect();
        vec![table(["What", "Owner", "Due", "State"], rows)]
    }
}

fn table<const N: usize>(header: [&str; N], rows: Vec<Vec<Vec<Span>>>) -> Block {
    Block::Table { header: header.map(str::to_owned).to_vec(), rows }
}

fn nothing(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![plain(text)])]
}

/// A list, if there is anything to list.
fn list(items: Vec<Vec<Span>>) -> Option<Block> {
    (!items.is_empty()).then_some(Block::List(items))
}

/// A table, if there is anything in it.
fn some_table<const N: usize>(header: [&str; N], rows: Vec<Vec<Vec<Span>>>) -> Option<Block> {
    (!rows.is_empty()).then(|| table(header, rows))
}

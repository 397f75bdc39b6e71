//! The public edition: only what was said in public.
//!
//! A type of its own that has no room for names, hosts, lines or internal words, so that none can slip in.

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Text;
use scribe_domain::values::{Phase, ReviewSection, Tier};
use scribe_domain::when::When;
use serde::Serialize;

use super::account::long;
use super::lived::Lived;
use super::parts::{answers, impacts, tiers, updates};
use crate::amended::{self, Entry, Name, entries, in_order_of_occurrence};
use crate::document::time::{Clock, zone_note};
use crate::document::{self, Block, Document, Span, Style, Tone, View, dim, plain, strong};
use crate::question::AsOf;
use crate::runner::per_incident::IncidentFold as _;
use crate::sentence::{capitalised, components, heading_of};
use crate::status_page::case::CasePages;
use crate::timeline::EntryStanding;

/// A postmortem for everybody.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct PublicEdition {
    /// Whether there is anything public about the incident at all: whether its tier is public.
    pub published: bool,
    /// The incident, if it is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// Its title, if it is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether it was an exercise.
    pub drill: bool,
    /// The moment asked about, if it was not now.
    #[serde(default, skip_serializing_if = "AsOf::is_now")]
    pub as_of: AsOf,
    /// What happened and what was learned, as far as that was written for everybody.
    pub review: Vec<PublicAnswer>,
    /// When users were hit.
    pub impacts: Vec<PublicImpact>,
    /// What was told.
    pub updates: Vec<PublicUpdate>,
}

/// A section of the review that was written for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PublicAnswer {
    /// Which.
    pub section: ReviewSection,
    /// The words.
    pub text: Text,
}

/// A time in which users were hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PublicImpact {
    /// When it began.
    pub from: When,
    /// When it ended; none if that is not recorded.
    pub until: Option<When>,
    /// How long it lasted, where both times are known; negative where they contradict each other.
    pub seconds: Option<i64>,
    /// Whether either time is only about right.
    pub about: bool,
    /// The events that tell so.
    pub cites: Vec<EventId>,
}

/// What was told in public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PublicUpdate {
    /// When.
    pub published: When,
    /// The status it was told under.
    pub status: Phase,
    /// The exact words, as corrected.
    pub text: Text,
    /// How each named component fared.
    pub components: Vec<ComponentStatus>,
    /// The event.
    pub event: EventId,
}

/// What the record held when the review was published to everybody, less what was erased since; none if it was not.
/// Anybody may tell of an impact: the public reads of it when somebody publishes again who may speak to it.
fn as_published(history: &[Recorded], entries: &[Entry<'_>]) -> Option<Vec<Recorded>> {
    let published = entries.iter().rfind(
        |entry| matches!(&*entry.event, E::ReviewPublished(published) if published.audience == Tier::Public),
    )?;
    let revision = published.recorded.revision;
    let stood = |one: &&Recorded| one.revision <= revision || matches!(one.event, E::Redacted(_));
    Some(history.iter().filter(stood).cloned().collect())
}

impl PublicEdition {
    pub(super) fn of(history: &[Recorded], as_of: &AsOf) -> Self {
        let entries = entries(history, as_of);
        let name = Name::of(history, &entries);
        let published = tiers(&entries).last().is_some_and(|step| step.to == Tier::Public);
        if !published {
            return Self {
                published,
                incident: None,
                title: None,
                drill: name.drill,
                as_of: *as_of,
                review: Vec::new(),
                impacts: Vec::new(),
                updates: Vec::new(),
            };
        }
        // The public reads what it read on its page, and nothing that was written for others.
        let pages = CasePages::of(&entries);
        let when_published = as_published(history, &entries);
        let facts = when_published.as_ref().map(|history| amended::entries(history, as_of));
        let lived = Lived::of(facts.as_ref().unwrap_or(&entries));
        let impacts = impacts(&lived).into_iter().map(|impact| PublicImpact {
            from: impact.from,
            until: impact.until,
            seconds: impact.seconds,
            about: impact.about,
            cites: impact.cites,
        });
        let review = answers(&entries)
            .into_iter()
            .filter(|answer| answer.public)
            .filter_map(|answer| Some(PublicAnswer { section: answer.section, text: answer.text? }));
        let (impacts, review) = (impacts.collect(), review.collect());
        let updates = updates(&in_order_of_occurrence(entries))
            .into_iter()
            .filter(|update| update.audience == Tier::Public && update.standing != EntryStanding::Retracted)
            .filter_map(|update| {
                Some(PublicUpdate {
                    published: update.told.occurred,
                    status: update.status,
                    text: update.text?,
                    components: update.components,
                    event: update.told.event,
                })
            });
        Self {
            published,
            incident: name.incident.map(|incident| pages.name_for(Tier::Public, &incident)),
            title: pages.title(Tier::Public).and_then(|given| given.title).map(|title| title.to_string()),
            drill: name.drill,
            as_of: *as_of,
            review,
            impacts,
            updates: updates.collect(),
        }
    }

    fn impact(impact: &PublicImpact, clock: Clock<'_>) -> Vec<Span> {
        let (began, ended) = clock.between(impact.from, impact.until.unwrap_or(When::Unknown));
        let from = match impact.from {
            When::Unknown => "Since an unknown time".to_owned(),
            When::At(..) => format!("From {began}"),
        };
        let until = match (impact.until, impact.seconds) {
            (None, _) => "; no end is recorded".to_owned(),
            (Some(_), None) => format!(" to {ended}"),
            (Some(_), Some(seconds)) if seconds < 0 => {
                format!("; its end was told as {ended}, which was before that")
            }
            (Some(_), Some(seconds)) => format!(" to {ended}, for {}", long(seconds, impact.about)),
        };
        let mut spans = vec![plain(format!("{from}{until}."))];
        spans.extend(crate::sentence::cites(&impact.cites));
        spans
    }
}

impl View for PublicEdition {
    fn document(&self, style: &Style) -> Document {
        let title = match &self.title {
            Some(title) => format!("Postmortem: {title}"),
            None => "Postmortem".to_owned(),
        };
        let mut blocks = Vec::new();
        if self.drill {
            let drill = Span::Tone(Tone::Warning, "This was a drill, not a real incident.".to_owned());
            blocks.push(Block::Paragraph(vec![drill]));
        }
        if !self.published {
            blocks.push(Block::Paragraph(vec![plain("Nothing is published about this incident.")]));
            return Document { title, blocks };
        }
        let day = self.updates.first().map(|update| update.published);
        let clock = Clock::on_the_day_of(day.or(self.impacts.first().map(|impact| impact.from)), style);
        let about = self.as_of.spoken(style).map(|as_of| format!(", {as_of}")).unwrap_or_default();
        let note =
            if self.updates.is_empty() && self.impacts.is_empty() { zone_note(style) } else { clock.note() };
        blocks.push(Block::Paragraph(vec![dim(format!("Public edition, {note}{about}"))]));
        let (happened, lessons): (Vec<_>, Vec<_>) =
            self.review.iter().partition(|answer| answer.section == ReviewSection::WhatHappened);
        blocks.extend(happened.into_iter().flat_map(section));
        blocks.push(Block::Heading(2, vec![plain("Impact")]));
        blocks.push(if self.impacts.is_empty() {
            Block::Paragraph(vec![plain("No impact is recorded.")])
        } else {
            Block::List(self.impacts.iter().map(|impact| Self::impact(impact, clock)).collect())
        });
        blocks.extend(lessons.into_iter().flat_map(section));
        blocks.push(Block::Heading(2, vec![plain("What was told")]));
        if self.updates.is_empty() {
            blocks.push(Block::Paragraph(vec![plain("Nothing was told in public.")]));
        }
        for update in &self.updates {
            let status = format!(", {}", update.status);
            blocks.push(Block::Paragraph(vec![
                Span::Anchor(update.event),
                strong(clock.tell(update.published)),
                plain(status),
                plain(" "),
                Span::Cite(update.event),
            ]));
            blocks.push(document::quoted(&update.text));
            if !update.components.is_empty() {
                blocks.push(Block::Paragraph(vec![dim(components(&update.components))]));
            }
        }
        Document { title, blocks }
    }
}

/// A section of the review, in the words of whoever wrote it.
fn section(answer: &PublicAnswer) -> [Block; 2] {
    [Block::Heading(2, vec![plain(capitalised(heading_of(answer.section)))]), document::told(&answer.text)]
}

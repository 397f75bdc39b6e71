//! `scribe review …`.

use async_trait::async_trait;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::event::review::{ReviewAssigned, ReviewPublished, ReviewSectionWritten};
use scribe_domain::ids::IncidentId;
use scribe_domain::values::{ReviewSection, Tier};

use crate::cli::common::arguments::word;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::editor;
use crate::cli::common::event::Evidence;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::incident::Care;
use crate::cli::common::session::{Effect, Session};

/// Assign, write or publish the review.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ReviewCommand {
    /// Say who will write the review
    Assign(OnIncident<AssignArgs>),
    /// Write a section; a later one for the same section replaces it
    Write(OnIncident<WriteArgs>),
    /// Show the review to an audience
    Publish(OnIncident<PublishArgs>),
}

#[async_trait(?Send)]
impl Effect for ReviewCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Assign(on) => on.record(session).await,
            Self::Write(on) if on.what.section.is_none() => write_all(on, session).await,
            Self::Write(on) => on.record(session).await,
            Self::Publish(on) => on.record(session).await,
        }
    }
}

/// Who will write it.
#[derive(Debug, Clone, Args)]
pub(super) struct AssignArgs {
    /// Who [default: you]
    owner: Option<Person>,
    /// By when, such as 2023-02-01
    #[arg(short, long, value_name = "DATE")]
    due: Option<NaiveDate>,
}

impl IncidentCommand for AssignArgs {
    type Payload = ReviewAssigned;
    fn payload(self, desk: &Desk) -> Result<ReviewAssigned, Failure> {
        let owner = desk.person_or_self(self.owner, "scribe review assign INCIDENT NAME")?;
        Ok(ReviewAssigned { owner, due: self.due })
    }
}

/// A section.
#[derive(Debug, Clone, Args)]
pub(super) struct WriteArgs {
    /// Which section; left out on a terminal, all of them are written in $VISUAL or $EDITOR
    #[arg(value_parser = word!(ReviewSection), required = !editor::is_at_hand())]
    section: Option<ReviewSection>,
    /// The words; left out on a terminal, $VISUAL or $EDITOR opens
    #[arg(required = !editor::is_at_hand())]
    text: Option<String>,
    #[command(flatten)]
    evidence: Evidence,
    /// The public edition may carry it
    #[arg(short, long)]
    public: bool,
}

#[async_trait(?Send)]
impl IncidentCommand for WriteArgs {
    type Payload = ReviewSectionWritten;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        self.evidence.find(desk, incident).await
    }

    fn payload(self, desk: &Desk) -> Result<ReviewSectionWritten, Failure> {
        let Some(section) = self.section else {
            return Err(Failure::new(Kind::BadInput, "the section is missing", "name one, such as learned"));
        };
        Ok(ReviewSectionWritten {
            section,
            text: desk.text_or_editor(self.text.as_deref(), question(section))?,
            cites: self.evidence.ids(),
            public: self.public,
        })
    }
}

/// What a section answers.
fn question(section: ReviewSection) -> &'static str {
    match section {
        ReviewSection::WhatHappened => "What happened?",
        ReviewSection::WentWell => "What went well?",
        ReviewSection::WentBadly => "What went badly?",
        ReviewSection::Improve => "What could be improved?",
        ReviewSection::Lucky => "Where were we lucky?",
        ReviewSection::Learned => "What did we learn?",
        ReviewSection::Prevent => "How is it kept from happening again?",
    }
}

/// Every section at once, in one file with the questions as headings; what is left empty is not written.
async fn write_all(on: OnIncident<WriteArgs>, session: &Session) -> Result<u8, Failure> {
    if on.recording.idempotency_key.is_some() {
        let hint = "name the section, or leave the key out";
        return Err(Failure::new(Kind::BadInput, "one key stands for one section", hint));
    }
    let desk = session.desk()?;
    // Nobody should write a review of an incident that is not there.
    let mut on = on;
    on.incident.find(desk, Care::Usual).await?;
    let questions: Vec<&str> = ReviewSection::ALL.iter().map(|section| question(*section)).collect();
    let begin = questions.iter().map(|question| format!("## {question}")).collect::<Vec<_>>().join("\n\n\n");
    let written = editor::write(begin.trim_end(), "What is left empty is not written.")?;
    let mut code = exit::DONE;
    let sections = editor::sections(&written, &questions);
    if sections.is_empty() {
        return Err(Failure::plain(Kind::BadInput, "nothing was written, so nothing was recorded"));
    }
    for (heading, text) in sections {
        let section = ReviewSection::ALL.iter().copied().find(|section| question(*section) == heading);
        let mut one = on.clone();
        (one.what.section, one.what.text) = (section, Some(text));
        code = code.max(one.record(session).await?);
    }
    Ok(code)
}

/// An audience.
#[derive(Debug, Clone, Args)]
pub(super) struct PublishArgs {
    /// To whom
    #[arg(value_parser = word!(Tier))]
    audience: Tier,
}

impl IncidentCommand for PublishArgs {
    type Payload = ReviewPublished;
    fn payload(self, _: &Desk) -> Result<ReviewPublished, Failure> {
        Ok(ReviewPublished { audience: self.audience })
    }
}

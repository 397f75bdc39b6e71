//! `scribe review …`.

use async_trait::async_trait;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::event::review::{ReviewAssigned, ReviewPublished, ReviewSectionWritten};
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::values::{ReviewSection, Tier};

use crate::cli::common::arguments::word;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::event::one_of;
use crate::cli::common::failure::Failure;
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
            Self::Write(on) => on.record(session).await,
            Self::Publish(on) => on.record(session).await,
        }
    }
}

/// Who will write it.
#[derive(Debug, Clone, Args)]
pub(super) struct AssignArgs {
    /// Who
    owner: Person,
    /// By when, such as 2023-02-01
    #[arg(long, value_name = "DATE")]
    due: Option<NaiveDate>,
}

impl IncidentCommand for AssignArgs {
    type Payload = ReviewAssigned;
    fn payload(self, _: &Desk) -> Result<ReviewAssigned, Failure> {
        Ok(ReviewAssigned { owner: self.owner, due: self.due })
    }
}

/// A section.
#[derive(Debug, Clone, Args)]
pub(super) struct WriteArgs {
    /// Which section
    #[arg(value_parser = word!(ReviewSection))]
    section: ReviewSection,
    /// The words
    text: String,
    /// The id of an event that shows it, or its first characters; may be given several times
    #[arg(long = "cite", value_name = "EVENT")]
    cites: Vec<String>,
    #[arg(skip)]
    shown_by: Vec<EventId>,
    /// The public edition may carry it
    #[arg(long)]
    public: bool,
}

#[async_trait(?Send)]
impl IncidentCommand for WriteArgs {
    type Payload = ReviewSectionWritten;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        for cited in &self.cites {
            self.shown_by.push(one_of(desk, incident, cited).await?);
        }
        Ok(())
    }

    fn payload(self, desk: &Desk) -> Result<ReviewSectionWritten, Failure> {
        Ok(ReviewSectionWritten {
            section: self.section,
            text: desk.text("the text", &self.text)?,
            cites: self.shown_by,
            public: self.public,
        })
    }
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

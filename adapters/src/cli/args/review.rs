//! The retrospective.

use chrono::NaiveDate;
use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::event::review::{ReviewAssigned, ReviewPublished, ReviewSectionWritten};
use scribe_domain::ids::EventId;
use scribe_domain::values::{ReviewSection, Tier};

use super::word;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Telling, Tells};

/// What is learned.
#[derive(Debug, Subcommand)]
pub enum Review {
    /// Assign, write or publish the review
    #[command(subcommand)]
    Review(ReviewCommand),
}

/// What happens to the review.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Say who will write the review
    Assign(On<AssignArgs>),
    /// Write a section; a later one for the same section replaces it
    Write(On<WriteArgs>),
    /// Show the review to an audience
    Publish(On<PublishArgs>),
}

impl Review {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        let Self::Review(command) = self;
        match command {
            ReviewCommand::Assign(on) => on.telling(desk),
            ReviewCommand::Write(on) => on.telling(desk),
            ReviewCommand::Publish(on) => on.telling(desk),
        }
    }
}

/// Who will write it.
#[derive(Debug, Clone, Args)]
pub struct AssignArgs {
    /// Who
    owner: Person,
    /// By when, such as 2023-02-01
    #[arg(long, value_name = "DATE")]
    due: Option<NaiveDate>,
}

impl Tells for AssignArgs {
    type Payload = ReviewAssigned;
    fn payload(self, _: &Desk) -> Result<ReviewAssigned, Failure> {
        Ok(ReviewAssigned { owner: self.owner, due: self.due })
    }
}

/// A section.
#[derive(Debug, Clone, Args)]
pub struct WriteArgs {
    /// Which section
    #[arg(value_parser = word!(ReviewSection))]
    section: ReviewSection,
    /// The words
    text: String,
    /// The id of an event that shows it; may be given several times
    #[arg(long = "cite", value_name = "EVENT")]
    cites: Vec<EventId>,
    /// The public edition may carry it
    #[arg(long)]
    public: bool,
}

impl Tells for WriteArgs {
    type Payload = ReviewSectionWritten;
    fn payload(self, desk: &Desk) -> Result<ReviewSectionWritten, Failure> {
        Ok(ReviewSectionWritten {
            section: self.section,
            text: desk.text("the text", &self.text)?,
            cites: self.cites,
            public: self.public,
        })
    }
}

/// An audience.
#[derive(Debug, Clone, Args)]
pub struct PublishArgs {
    /// To whom
    #[arg(value_parser = word!(Tier))]
    audience: Tier,
}

impl Tells for PublishArgs {
    type Payload = ReviewPublished;
    fn payload(self, _: &Desk) -> Result<ReviewPublished, Failure> {
        Ok(ReviewPublished { audience: self.audience })
    }
}

//! The postmortem document, in an internal and a public edition from one record.
//!
//! What people wrote in the review stands beside what scribe composes from the record. Every composed
//! sentence cites the events that it rests on; what the record does not hold is said to be missing, and
//! never guessed at. The public edition is a type of its own, so that it cannot hold anything internal.

mod account;
mod internal;
mod links;
mod lived;
/// Which metrics are told.
pub mod metrics;
mod open_ends;
mod participants;
mod parts;
mod points;
mod public;
mod render;
mod rows;
mod statement;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use scribe_domain::recorded::Recorded;
use serde::{Deserialize, Serialize};

use crate::document::time::Clock;
use crate::document::{Document, Style, View};
use crate::question::AsOf;
use metrics::MetricDefinitions;

pub use internal::{InternalEdition, Outcome, Situation};
pub use links::LinkLine;
pub use open_ends::{GapLine, WorkaroundLine};
pub use participants::Participant;
pub use parts::{
    Answer, CauseLine, Done, FollowUpLine, Hit, HoldLine, ImpactLine, Reopening, ReviewLine, Step, Update,
};
pub use points::{Metric, Point, Points};
pub use public::{PublicAnswer, PublicEdition, PublicImpact, PublicUpdate};
pub use statement::Statement;

/// For whom a postmortem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// For the company: everything.
    #[default]
    Internal,
    /// For everybody: only what was said in public.
    Public,
}

/// A word that names no edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEdition(String);

impl fmt::Display for UnknownEdition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an edition: expected internal, public", self.0)
    }
}

impl std::error::Error for UnknownEdition {}

impl FromStr for Edition {
    type Err = UnknownEdition;

    fn from_str(text: &str) -> Result<Self, UnknownEdition> {
        match text.trim().to_ascii_lowercase().as_str() {
            "internal" => Ok(Self::Internal),
            "public" => Ok(Self::Public),
            _ => Err(UnknownEdition(text.chars().take(80).collect())),
        }
    }
}

/// A postmortem.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(tag = "edition", rename_all = "snake_case")]
pub enum Postmortem {
    /// For the company.
    Internal(Box<InternalEdition>),
    /// For everybody.
    Public(PublicEdition),
}

impl Postmortem {
    /// One incident's postmortem, with these metrics. `history` is in the record's order; ages are counted to
    /// `asked_at`.
    pub fn of(
        history: &[Recorded],
        as_of: &AsOf,
        edition: Edition,
        metrics: &MetricDefinitions,
        asked_at: DateTime<Utc>,
    ) -> Self {
        match edition {
            Edition::Internal => {
                let mut edition = InternalEdition::of(history, as_of, metrics, asked_at);
                let utc = Style::default();
                edition.composed = account::compose(&edition, Clock::on_the_day_of(None, &utc));
                Self::Internal(Box::new(edition))
            }
            Edition::Public => Self::Public(PublicEdition::of(history, as_of)),
        }
    }
}

impl View for Postmortem {
    fn document(&self, style: &Style) -> Document {
        match self {
            Self::Internal(edition) => edition.document(style),
            Self::Public(edition) => edition.document(style),
        }
    }
}

#[cfg(test)]
mod tests;

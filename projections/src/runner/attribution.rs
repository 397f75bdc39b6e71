//! When something was told, and by whom.

use chrono::{DateTime, Utc};
use scribe_domain::actor::Who;
use scribe_domain::identity::{Identity, Strength};
use scribe_domain::ids::EventId;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;

/// One telling: which event, on whose word, and both its clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Attribution {
    /// The event.
    pub event: EventId,
    /// Who answers for it.
    pub by: Who,
    /// When it happened, as corrected.
    pub occurred: When,
    /// When scribe took it.
    pub recorded_at: DateTime<Utc>,
    /// How it is known who told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Identity>,
    /// Whether only a program said who that was, and named no account of theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_word: bool,
}

impl Attribution {
    /// This entry's telling.
    pub fn of(entry: &Entry<'_>) -> Self {
        Self {
            event: entry.id,
            by: entry.recorded.cause.actor.responsible(),
            occurred: entry.occurred,
            recorded_at: entry.recorded.recorded_at,
            origin: entry.recorded.cause.origin.clone(),
            on_word: entry.recorded.cause.is_on_word(),
        }
    }

    /// How well it is known who told it.
    pub fn strength(&self) -> Strength {
        let strength = Strength::of(self.origin.as_ref());
        if self.on_word { strength.min(Strength::Account) } else { strength }
    }

    /// When it happened or, where nobody knows, when it was recorded: it had happened by then.
    pub fn moment(&self) -> DateTime<Utc> {
        self.occurred.at().unwrap_or(self.recorded_at)
    }

    /// Whether it is the newer one: what is recorded late must not hide what came after it.
    pub(crate) fn follows(&self, before: Option<&Self>) -> bool {
        before.is_none_or(|before| before.moment() <= self.moment())
    }
}

//! Sentences with their evidence.

use scribe_domain::ids::EventId;
use serde::Serialize;

use crate::document::{Span, plain};
use crate::sentence::cites;

/// A sentence that scribe wrote, and the events that it rests on. None only where it says that the record
/// holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// The evidence.
    pub cites: Vec<EventId>,
}

impl Statement {
    pub(super) fn new(text: impl Into<String>, cites: impl IntoIterator<Item = EventId>) -> Self {
        Self { text: text.into(), cites: cites.into_iter().collect() }
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let mut spans = vec![plain(&self.text)];
        spans.extend(cites(&self.cites));
        spans
    }
}

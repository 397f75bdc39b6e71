//! What an outlet is: what it wants sent, and how it sends.

use std::time::Duration;

use async_trait::async_trait;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;

/// Somewhere that things are sent to.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// Its name: of its task, and of the file that tells how far it has come. Lowercase letters, digits and `-`.
    fn name(&self) -> &'static str;
    /// What is sent, to whom and what for, as a sentence.
    fn purpose(&self) -> &'static str;
    /// What to send of an event, if anything. It depends on the event alone: the same event always leads to the
    /// same delivery, also when it is sent again.
    fn wants(&self, recorded: &Recorded) -> Option<Delivery>;
    /// Sends it. It is dropped where it waits when the server stops, and the delivery is sent again later.
    async fn send(&self, delivery: &Delivery) -> Result<(), NotSent>;
}

/// Something to be sent out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event that it tells, by which the receiver knows one that is sent again.
    pub event: EventId,
    /// The event's incident.
    pub incident: IncidentId,
    /// What is sent, as the outlet has it.
    pub body: String,
}

/// Why a delivery was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It may be taken later: nobody answers, or the receiver says so.
    #[error("{why}")]
    Later {
        /// Why.
        why: String,
        /// How long the receiver asks to be left alone.
        after: Option<Duration>,
    },
    /// It will never be taken: the receiver says that it is wrong.
    #[error("{0}")]
    Never(String),
}

//! What every handler has at hand.

use std::sync::Arc;

use scribe_domain::text::Label;
use tokio::sync::Semaphore;

use super::map::Map;
use super::metrics::Metrics;
use crate::app::App;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::{Deed, Question};

/// How many requests are worked on at once; more are sent away, to come again.
pub(crate) const AT_ONCE: usize = 256;
/// How many feeds and exports may be open at once.
pub(crate) const FEEDS: usize = 256;

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) app: App,
    pub(crate) metrics: Arc<Metrics>,
    /// Places for requests that are being worked on.
    pub(crate) places: Arc<Semaphore>,
    /// Places for feeds that are open.
    pub(crate) feeds: Arc<Semaphore>,
    /// Every address and the methods it takes.
    pub(crate) map: Arc<Map>,
    /// Where all requests come from, where that is known: who calls it in-process.
    pub(crate) origin: Option<Label>,
}

/// Whoever looks says nothing of themselves.
const LOOKER: Caller = Caller::unnamed(Edge::Http);

impl Api {
    /// Answers a question of whoever looks.
    pub(crate) async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer<'_>, Q::Error> {
        self.app.ask(&LOOKER, question).await
    }

    /// Has a deed done for a caller who has not said who they are.
    pub(crate) async fn tell<D: Deed>(&self, deed: D) -> Result<D::Answer, D::Error> {
        self.app.tell(&LOOKER, deed).await
    }

    /// For a record and these addresses.
    pub(crate) fn new(app: App, map: Map, origin: Option<Label>) -> Self {
        Self {
            app,
            metrics: Arc::new(Metrics::new()),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            feeds: Arc::new(Semaphore::new(FEEDS)),
            map: Arc::new(map),
            origin,
        }
    }
}

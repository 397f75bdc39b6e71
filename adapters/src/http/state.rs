//! What every handler has at hand.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::map::Map;
use super::metrics::Metrics;
use crate::app::App;

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
}

impl Api {
    /// For a record and these addresses.
    pub(crate) fn new(app: App, map: Map) -> Self {
        Self {
            app,
            metrics: Arc::new(Metrics::new()),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            feeds: Arc::new(Semaphore::new(FEEDS)),
            map: Arc::new(map),
        }
    }
}

//! What every handler has at hand.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use scribe_domain::event_store::StoreError;
use tokio::sync::Semaphore;

use super::buckets::Buckets;
use super::devices::Devices;
use super::map::Map;
use super::metrics::Metrics;
use super::peer::Peer;
use crate::app::App;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::rights::GateError;
use crate::app::gate::{Deed, Question};
use crate::auth::oidc::Provider;

/// How many requests are worked on at once; more are sent away, to come again.
pub(crate) const AT_ONCE: usize = 256;
/// How many feeds and exports may be open at once.
pub(crate) const FEEDS: usize = 256;

/// How many requests a second may come with one token in the long run.
const PER_TOKEN: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// How many requests a second one address may send that show nothing, or something that does not count.
const FAILURES: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// After how long somebody may sign in once more, or let a program in, in the long run.
const BETWEEN_SIGN_INS: Duration = Duration::from_secs(30);
/// How often they may at once.
const SIGN_INS: u32 = 20;

/// What every handler has at hand, and whose request it is.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) app: App,
    pub(crate) metrics: Arc<Metrics>,
    /// Places for requests that are being worked on.
    pub(crate) places: Arc<Semaphore>,
    /// Places for feeds that are open.
    pub(crate) feeds: Arc<Semaphore>,
    /// How often each token may be used.
    pub(super) tokens: Arc<Buckets>,
    /// How often each address may fail to show who asks.
    pub(super) failures: Arc<Buckets>,
    /// How often each person may sign in: each time is recorded for good.
    pub(super) sign_ins: Arc<Buckets>,
    /// Programs without a browser that wait to be let in.
    pub(crate) devices: Arc<Devices>,
    /// The provider that people sign in with, if there is one.
    provider: Arc<OnceLock<Option<Provider>>>,
    /// Every address and the methods it takes.
    pub(crate) map: Arc<Map>,
    /// Who calls it, where that is known beforehand: whoever has the record in their own process.
    pub(crate) owner: Option<Caller>,
    /// Whose request this is. Nobody's until the door has said so.
    caller: Caller,
}

impl FromRequestParts<Self> for Api {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Self) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Caller>().cloned();
        Ok(Self { caller: caller.unwrap_or(Caller::nobody(Edge::Http)), ..api.clone() })
    }
}

impl Api {
    /// Whose request this is.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The provider that people sign in with, if there is one. It is set up when it is first asked for: a command line that
    /// calls the API in its own process has no use for it.
    pub(crate) fn provider(&self) -> Option<&Provider> {
        self.provider.get_or_init(|| provider(&self.app)).as_ref()
    }

    /// Answers a question of whoever asks.
    pub(crate) async fn ask<Q>(&self, question: Q) -> Result<Q::Answer<'_>, GateError<Q::Error>>
    where
        Q: Question<Error: From<StoreError>>,
    {
        self.app.ask(&self.caller, question).await
    }

    /// Has a deed done for whoever asks.
    pub(crate) async fn tell<D: Deed>(&self, deed: D) -> Result<D::Answer, GateError<D::Error>> {
        self.app.tell(&self.caller, deed).await
    }

    /// Answers what anybody may know.
    pub(crate) async fn know<Q: Question<Error = Infallible>>(&self, question: Q) -> Q::Answer<'_> {
        self.app.know(question).await
    }

    /// Whoever tries is slowed: how long they have to wait, if they tried too often. This machine's own are not counted.
    pub(super) fn slowed(&self, peer: Option<Peer>) -> Option<Duration> {
        let address = peer.and_then(Peer::counted_as)?;
        self.failures.take(&address, Instant::now()).err()
    }

    /// For a record and these addresses.
    pub(crate) fn new(app: App, map: Map, owner: Option<Caller>) -> Self {
        Self {
            provider: Arc::default(),
            devices: Arc::default(),
            app,
            metrics: Arc::new(Metrics::new()),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            feeds: Arc::new(Semaphore::new(FEEDS)),
            tokens: Arc::new(Buckets::new(PER_TOKEN)),
            failures: Arc::new(Buckets::new(FAILURES)),
            sign_ins: Arc::new(Buckets::one_in(BETWEEN_SIGN_INS, SIGN_INS)),
            map: Arc::new(map),
            owner,
            caller: Caller::nobody(Edge::Http),
        }
    }
}

/// The provider of the settings. One that cannot be asked at all was told of when the server was started.
fn provider(app: &App) -> Option<Provider> {
    let settings = app.config().sign_in.oidc.clone()?;
    match Provider::new(settings) {
        Ok(provider) => Some(provider),
        Err(error) => {
            tracing::error!(%error, "nobody can sign in with the provider");
            None
        }
    }
}

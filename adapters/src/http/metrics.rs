//! What the server counts, as OpenMetrics text.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use scribe_domain::ids::Position;

use crate::app::{DeliveryReport, Subject};

/// From a tenth of a millisecond to what the slowest request may take.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

/// The counters. Labels come from the API's own tables, never from a request, so that their number
/// is bounded.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    problems: Family<Code, Counter>,
    commands: Family<Name, Counter>,
    events: Counter,
    alerts: Family<Fate, Counter>,
    sightings: Family<VendorFate, Counter>,
    head: Gauge<u64, AtomicU64>,
    in_reach: Gauge,
    stale: Gauge<f64, AtomicU64>,
    differs: Gauge,
    edition: Gauge<u64, AtomicU64>,
    warnings: Gauge<u64, AtomicU64>,
    feeds: Gauge,
    clock_offset: Family<(), Gauge<f64, AtomicU64>>,
    clock_synchronised: Family<(), Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    command: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fate {
    fate: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VendorFate {
    vendor: &'static str,
    fate: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("scribe");
        let requests = Family::default();
        registry.register("requests", "Requests answered, by route and status", requests.clone());
        let durations: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register_with_unit(
            "request_duration",
            "Time until an answer began, by route",
            Unit::Seconds,
            durations.clone(),
        );
        let problems = Family::default();
        registry.register("problems", "Problems answered, refusals among them, by code", problems.clone());
        let commands = Family::default();
        registry.register(
            "commands",
            "Commands answered with a receipt, repeats included, by name",
            commands.clone(),
        );
        let events = Counter::default();
        registry.register(
            "receipt_events",
            "Events in the receipts answered, repeats included",
            events.clone(),
        );
        let alerts = Family::default();
        registry.register("alerts", "Alerts received, by what became of them", alerts.clone());
        let sightings = Family::default();
        registry.register(
            "sightings",
            "Alerts, changes and messages that other tools sent, by vendor and by what became of them",
            sightings.clone(),
        );
        let head = Gauge::default();
        registry.register("head_position", "The position of the record's last event", head.clone());
        let in_reach = Gauge::default();
        registry.register(
            "store_in_reach",
            "Whether the record itself is in reach: 1, or 0",
            in_reach.clone(),
        );
        let stale = Gauge::default();
        registry.register_with_unit(
            "store_stale",
            "How long the record has been out of reach, and what is shown may be behind; 0 while it is in reach",
            Unit::Seconds,
            stale.clone(),
        );
        let differs = Gauge::default();
        registry.register(
            "record_differs",
            "Whether the record at hand differs from what other servers have signed: 1, or 0",
            differs.clone(),
        );
        let edition = Gauge::default();
        registry.register(
            "store_edition",
            "How often everything at hand was replaced because it was not the record",
            edition.clone(),
        );
        let warnings = Gauge::default();
        registry.register(
            "store_warnings",
            "What whoever runs the server should know although the record goes on; /readyz tells each",
            warnings.clone(),
        );
        let clock_offset = Family::default();
        registry.register_with_unit(
            "clock_offset",
            "How far this machine's clock is ahead of the cluster's; not told where there is none to be seen",
            Unit::Seconds,
            clock_offset.clone(),
        );
        let clock_synchronised = Family::default();
        registry.register(
            "clock_synchronised",
            "Whether the system says that something keeps this machine's clock right: 1, or 0; not told where it does not say",
            clock_synchronised.clone(),
        );
        let feeds = Gauge::default();
        registry.register("open_feeds", "Event feeds that are open now", feeds.clone());
        Self {
            registry,
            requests,
            durations,
            problems,
            commands,
            events,
            alerts,
            sightings,
            head,
            in_reach,
            stale,
            differs,
            edition,
            warnings,
            feeds,
            clock_offset,
            clock_synchronised,
        }
    }

    /// Counts an answered request.
    pub(crate) fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let answered = Answered { route: route.into(), method: method.into(), status };
        self.requests.get_or_create(&answered).inc();
        self.durations.get_or_create(&Route { route: route.into() }).observe(took.as_secs_f64());
    }

    /// Counts a problem.
    pub(crate) fn problem(&self, code: &'static str) {
        self.problems.get_or_create(&Code { code }).inc();
    }

    /// Counts a command that got a receipt.
    pub(crate) fn command(&self, name: &str, events: usize) {
        self.commands.get_or_create(&Name { command: name.into() }).inc();
        self.events.inc_by(events as u64);
    }

    /// Counts what became of the things of one delivery, and of the alerts among them.
    pub(crate) fn delivery(&self, vendor: &'static str, report: &DeliveryReport) {
        let recorded = report.recorded.iter().map(|placed| ("recorded", &placed.subject));
        let repeated = report.repeated.iter().map(|placed| ("repeated", &placed.subject));
        let ignored = report.ignored.iter().map(|ignored| ("ignored", &ignored.subject));
        // A fate that nothing met is told as 0.
        for fate in ["recorded", "repeated", "ignored"] {
            self.alerts.get_or_create(&Fate { fate }).inc_by(0);
            self.sightings.get_or_create(&VendorFate { vendor, fate }).inc_by(0);
        }
        for (fate, Subject { alert, .. }) in recorded.chain(repeated).chain(ignored) {
            self.sightings.get_or_create(&VendorFate { vendor, fate }).inc();
            if alert.is_some() {
                self.alerts.get_or_create(&Fate { fate }).inc();
            }
        }
    }

    /// The counters as text of the form `OpenMetrics`, with what is so at this moment.
    pub(crate) fn text(&self, now: &Now) -> Result<String, fmt::Error> {
        self.head.set(now.head.0);
        self.in_reach.set(i64::from(now.out_of_reach.is_none()));
        self.differs.set(i64::from(now.differs));
        self.edition.set(now.edition);
        self.warnings.set(now.warnings);
        self.stale.set(now.out_of_reach.unwrap_or_default().as_secs_f64());
        // What is not known is not told: 0 would be an offset.
        match now.clock_offset {
            Some(seconds) => drop(self.clock_offset.get_or_create(&()).set(seconds)),
            None => drop(self.clock_offset.remove(&())),
        }
        match now.clock_synchronised {
            Some(is) => drop(self.clock_synchronised.get_or_create(&()).set(i64::from(is))),
            None => drop(self.clock_synchronised.remove(&())),
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Counts a feed for as long as the guard lives.
    pub(crate) fn open_feed(&self) -> OpenFeed {
        self.feeds.inc();
        OpenFeed(self.feeds.clone())
    }
}

/// What is looked up when the counters are asked for, instead of counted as it happens.
pub(crate) struct Now {
    /// The position of the record's last event.
    pub(crate) head: Position,
    /// For how long the record has been out of reach, if it is.
    pub(crate) out_of_reach: Option<Duration>,
    /// Whether the record at hand differs from what others have signed.
    pub(crate) differs: bool,
    /// How often everything at hand was replaced.
    pub(crate) edition: u64,
    /// How many warnings there are.
    pub(crate) warnings: u64,
    /// By how many seconds this machine's clock is ahead of the store's.
    pub(crate) clock_offset: Option<f64>,
    /// Whether something keeps this machine's clock right.
    pub(crate) clock_synchronised: Option<bool>,
}

/// A feed that is open.
pub(crate) struct OpenFeed(Gauge);

impl Drop for OpenFeed {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

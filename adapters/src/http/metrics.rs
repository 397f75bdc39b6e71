//! What the server counts, as OpenMetrics text.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
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
    clock: ClockGauges,
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
        let clock = ClockGauges::default();
        registry.register_collector(Box::new(clock.clone()));
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
            clock,
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
        self.clock.set(now.clock);
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
    /// What is known of this machine's clock.
    pub(crate) clock: ClockNow,
}

/// What is known of this machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockNow {
    /// By how many seconds it is ahead of the store's.
    pub(crate) ahead: Option<f64>,
    /// Whether something keeps it right.
    pub(crate) synchronised: Option<bool>,
}

/// Figures of the clock. What is not known is not told: 0 would say something.
#[derive(Debug, Clone, Default)]
struct ClockGauges(Arc<Mutex<ClockNow>>);

impl ClockGauges {
    fn set(&self, now: ClockNow) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Collector for ClockGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let ClockNow { ahead, synchronised } = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ahead) = ahead {
            let about = "How far this machine's clock is ahead of its cluster's";
            let gauge = ConstGauge::new(ahead);
            let unit = Some(&Unit::Seconds);
            gauge.encode(encoder.encode_descriptor("clock_offset", about, unit, gauge.metric_type())?)?;
        }
        if let Some(is_synchronised) = synchronised {
            let about = "Whether the system says that something keeps this machine's clock right: 1, or 0";
            let gauge = ConstGauge::new(i64::from(is_synchronised));
            gauge.encode(encoder.encode_descriptor(
                "clock_synchronised",
                about,
                None,
                gauge.metric_type(),
            )?)?;
        }
        Ok(())
    }
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

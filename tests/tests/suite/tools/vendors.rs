//! A vendor is one type: what it takes to place what another tool sends, shown on two made-up ones that send
//! changes, messages and alerts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scribe::app::gate::caller::{Caller, Edge};
use scribe::app::gate::deeds::Receive;
use scribe::app::{App, DeliveryReport, ReceiveError};
use scribe::clock;
use scribe::config::Config;
use scribe::inbound::sighting::{NamedIncident, Observed, Sighting};
use scribe::inbound::vendor::{Delivered, NoSettings, Vendor, VendorEntry};
use scribe::store::memory::MemoryStore;
use scribe_domain::event::evidence::{AlertFired, ChangeLinked};
use scribe_domain::event::words::Noted;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::values::{ChangeKind, ChangeRelation};
use scribe_domain::when::When;
use scribe_tests::api::Api;
use scribe_tests::beneath::failed;
use serde_json::json;
use uuid::Uuid;

/// What both of them send: things with an id, each about an incident or not.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Batch {
    things: Vec<Thing>,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Thing {
    id: String,
    kind: String,
    at: DateTime<Utc>,
    #[serde(default)]
    incident: Option<String>,
}

impl Thing {
    fn sighting(&self, vendor: &str) -> Sighting {
        let label = |text: &str| text.parse().unwrap();
        let observed = match self.kind.as_str() {
            "change" => Observed::Changed(ChangeLinked {
                kind: ChangeKind::Deploy,
                relation: ChangeRelation::Related,
                title: label(&self.id),
                at: None,
                author: None,
                deployer: None,
            }),
            "message" => Observed::Said(Noted { text: self.id.parse().unwrap() }),
            _ => Observed::Firing(AlertFired {
                source: label(vendor),
                alert: label(&self.id),
                fingerprint: Some(label(&self.id)),
                labels: std::collections::BTreeMap::new(),
                summary: None,
                at: None,
            }),
        };
        let named = self.incident.clone().map(|id| NamedIncident { by: "incident".to_owned(), id });
        Sighting {
            observed,
            name: label(&self.id),
            fingerprint: label(&self.id),
            started: When::second(self.at),
            occurred: When::second(self.at),
            named,
            declares: None,
            notes: Vec::new(),
        }
    }
}

enum Deployer {}

impl Vendor for Deployer {
    const NAME: &'static str = "deployer";
    const ABOUT: &'static str = "A test's deployer.";
    const COMMANDS: Uuid = Uuid::from_u128(1);
    type Settings = NoSettings;
    type Payload = Batch;

    fn read(payload: &Batch, NoSettings {}: &NoSettings) -> Delivered {
        Delivered {
            unread: Vec::new(),
            sightings: payload.things.iter().map(|thing| thing.sighting(Self::NAME)).collect(),
            truncated: 0,
        }
    }
}

enum Watcher {}

impl Vendor for Watcher {
    const NAME: &'static str = "watcher";
    const ABOUT: &'static str = "A test's monitoring.";
    const COMMANDS: Uuid = Uuid::from_u128(2);
    type Settings = NoSettings;
    type Payload = Batch;

    fn read(payload: &Batch, NoSettings {}: &NoSettings) -> Delivered {
        Delivered {
            unread: Vec::new(),
            sightings: payload.things.iter().map(|thing| thing.sighting(Self::NAME)).collect(),
            truncated: 0,
        }
    }
}

const DEPLOYER: &VendorEntry = &VendorEntry::of::<Deployer>();
const WATCHER: &VendorEntry = &VendorEntry::of::<Watcher>();

async fn deliver(
    app: &App,
    vendor: &'static VendorEntry,
    things: serde_json::Value,
) -> Result<DeliveryReport, ReceiveError> {
    let body = json!({ "things": things }).to_string();
    app.tell(&Caller::owner(Edge::Hook).hook(vendor), Receive { vendor, body: &body }).await.map_err(failed)
}

fn counts(report: &DeliveryReport) -> [usize; 3] {
    [report.recorded.len(), report.repeated.len(), report.ignored.len()]
}

async fn with_incident() -> (App, Arc<MemoryStore>, IncidentId) {
    let store = Arc::new(MemoryStore::new(clock::system()));
    let api = Api::over(App::with_store(Arc::clone(&store) as _, Config::default(), clock::system()));
    let id = api.declare("List import problems").await.parse().unwrap();
    (api.app, store, id)
}

#[tokio::test]
async fn changes_and_messages_join_the_incident_they_name_and_no_other() {
    let (app, store, id) = with_incident().await;
    let at = "2026-02-28T00:17:58Z";
    let things = json!([
        { "id": "deploy 17", "kind": "change", "at": at, "incident": id },
        { "id": "It was me.", "kind": "message", "at": at, "incident": id },
        { "id": "deploy 18", "kind": "change", "at": at },
        { "id": "deploy 19", "kind": "change", "at": at, "incident": "20200101-no-such" }
    ]);
    let report = deliver(&app, DEPLOYER, things.clone()).await.unwrap();
    assert_eq!(counts(&report), [2, 0, 2], "{report:?}");
    assert_eq!(
        report.recorded[0].subject.change.as_ref().map(scribe_domain::text::Label::as_str),
        Some("deploy 17")
    );
    assert_eq!(
        report.recorded[1].subject.message.as_ref().map(scribe_domain::text::Label::as_str),
        Some("It was me.")
    );
    assert_eq!(report.ignored[0].why, "it names no incident, and no rule declares one for it");
    assert_eq!(report.ignored[1].why, "incident: there is no incident 20200101-no-such");
    let history = scribe_domain::event_store::EventStore::history(&*store, &id, Revision(1)).await.unwrap();
    let kinds: Vec<&str> = history.iter().map(|recorded| recorded.event.kind()).collect();
    assert_eq!(kinds, ["change_linked", "noted"]);
    assert_eq!(history[0].cause.actor.who.to_string(), "integration:deployer");
    let again = deliver(&app, DEPLOYER, things).await.unwrap();
    assert_eq!(counts(&again), [0, 2, 2], "{again:?}");
}

#[tokio::test]
async fn an_alert_is_known_by_its_vendor_and_fingerprint() {
    let (app, _, id) = with_incident().await;
    let alert = |at: &str, incident: Option<&IncidentId>| json!([{ "id": "a", "kind": "alert", "at": at, "incident": incident }]);
    let first = deliver(&app, WATCHER, alert("2026-02-28T00:17:58Z", Some(&id))).await.unwrap();
    assert_eq!(counts(&first), [1, 0, 0], "{first:?}");
    // It fires anew, and belongs to where it fired before.
    let anew = deliver(&app, WATCHER, alert("2026-02-28T00:20:00Z", None)).await.unwrap();
    assert_eq!(counts(&anew), [1, 0, 0], "{anew:?}");
    // Another tool's alert of the same fingerprint is another alert.
    let other = deliver(&app, DEPLOYER, alert("2026-02-28T00:20:00Z", None)).await.unwrap();
    assert_eq!(counts(&other), [0, 0, 1], "{other:?}");
}

#[tokio::test]
async fn what_does_not_read_says_where() {
    let (app, ..) = with_incident().await;
    let error =
        deliver(&app, WATCHER, json!([{ "id": "a", "kind": "alert", "at": "yesterday" }])).await.unwrap_err();
    let ReceiveError::Unreadable(bad) = error else { panic!("{error}") };
    assert_eq!(bad.path, "things[0].at");
}

//! Alertmanager's webhook: what becomes of alerts, and that a repeat records nothing.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::http::Method;
use scribe::app::App;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{
    Append, AppendError, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, StoreError, TreeHead,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use scribe_tests::api::{Answer, Api, ticking};
use scribe_tests::program::Program;
use serde_json::{Value, json};

use super::place::RECORDS;

const RULES: &str = r#"
    [[alertmanager.rule]]
    match = { severity = "critical" }
    title = "{labels.alertname} on {labels.host}"
    tier = "engineering"
    severity = "sev2"
"#;

fn with_rules() -> Api {
    Api::with(Config::read(RULES, Path::new("scribe.toml")).unwrap())
}

fn alert(name: &str, severity: &str, fingerprint: &str, started: &str) -> Value {
    json!({
        "status": "firing",
        "labels": { "alertname": name, "host": "db-3", "severity": severity },
        "annotations": { "summary": format!("{name}!") },
        "startsAt": started,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": fingerprint
    })
}

fn over(mut alert: Value, ended: &str) -> Value {
    alert["status"] = "resolved".into();
    alert["endsAt"] = ended.into();
    alert
}

fn delivery(alerts: &[Value]) -> Value {
    json!({ "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing",
            "receiver": "scribe", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
            "externalURL": "http://alertmanager.example", "alerts": alerts })
}

async fn deliver(api: &Api, alerts: &[Value]) -> Value {
    let answer = api.post("/hooks/alertmanager", delivery(alerts)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn count(taken: &Value) -> [usize; 4] {
    ["declared", "recorded", "repeated", "ignored"].map(|what| taken[what].as_array().unwrap().len())
}

async fn kinds(api: &Api, incident: &str) -> Vec<String> {
    let events: Answer = api.get(&format!("/v1/incidents/{incident}/events")).await;
    assert_eq!(events.status, 200, "{}", events.text());
    events.json().as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
}

const BEGAN: &str = "2026-02-28T00:17:58.432911368Z";
const ENDED: &str = "2026-02-28T00:40:00Z";

#[tokio::test]
async fn a_rule_declares_one_incident_for_all_its_alerts_and_repeats_add_nothing() {
    let api = with_rules();
    let alerts = [
        alert("Disk full", "critical", "aaaa", BEGAN),
        alert("Disk slow", "critical", "bbbb", BEGAN),
        alert("Disk odd", "info", "cccc", BEGAN),
    ];
    let taken = deliver(&api, &alerts).await;
    assert_eq!(count(&taken), [1, 2, 0, 1], "{taken}");
    assert!(taken["ignored"][0]["why"].as_str().unwrap().contains("no rule"), "{taken}");
    let metrics = api.get("/metrics").await.text();
    for counted in ["{fate=\"recorded\"} 2", "{fate=\"repeated\"} 0", "{fate=\"ignored\"} 1"] {
        assert!(metrics.contains(&format!("scribe_alerts_total{counted}")), "{counted}: {metrics}");
    }
    let incident = taken["declared"][0].as_str().unwrap();
    assert_eq!(incident, "20260301-disk-full-on-db-3");
    assert_eq!(kinds(&api, incident).await, ["declared", "alert_fired", "alert_fired"]);
    let events = api.get(&format!("/v1/incidents/{incident}/events")).await.json();
    assert_eq!(events[1]["occurred"], BEGAN);
    assert_eq!(events[1]["actor"]["who"], "integration:alertmanager");

    let head = api.head().await;
    let again = deliver(&api, &alerts).await;
    assert_eq!(count(&again), [0, 0, 2, 1], "{again}");
    assert_eq!(api.head().await, head);
}

#[tokio::test]
async fn firing_and_resolved_come_in_one_delivery_and_the_end_goes_where_the_beginning_went() {
    let api = with_rules();
    let fired = alert("Disk full", "critical", "aaaa", BEGAN);
    let incident =
        deliver(&api, std::slice::from_ref(&fired)).await["declared"][0].as_str().unwrap().to_owned();
    let other = alert("Disk slow", "critical", "bbbb", ENDED);
    let taken = deliver(&api, &[over(fired.clone(), ENDED), other]).await;
    assert_eq!(count(&taken), [0, 2, 0, 0], "{taken}");
    assert_eq!(kinds(&api, &incident).await, ["declared", "alert_fired", "alert_resolved", "alert_fired"]);
    let events = api.get(&format!("/v1/incidents/{incident}/events")).await.json();
    assert_eq!(events[2]["occurred"], ENDED);

    // Also when the incident is over by then.
    let third = alert("Disk odd", "critical", "cccc", BEGAN);
    deliver(&api, std::slice::from_ref(&third)).await;
    api.tell(&incident, "resolve", json!({ "actor": "Zac" })).await;
    let taken = deliver(&api, &[over(third, ENDED)]).await;
    assert_eq!(count(&taken), [0, 1, 0, 0], "{taken}");
    assert_eq!(taken["recorded"][0]["incident"], incident);
}

/// A delivery may overtake another, and nothing fires for ever.
#[tokio::test]
async fn an_end_that_comes_before_its_beginning_is_recorded_with_it() {
    let api = with_rules();
    let fired = alert("Disk full", "critical", "aaaa", BEGAN);
    let early = deliver(&api, &[over(fired.clone(), ENDED)]).await;
    assert_eq!(count(&early), [0, 0, 0, 1], "{early}");
    assert!(early["ignored"][0]["why"].as_str().unwrap().contains("kept until"), "{early}");
    let taken = deliver(&api, std::slice::from_ref(&fired)).await;
    assert_eq!(count(&taken), [1, 2, 0, 0], "{taken}");
    let incident = taken["declared"][0].as_str().unwrap();
    assert_eq!(kinds(&api, incident).await, ["declared", "alert_fired", "alert_resolved"]);
    assert_eq!(api.get(&format!("/v1/incidents/{incident}")).await.json()["alerts_firing"], 0);

    // One that names its incident is recorded at once, and paired whatever the order.
    let named = api.declare("Queue trouble").await;
    let mut queue = alert("Queue long", "info", "bbbb", BEGAN);
    queue["labels"]["scribe_incident"] = named.as_str().into();
    for alert in [over(queue.clone(), ENDED), queue] {
        assert_eq!(count(&deliver(&api, &[alert]).await), [0, 1, 0, 0]);
    }
    assert_eq!(kinds(&api, &named).await, ["declared", "alert_resolved", "alert_fired"]);
    assert_eq!(api.get(&format!("/v1/incidents/{named}")).await.json()["alerts_firing"], 0);
}

/// The body of the answer to a delivery over a socket.
fn posted(server: &str, delivery: &Value) -> String {
    let address = server.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let body = delivery.to_string();
    let head = format!(
        "POST /hooks/alertmanager HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}

/// Its sender was told that it is kept, and does not send it again: so a restart does not forget it.
#[test]
fn an_end_that_came_early_outlives_the_server_that_took_it() {
    let program = Program::of(RECORDS);
    let rules = program.folder().join("scribe.toml");
    std::fs::write(&rules, RULES).unwrap();
    let config = rules.to_str().unwrap();
    let serve = || program.serve_as(|command| command.args(["--config", config]));
    let fired = alert("Disk full", "critical", "aaaa", BEGAN);
    let post = |server: &str, alert: Value| -> Value {
        let answer = posted(server, &delivery(&[alert]));
        serde_json::from_str(&answer).unwrap()
    };
    let (server, at) = serve();
    assert_eq!(count(&post(&at, over(fired.clone(), ENDED))), [0, 0, 0, 1]);
    drop(server);
    let (_server, at) = serve();
    let taken = post(&at, fired.clone());
    assert_eq!(count(&taken), [1, 2, 0, 0], "{taken}");
    // What is recorded is kept nowhere else.
    let left = std::fs::read_to_string(program.data().join("early-ends.json")).unwrap();
    assert_eq!(left, "[]");
}

#[tokio::test]
async fn what_reads_is_taken_and_the_rest_is_told() {
    let api = with_rules();
    let mut odd = alert("Disk odd", "critical", "bbbb", BEGAN);
    (odd["annotations"], odd["labels"]["shard"]) = (Value::Null, 7.into());
    let mut suppressed = alert("Disk slow", "critical", "cccc", BEGAN);
    suppressed["status"] = "suppressed".into();
    let mut tomorrow = alert("Disk new", "critical", "dddd", "2199-01-01T00:00:00Z");
    tomorrow["labels"]["host"] = "db-4".into();
    let taken =
        deliver(&api, &[alert("Disk full", "critical", "aaaa", BEGAN), odd, suppressed, tomorrow]).await;
    assert_eq!(
        (taken["recorded"].as_array().unwrap().len(), taken["ignored"].as_array().unwrap().len()),
        (3, 1)
    );
    assert!(taken["ignored"][0]["why"].as_str().unwrap().contains("suppressed"), "{taken}");
    assert!(taken["notes"][0].as_str().unwrap().contains("still to come"), "{taken}");
}

#[tokio::test]
async fn what_fires_anew_does_not_go_to_an_incident_that_is_over() {
    let api = with_rules();
    let fired = alert("Disk full", "critical", "aaaa", BEGAN);
    let first = deliver(&api, std::slice::from_ref(&fired)).await["declared"][0].as_str().unwrap().to_owned();
    api.tell(&first, "resolve", json!({ "actor": "Zac" })).await;
    // The same firing, repeated, is no news.
    assert_eq!(count(&deliver(&api, std::slice::from_ref(&fired)).await), [0, 0, 1, 0]);
    let anew = alert("Disk full", "critical", "aaaa", ENDED);
    let taken = deliver(&api, &[anew]).await;
    assert_eq!(count(&taken), [1, 1, 0, 0], "{taken}");
    assert_eq!(taken["declared"][0], "20260301-disk-full-on-db-3-2");
}

#[tokio::test]
async fn a_label_names_the_open_incident_that_an_alert_joins() {
    let api = Api::default();
    let incident = api.declare("List import problems").await;
    let named = |incident: &str, fingerprint: &str| {
        let mut alert = alert("Queue long", "info", fingerprint, BEGAN);
        alert["labels"]["scribe_incident"] = incident.into();
        alert
    };
    let taken =
        deliver(&api, &[named(&incident, "aaaa"), named("20200101-nothing", "bbbb"), named("../x", "cccc")])
            .await;
    assert_eq!(count(&taken), [0, 1, 0, 2], "{taken}");
    assert!(taken["ignored"][0]["why"].as_str().unwrap().contains("there is no incident 20200101-nothing"));
    assert!(taken["ignored"][1]["why"].as_str().unwrap().contains("is not an incident id"));

    api.tell(&incident, "resolve", json!({ "actor": "Zac" })).await;
    let taken = deliver(&api, &[named(&incident, "dddd")]).await;
    assert_eq!(count(&taken), [0, 0, 0, 1]);
    assert!(taken["ignored"][0]["why"].as_str().unwrap().contains("is over"), "{taken}");

    // An incident that was merged hands its alerts on.
    let into = api.declare("Everything is slow").await;
    let merged = api.declare("Queue trouble").await;
    api.tell(&merged, "merge", json!({ "actor": "Zac", "into": into })).await;
    let taken = deliver(&api, &[named(&merged, "eeee")]).await;
    assert_eq!(taken["recorded"][0]["incident"], into.as_str(), "{taken}");
}

#[tokio::test]
async fn an_alert_with_odd_labels_is_made_to_fit_and_not_lost() {
    let api = with_rules();
    let mut odd = alert("Disk\u{1b}[31m full", "critical", "aaaa", BEGAN);
    odd["labels"]["note"] = "a\u{202e}b".into();
    odd["labels"]["long"] = "x".repeat(700).into();
    let taken = deliver(&api, &[odd]).await;
    assert_eq!(count(&taken), [1, 1, 0, 0], "{taken}");
    assert_eq!(taken["notes"].as_array().unwrap().len(), 5, "{taken}");
}

#[tokio::test]
async fn a_resolved_alert_that_nobody_recorded_declares_nothing() {
    let api = with_rules();
    let taken = deliver(&api, &[over(alert("Disk full", "critical", "aaaa", BEGAN), ENDED)]).await;
    assert_eq!(count(&taken), [0, 0, 0, 1], "{taken}");
    assert_eq!(api.head().await, 0);
}

#[tokio::test]
async fn garbage_is_refused_so_that_alertmanager_drops_it() {
    let api = with_rules();
    for (body, code) in [
        ("{", "malformed_json"),
        ("{}", "invalid_field"),
        (r#"{"alerts":[{"status":"odd"}]}"#, "invalid_field"),
    ] {
        let answer = api.send(Method::POST, "/hooks/alertmanager", &[], body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, code), "{body}");
    }
    let bytes: &[u8] = b"{\"alerts\":[\xff]}";
    assert_eq!(api.send(Method::POST, "/hooks/alertmanager", &[], bytes).await.problem(), "invalid_utf8");
}

#[tokio::test]
async fn a_pair_of_alertmanagers_declares_one_incident() {
    let api = with_rules();
    let alerts =
        [alert("Disk full", "critical", "aaaa", BEGAN), alert("Disk slow", "critical", "bbbb", BEGAN)];
    let (one, other, third) =
        tokio::join!(deliver(&api, &alerts), deliver(&api, &alerts), deliver(&api, &alerts[1..]));
    let declared: usize = [&one, &other, &third].map(|taken| count(taken)[0]).iter().sum();
    let recorded: usize = [&one, &other, &third].map(|taken| count(taken)[1]).iter().sum();
    assert_eq!((declared, recorded, api.head().await), (1, 2, 3), "{one} {other} {third}");
}

#[tokio::test]
async fn a_delivery_that_was_cut_short_is_finished_by_the_next() {
    for cut in 0..3 {
        let clock = ticking("2026-03-01T10:00:00Z");
        let store = Cut { store: MemoryStore::new(clock.clone()), left: AtomicUsize::new(cut) };
        let config = Config::read(RULES, Path::new("scribe.toml")).unwrap();
        let api = Api::over(App::with_store(Arc::new(store), config, clock));
        let alerts =
            [alert("Disk full", "critical", "aaaa", BEGAN), alert("Disk slow", "critical", "bbbb", BEGAN)];
        let first = api.post("/hooks/alertmanager", delivery(&alerts)).await;
        assert_eq!(
            (first.status, first.problem().as_str()),
            (503, "store_unavailable"),
            "after {cut} appends"
        );
        assert_eq!(api.head().await, cut as u64);
        let second = deliver(&api, &alerts).await;
        let [declared, recorded, repeated, ignored] = count(&second);
        assert_eq!((declared, recorded + repeated, ignored), (usize::from(cut == 0), 2, 0), "{second}");
        let incident = second["recorded"][0]["incident"].as_str().unwrap();
        assert_eq!(kinds(&api, incident).await, ["declared", "alert_fired", "alert_fired"]);
        assert_eq!(api.get("/v1/incidents").await.json()["incidents"].as_array().unwrap().len(), 1);
    }
}

/// A store that fails once, after so many appends.
struct Cut {
    store: MemoryStore,
    left: AtomicUsize,
}

#[async_trait]
impl EventStore for Cut {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        self.store.history(incident, after).await
    }
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        // Going below nothing wraps around: from then on it never fails again.
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            0 => Err(StoreError::Unavailable("cut off".into()).into()),
            _ => self.store.append(append).await,
        }
    }
    async fn receipt(&self, id: CommandId) -> Result<Option<Receipt>, StoreError> {
        self.store.receipt(id).await
    }
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.store.read(after, limit).await
    }
    async fn head(&self) -> Result<Position, StoreError> {
        self.store.head().await
    }
    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        self.store.wait_past(after).await
    }
    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.store.read_kept(after, limit).await
    }
    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        self.store.adopt(events).await
    }
    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.store.tree().await
    }
    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.store.tile(level, place).await
    }
    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.store.keep_checkpoint(checkpoint).await
    }
    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.store.checkpoints().await
    }
    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError> {
        self.store.erase(append, erasure).await
    }
}

/// The delivery that nobody here wrote, if the fixtures are at hand.
#[tokio::test]
async fn the_fixture_posted_twice_records_once() {
    let Some(fixtures) = std::env::var_os("SCRIBE_FIXTURES").map(PathBuf::from) else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "SKIPPED: set SCRIBE_FIXTURES to check the real delivery too");
        return;
    };
    let body = std::fs::read(fixtures.join("inbound/alertmanager/zulip-alert.json")).unwrap();
    let api = with_rules();
    let json = [("content-type", "application/json")];
    let first = api.send(Method::POST, "/hooks/alertmanager", &json, body.clone()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(count(&first.json()), [1, 2, 0, 0], "{}", first.text());
    let head = api.head().await;
    let second = api.send(Method::POST, "/hooks/alertmanager", &json, body).await;
    assert_eq!(count(&second.json()), [0, 0, 2, 0], "{}", second.text());
    assert_eq!(api.head().await, head);
    let incident = first.json()["declared"][0].as_str().unwrap().to_owned();
    let events = api.get(&format!("/v1/incidents/{incident}/events")).await.json();
    assert_eq!(events[1]["occurred"], "2020-02-06T00:17:58.432911368Z");
}

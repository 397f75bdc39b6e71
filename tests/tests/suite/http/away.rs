//! A store that is out of reach: looks go on and say so, appends are refused at once, and all of that ends
//! without a restart.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use scribe::app::App;
use scribe::cli::common::client::Client;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{StaleCause, StoreError};
use scribe_tests::api::{Answer, Api, ticking};
use scribe_tests::switched::Switched;
use serde_json::{Value, json};

use super::telling::live;

const SINCE: &str = "2026-03-01T11:07:03Z";
const WHY: &str = "no node answers";

/// An incident with everything that can be told, and the switch.
async fn one() -> (Api, Arc<Switched>, String) {
    let clock = ticking("2026-03-01T10:00:00Z");
    let store = Switched::over(MemoryStore::new(Arc::clone(&clock)));
    let api = Api::over(App::with_store(store.clone(), Config::default(), clock));
    let (id, _) = live(&api).await;
    (api, store, id)
}

fn header(position: u64) -> String {
    format!("since=\"{SINCE}\", position={position}, cause=\"out-of-reach\"")
}

fn banner(position: u64) -> String {
    format!(
        "This page may be behind: the store has been out of reach since 2026-03-01 11:07:03 UTC; it shows the \
         record up to event {position}."
    )
}

/// Everything that shows something of the record.
fn looks(id: &str) -> Vec<String> {
    let one = format!("/v1/incidents/{id}");
    vec![
        "/v1/incidents?state=all".to_owned(),
        format!("{one}?"),
        format!("{one}/timeline?"),
        format!("{one}/roles?"),
        format!("{one}/postmortem?"),
        format!("{one}/postmortem?edition=public"),
        "/v1/status-pages/engineering?".into(),
        "/v1/status-pages/internal?".into(),
        "/v1/status-pages/public?".into(),
        "/v1/runs?".into(),
        format!("/v1/runs/{id}/1?"),
        "/v1/actions?".into(),
        "/v1/holds?".into(),
        "/v1/views?".into(),
    ]
}

/// The words of a page, whatever their form and however they are wrapped.
fn words(answer: &Answer) -> String {
    let text = answer.text().replace("&#39;", "'").replace(['>', '<', '|', '│'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_look_goes_on_and_says_that_it_may_be_behind() {
    let (api, store, id) = one().await;
    let head = api.head().await;
    for look in looks(&id) {
        store.find();
        let before = api.get(&format!("{look}&format=json")).await;
        assert_eq!(before.header("scribe-stale"), "", "{look}");
        store.lose(SINCE, WHY);
        for format in ["json", "text", "markdown", "html"] {
            let answer = api.get(&format!("{look}&format={format}")).await;
            assert_eq!(answer.status, 200, "{look} {format}: {}", answer.text());
            assert_eq!(answer.header("scribe-stale"), header(head), "{look} {format}");
            if format == "json" {
                let (mut told, mut known) = (answer.json(), before.json());
                assert_eq!(
                    told["stale"],
                    json!({ "since": SINCE, "position": head, "cause": "out-of-reach" }),
                    "{look}"
                );
                // Nothing else is different, but for the moment of asking and what is counted to it.
                for view in [&mut told, &mut known] {
                    view.as_object_mut().unwrap().remove("stale");
                }
                let names = |view: &Value| view.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(&told), names(&known), "{look}");
            } else {
                let words = words(&answer);
                assert!(words.contains(&banner(head)), "{look} {format}: {words}");
                assert!(!words.contains(WHY), "why is for whoever runs it");
            }
        }
        store.find();
        let after = api.get(&format!("{look}&format=html")).await;
        assert_eq!((after.header("scribe-stale"), after.text().contains("may be behind")), ("", false));
    }
}

#[tokio::test]
async fn what_programs_read_keeps_its_shape() {
    let (api, store, id) = one().await;
    let paths = [
        format!("/v1/incidents/{id}/timeline?format=csv"),
        format!("/v1/incidents/{id}/events"),
        format!("/v1/incidents/{id}/events?format=ndjson"),
        "/v1/events".into(),
        "/v1/record".into(),
        "/v1/ledger/consistency?from=1&to=2".into(),
    ];
    for path in paths {
        let before = api.get(&path).await;
        store.lose(SINCE, WHY);
        let away = api.get(&path).await;
        assert_eq!((away.status, &away.bytes), (200, &before.bytes), "{path}");
        assert_eq!(away.header("scribe-stale"), header(api.head().await), "{path}");
        store.find();
    }
    // A tile never changes, and others keep it for a year.
    store.lose(SINCE, WHY);
    let tile = api.get("/v1/ledger/tile/0/000.p/2").await;
    assert_eq!((tile.status, tile.header("scribe-stale")), (200, ""), "{}", tile.text());
}

#[tokio::test]
async fn the_home_page_and_what_is_not_there_are_marked_too() {
    let (api, store, id) = one().await;
    let head = api.head().await;
    store.lose(SINCE, WHY);
    let home = api.get("/").await;
    assert!(home.text().contains(&banner(head)), "{}", home.text());
    assert_eq!(home.header("scribe-stale"), header(head));
    // It may have been declared since.
    let missing = api.get("/v1/incidents/20260301-unheard-of").await;
    assert_eq!((missing.status, missing.header("scribe-stale")), (404, &*header(head)));
    let then = api.get(&format!("/v1/incidents/{id}?as_of=2020-01-01T00:00Z")).await;
    assert_eq!((then.status, then.header("scribe-stale")), (404, &*header(head)));
}

#[tokio::test]
async fn nobody_is_told_that_a_marked_page_is_the_one_they_know() {
    let (api, store, id) = one().await;
    for look in ["/timeline", "/roles", "/events"] {
        let path = format!("/v1/incidents/{id}{look}");
        let known = api.get(&path).await.header("etag").to_owned();
        assert!(!known.is_empty(), "{look}");
        let ask = |tag: String| {
            let (api, path) = (&api, &path);
            async move { api.send(Method::GET, path, &[("if-none-match", &tag)], Body::empty()).await }
        };
        assert_eq!(ask(known.clone()).await.status, 304, "{look}");
        store.lose(SINCE, WHY);
        for tag in [&known, "*"] {
            let away = ask(tag.to_owned()).await;
            assert_eq!((away.status, away.header("etag")), (200, ""), "{look}");
            assert!(!away.bytes.is_empty());
        }
        store.find();
        assert_eq!(ask(known).await.status, 304, "{look}: what they know has no mark, and it is so again");
    }
}

#[tokio::test]
async fn the_look_that_finds_out_is_marked_itself() {
    let (api, store, id) = one().await;
    let head = api.head().await;
    for path in ["/v1/incidents?format=html".to_owned(), "/".to_owned(), "/v1/runs?format=text".to_owned()] {
        store.lose_unnoticed(SINCE, WHY, 1);
        let answer = api.get(&path).await;
        assert_eq!(answer.header("scribe-stale"), header(head), "{path}");
        assert!(words(&answer).contains(&banner(head)), "{path}: {}", answer.text());
        store.find();
    }
    // One that finds the store again need not be marked.
    assert_eq!(api.get(&format!("/v1/incidents/{id}")).await.header("scribe-stale"), "");
}

#[tokio::test]
async fn appends_are_refused_at_once_and_taken_again_when_it_is_back() {
    let (api, store, id) = one().await;
    let over = format!("/v1/incidents/{id}/commands/upgrade");
    let id = api.declare("Still open").await;
    let head = api.head().await;
    store.lose(SINCE, WHY);
    let path = format!("/v1/incidents/{id}/commands/note");
    let body = json!({ "text": "nobody hears this yet", "actor": "Zac" }).to_string();
    let send = || api.send(Method::POST, &path, &[("idempotency-key", "k-1")], body.clone());
    let declare = json!({ "title": "Another", "actor": "Zac" });
    let alerts = json!({ "version": "4", "groupKey": "{}", "status": "firing", "receiver": "scribe",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://a",
        "alerts": [{ "status": "firing", "labels": { "alertname": "Down", "incident": id }, "annotations": {},
            "startsAt": "2026-03-01T10:30:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
            "fingerprint": "aa11" }] });
    for answer in [
        send().await,
        api.post("/v1/incidents", declare.clone()).await,
        api.tell(&id, "upgrade", json!({ "to": "public", "actor": "Zac" })).await,
        // What would be refused or already so may be otherwise since.
        api.post(&over, json!({ "to": "public", "actor": "Zac" })).await,
        api.tell(&id, "upgrade", json!({ "to": "engineering", "actor": "Zac" })).await,
        api.tell("20260301-unheard-of", "note", json!({ "text": "x", "actor": "Zac" })).await,
    ] {
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (503, "store_unavailable"),
            "{}",
            answer.text()
        );
        assert_eq!(answer.header("retry-after"), "1");
        let problem = answer.json();
        assert_eq!(problem["detail"], format!("nothing was acknowledged: {WHY}"));
        assert!(problem["hint"].as_str().unwrap().contains("the same Idempotency-Key"), "{problem}");
    }
    // Alertmanager drops what it is told is wrong, and sends again what nobody could take.
    let hook = api.post("/hooks/alertmanager", alerts.clone()).await;
    assert_eq!((hook.status, hook.problem().as_str()), (503, "store_unavailable"), "{}", hook.text());
    assert_eq!(api.head().await, head, "nothing was recorded");

    store.find();
    let kept = send().await;
    assert_eq!((kept.status, api.head().await), (200, head + 1), "{}", kept.text());
    assert_eq!(send().await.json(), kept.json(), "sent again, it gets the first receipt");
    assert_eq!(api.head().await, head + 1);
}

#[tokio::test]
async fn whoever_watches_is_told() {
    let (api, store, _) = one().await;
    let head = api.head().await;
    api.app.warm().await.unwrap();
    let told = |text: &str, name: &str| -> String {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("{name} in {text}")).to_owned()
    };
    let gauge = |text: &str, name: &str| -> f64 { told(text, name).parse().unwrap() };
    let metrics = || async { api.get("/metrics").await.text() };
    assert_eq!(api.get("/readyz").await.status, 200);
    let text = metrics().await;
    assert_eq!(
        (gauge(&text, "scribe_store_in_reach"), gauge(&text, "scribe_store_stale_seconds")),
        (1.0, 0.0)
    );

    // Long before the clock of this test.
    store.lose("2026-03-01T09:00:00Z", WHY);
    let ready = api.get("/readyz").await;
    assert_eq!((ready.status, ready.problem().as_str()), (503, "not_ready"));
    assert_eq!(ready.header("retry-after"), "1");
    let detail = ready.json()["detail"].as_str().unwrap().to_owned();
    for told in ["since 2026-03-01 09:00:00 UTC", WHY, &format!("up to position {head}")] {
        assert!(detail.contains(told), "{detail}");
    }
    assert_eq!(api.get("/healthz").await.status, 200);
    let text = metrics().await;
    assert_eq!(told(&text, "scribe_store_in_reach"), "0");
    assert!(gauge(&text, "scribe_store_stale_seconds") >= 3_600.0, "{text}");
    assert_eq!(told(&text, "scribe_head_position"), head.to_string());

    store.find();
    assert_eq!(api.get("/readyz").await.status, 200);
    let text = metrics().await;
    assert_eq!(
        (gauge(&text, "scribe_store_in_reach"), gauge(&text, "scribe_store_stale_seconds")),
        (1.0, 0.0)
    );
}

#[tokio::test]
async fn what_somebody_must_change_is_told_with_the_remedy() {
    let (api, store, id) = one().await;
    let head = api.head().await;
    api.app.warm().await.unwrap();
    let cause = || StaleCause::Barred { remedy: "set SCRIBE_STORE_PASSWORD, ask Ada".into() };
    store.lose_by(SINCE, "the password is wrong", cause(), 0);
    let page = api.get("/v1/incidents?format=html").await;
    let told = page.header("scribe-stale").to_owned();
    assert!(told.contains("cause=\"barred\", why=%\"the password is wrong\""), "{told}");
    let words = words(&page);
    assert!(words.contains("has not let this server in since 2026-03-01 11:07:03 UTC"), "{words}");
    assert!(!words.contains("password"), "why is for whoever runs it");
    let ready = api.get("/readyz").await;
    assert_eq!((ready.status, ready.problem().as_str()), (503, "not_ready"));
    assert!(ready.text().contains("set SCRIBE_STORE_PASSWORD"), "{}", ready.text());
    let note = api.tell(&id, "note", json!({ "text": "x", "actor": "Zac" })).await;
    assert_eq!((note.status, note.problem().as_str()), (503, "store_barred"));
    assert_eq!(note.header("retry-after"), "", "sent again alone, it will not help");
    assert_eq!(note.json()["hint"], "set SCRIBE_STORE_PASSWORD, ask Ada");
    assert_eq!(api.head().await, head);
}

#[tokio::test]
async fn a_record_that_differs_is_told_as_that() {
    let (api, store, _) = one().await;
    api.app.warm().await.unwrap();
    store.lose_by(SINCE, "at 7 events", StaleCause::Differs, 0);
    let page = api.get("/?format=html").await;
    assert_eq!(page.status, 400, "the first page has one form");
    let page = api.get("/").await;
    assert!(page.header("scribe-stale").ends_with("cause=\"differs\""));
    assert!(words(&page).contains("the record at hand differs from what other servers have signed"));
    let ready = api.get("/readyz").await;
    assert_eq!((ready.status, ready.problem().as_str()), (503, "record_differs"));
    assert!(ready.text().contains("at 7 events"), "{}", ready.text());
    let metrics = api.get("/metrics").await.text();
    assert!(metrics.contains("\nscribe_record_differs 1\n"), "{metrics}");
    store.find();
    assert!(api.get("/metrics").await.text().contains("\nscribe_record_differs 0\n"));
}

#[tokio::test]
async fn warnings_are_told_and_counted_while_it_is_ready() {
    let (api, store, _) = one().await;
    api.app.warm().await.unwrap();
    assert_eq!(api.get("/readyz").await.text(), "ready\n");
    store.warn("somebody deleted the stream\nincident-1");
    store.say_it_was_read_anew();
    let ready = api.get("/readyz").await;
    let told = (ready.status, ready.text());
    assert_eq!(told, (200, "ready\nwarning: somebody deleted the stream incident-1\n".to_owned()));
    let metrics = api.get("/metrics").await.text();
    assert!(metrics.contains("\nscribe_store_warnings 1\n"), "{metrics}");
    assert!(metrics.contains("\nscribe_store_edition 1\n"), "{metrics}");
}

/// A store that shows nothing is no empty board.
#[tokio::test]
async fn a_look_that_the_store_refuses_fails() {
    let (api, store, id) = one().await;
    let barred = StoreError::Barred { why: "no right to $all".into(), remedy: "grant it".into() };
    let errors = [(barred, "store_barred"), (StoreError::Unavailable(WHY.into()), "store_unavailable")];
    for (error, code) in errors {
        store.bar(Some(error));
        let mut looks = looks(&id);
        looks.extend(["/v1/events?", "/v1/record?"].map(str::to_owned));
        looks.push(format!("/v1/incidents/{id}/events?"));
        looks.push("/v1/receipts/any?".to_owned());
        for look in looks {
            let answer = api.get(look.trim_end_matches('?')).await;
            assert_eq!((answer.status, answer.problem().as_str()), (503, code), "{look}: {}", answer.text());
        }
        assert_eq!(api.get("/").await.status, 503);
        // A command line tells it by its exit status: there is no empty board with exit 0.
        let client = Client::in_process(scribe::http::router(api.app.clone()));
        let failure = client.get("/v1/incidents").await.unwrap_err();
        let exit = if code == "store_barred" { 6 } else { 5 };
        assert_eq!(failure.kind.exit_code(), exit, "{failure:?}");
        assert!(failure.message.contains(if exit == 6 { "no right to $all" } else { WHY }), "{failure:?}");
        assert_eq!(failure.hint.as_deref() == Some("grant it"), exit == 6, "{failure:?}");
        store.bar(None);
    }
}

#[tokio::test]
async fn a_receipt_is_had_by_its_key() {
    let (api, store, _) = one().await;
    let id = api.declare("Still open").await;
    let path = format!("/v1/incidents/{id}/commands/note");
    let body = json!({ "text": "kept", "actor": "Zac" }).to_string();
    let told = api.send(Method::POST, &path, &[("idempotency-key", "k 1/ä"), ("x", "y")], body.clone()).await;
    assert_eq!(told.status, 400, "a key is visible characters");
    let told = api.send(Method::POST, &path, &[("idempotency-key", "k-1")], body).await;
    let asked = api.get("/v1/receipts/k-1").await;
    assert_eq!((asked.status, asked.json()), (200, told.json()));
    let missing = api.get("/v1/receipts/k-2").await;
    assert_eq!((missing.status, missing.problem().as_str()), (404, "no_receipt"));
    // A copy of the record has it as well, and says that others may know more.
    store.lose(SINCE, WHY);
    assert_eq!(api.get("/v1/receipts/k-1").await.status, 200);
    assert_ne!(api.get("/v1/receipts/k-2").await.header("scribe-stale"), "");
}

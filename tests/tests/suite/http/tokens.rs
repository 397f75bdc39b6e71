//! Who is let in: tokens, scopes, names and private incidents, at every operation that the API's description lists.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use scribe::app::App;
use scribe::clock::Clock;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_domain::scope::Scope;
use scribe_tests::api::{Answer, Api, ticking};
use serde_json::{Value, json};

/// An operation, as the API's description lists it.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) scopes: Vec<String>,
    pub(super) has_body: bool,
}

/// The API, and somebody's token for it.
pub(super) struct Door {
    pub(super) api: Api,
    pub(super) admin: String,
}

impl Door {
    /// A record in which Root has the first token.
    pub(super) async fn new() -> Self {
        Self::with(Config::default(), ticking("2026-03-01T10:00:00Z")).await
    }

    /// The same, by these settings and this clock.
    pub(super) async fn with(config: Config, clock: Clock) -> Self {
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        Self::over(App::with_store(store, config, clock)).await
    }

    /// The same on this record.
    pub(super) async fn over(app: App) -> Self {
        let api = Api::over(app);
        let body = json!({ "actor": { "who": "Root Example" }, "name": "first", "owner": "Root Example",
            "scopes": ["admin", "audit", "read", "respond"] });
        let made = api.post("/v1/tokens", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        Self { admin: made.json()["secret"].as_str().unwrap().to_owned(), api }
    }

    pub(super) async fn ask(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.api.send(method, path, &headers, body).await
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(Some(token), Method::GET, path, None).await
    }

    pub(super) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(Some(token), Method::POST, path, Some(body)).await
    }

    pub(super) async fn tell(&self, token: &str, incident: &str, command: &str, body: Value) -> Answer {
        self.post(token, &format!("/v1/incidents/{incident}/commands/{command}"), body).await
    }

    /// A token for somebody.
    pub(super) async fn token(&self, owner: &str, scopes: &[&str]) -> String {
        self.token_with(owner, scopes, json!({})).await
    }

    pub(super) async fn token_with(&self, owner: &str, scopes: &[&str], more: Value) -> String {
        let mut body = json!({ "name": "laptop", "owner": owner, "scopes": scopes });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.post(&self.admin, "/v1/tokens", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["secret"].as_str().unwrap().to_owned()
    }

    /// Every operation of the API.
    pub(super) async fn operations(&self) -> Vec<Operation> {
        let document = self.ask(None, Method::GET, "/openapi.json", None).await.json();
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let needs = operation["description"].as_str().unwrap();
                let scopes = needs.split('`').skip(1).step_by(2).map(str::to_owned).collect();
                all.push(Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    scopes,
                    has_body: operation.get("requestBody").is_some(),
                });
            }
        }
        assert!(all.len() > 80, "{}", all.len());
        all
    }
}

impl Operation {
    /// An address at which it is asked, about this incident.
    pub(super) fn about(&self, incident: &str) -> String {
        self.path
            .replace("{incident}", incident)
            .replace("{run}", "1")
            .replace("{tier}", "internal")
            .replace("{audience}", "internal")
            .replace("{tile}", "0/000.p/1")
            .replace("{view}", "holds")
            .replace("{token}", "000000000000")
            .replace("{session}", "000000000000")
            .replace("{person}", "Nobody%20Example")
            .replace("{key}", "nothing")
    }
}

pub(super) fn all_scopes() -> Vec<&'static str> {
    Scope::given().map(Scope::as_str).filter(|scope| *scope != "speak_for").collect()
}

#[tokio::test]
async fn every_operation_is_for_those_who_have_its_scope_and_for_nobody_else() {
    let door = Door::new().await;
    let mut tokens = Vec::new();
    for scope in Scope::given() {
        tokens.push((scope.as_str(), door.token("Ada Example", &[scope.as_str()]).await));
    }
    for operation in door.operations().await {
        let (path, body) = (operation.about("20260301-none"), operation.has_body.then(|| json!({})));
        assert!(!path.contains('{'), "{path}");
        let is_open = operation.scopes.is_empty();
        let anonymous = door.ask(None, operation.method.clone(), &path, body.clone()).await;
        if is_open {
            assert_ne!(anonymous.status, 401, "{path}");
        } else {
            assert_eq!(
                (anonymous.status, anonymous.problem().as_str()),
                (401, "not_authenticated"),
                "{path}"
            );
            assert_eq!(anonymous.header("www-authenticate"), "Bearer realm=\"scribe\"");
        }
        for (scope, token) in &tokens {
            let answer = door.ask(Some(token), operation.method.clone(), &path, body.clone()).await;
            let what =
                format!("{} {path} with {scope}: {} {}", operation.method, answer.status, answer.text());
            if is_open || operation.scopes.iter().any(|needed| needed == scope) {
                assert!(!matches!(answer.status, 401 | 403), "{what}");
            } else {
                assert_eq!((answer.status, answer.problem().as_str()), (403, "missing_scope"), "{what}");
                let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(operation.scopes.iter().any(|needed| detail.contains(needed)), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn an_audience_is_told_with_its_own_scope() {
    let door = Door::new().await;
    let incident =
        door.post(&door.admin, "/v1/incidents", json!({ "title": "Imports", "tier": "public" })).await;
    let incident = incident.json()["incident"].as_str().unwrap().to_owned();
    door.tell(&door.admin, &incident, "assign-role", json!({ "role": "ic", "to": "Ada Example" })).await;
    let ada = door.token("Ada Example", &["communicate:internal"]).await;
    let tell = |audience: &'static str| {
        let update = json!({ "audience": audience, "status": "investigating", "text": "We are on it." });
        door.tell(&ada, &incident, "update-status", update)
    };
    assert_eq!(tell("internal").await.status, 200);
    let refused = tell("public").await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "missing_scope"));
    assert!(refused.text().contains("communicate:public"), "{}", refused.text());
}

#[tokio::test]
async fn whose_token_it_is_tells_it_and_nobody_else() {
    let door = Door::new().await;
    let ada = door.token("Ada Example", &["respond", "append", "read"]).await;
    let declared = door.post(&ada, "/v1/incidents", json!({ "title": "Imports" })).await;
    assert_eq!(declared.status, 201, "{}", declared.text());
    let incident = declared.json()["incident"].as_str().unwrap().to_owned();
    let note = |token: String, body: Value| {
        let (door, incident) = (&door, &incident);
        async move { door.tell(&token, incident, "note", body).await }
    };
    assert_eq!(note(ada.clone(), json!({ "text": "x", "actor": "ada  EXAMPLE" })).await.status, 200);
    for other in ["Zac", "integration:ada", "Root Example"] {
        let refused = note(ada.clone(), json!({ "text": "x", "actor": other })).await;
        assert_eq!((refused.status, refused.problem().as_str()), (403, "other_name"), "{other}");
    }
    let feed = door.get(&ada, "/v1/events").await.text();
    let lines: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{feed}");
    for line in &lines {
        assert_eq!(line["actor"]["who"], "Ada Example");
        assert!(line["origin"].as_str().unwrap().starts_with("token:"), "{line}");
    }
    // A program speaks for a person only with the scope for it.
    let told = json!({ "text": "x", "actor": { "who": "integration:slack", "on_behalf_of": "Ada Example" } });
    let bot = door.token("integration:slack", &["append"]).await;
    assert_eq!(note(bot, told.clone()).await.problem(), "missing_scope");
    let bot = door.token("integration:slack", &["append", "speak_for"]).await;
    assert_eq!(note(bot, told).await.status, 200);
}

#[tokio::test]
async fn two_tokens_are_two_pairs_of_eyes_and_one_is_not() {
    let door = Door::new().await;
    let scopes = ["respond", "approve", "read"];
    let (ada, second, zac) = (
        door.token("Ada Example", &scopes).await,
        door.token("ADA example", &scopes).await,
        door.token("Zac Example", &scopes).await,
    );
    let declared = door.post(&ada, "/v1/incidents", json!({ "title": "Imports" })).await.json();
    let incident = declared["incident"].as_str().unwrap();
    door.tell(&ada, incident, "propose-run", json!({ "line": "ls" })).await;
    let run = door.get(&ada, &format!("/v1/runs/{incident}/1")).await.json();
    let approval = json!({ "run": 1, "digest": run["digest"] });
    for own in [&ada, &second] {
        let refused = door.tell(own, incident, "approve-run", approval.clone()).await;
        assert_eq!(refused.problem(), "self_approval", "{}", refused.text());
    }
    let approved = door.tell(&zac, incident, "approve-run", approval).await;
    assert_eq!(approved.status, 200, "{}", approved.text());
    let started = door.tell(&ada, incident, "start-run", json!({ "run": 1, "line": "ls" })).await;
    assert_eq!(started.status, 200, "{}", started.text());
    let proven = door.get(&ada, "/v1/runs?strength=proven").await.json();
    assert_eq!(proven["runs"][0]["strength"], "proven", "{proven}");
    assert!(
        proven["runs"][0]["record"]["approvals"][0]["told"]["origin"].as_str().unwrap().starts_with("token:")
    );
}

#[tokio::test]
async fn a_token_that_does_not_count_is_told_why_and_is_never_repeated() {
    let door = Door::new().await;
    let elsewhere = Door::new().await;
    let foreign = elsewhere.token("Ada Example", &["read"]).await;
    let expired =
        door.token_with("Ada Example", &["read"], json!({ "expires": "2026-03-01T10:01:00Z" })).await;
    let revoked = door.token("Ada Example", &["read"]).await;
    let list = door.get(&door.admin, "/v1/tokens").await.json();
    let id = |place: usize| list["tokens"][place]["token"].as_str().unwrap().to_owned();
    // The newest comes first.
    let why = json!({ "why": "the laptop was stolen" });
    assert_eq!(door.post(&door.admin, &format!("/v1/tokens/{}/revoke", id(0)), why).await.status, 200);
    for _ in 0..120 {
        door.get(&door.admin, "/v1/me").await;
    }
    let mut slip = revoked.clone();
    slip.replace_range(20..21, if &revoked[20..21] == "a" { "b" } else { "a" });
    for (token, words) in [
        (&foreign, "not given by this server"),
        (&expired, "expired at 2026-03-01T10:01:00Z"),
        (&revoked, "revoked at 2026-03-01"),
        (&slip, "a letter is missing or wrong"),
        (&"hunter2".to_owned(), "begins with scribe_"),
    ] {
        let answer = door.get(token, "/v1/incidents").await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "bad_token"), "{}", answer.text());
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
        assert!(!answer.text().contains(token.as_str()), "{}", answer.text());
    }
    // A rotated token goes on with another secret.
    let rotated = door.post(&door.admin, &format!("/v1/tokens/{}/rotate", id(1)), json!({})).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    // Nothing of a secret is in the record.
    let export = door.get(&door.admin, "/v1/record").await.text();
    for secret in [&foreign, &expired, &revoked, &door.admin] {
        assert!(!export.contains(&secret["scribe_".len()..]), "a secret is in the record");
    }
    assert!(export.contains("the laptop was stolen"));
    let acts = door.get(&door.admin, "/v1/acts?format=text").await.text();
    assert!(acts.contains("revoked the token") && acts.contains("gave Ada Example the token"), "{acts}");
}

#[tokio::test]
async fn as_long_as_nobody_was_given_a_token_everybody_may_and_afterwards_nobody_is_forgotten() {
    let api = Api::default();
    assert_eq!(api.get("/v1/incidents").await.status, 200);
    let me = api.get("/v1/me").await.json();
    assert!(me.get("who").is_none(), "{me}");
    let body = json!({ "actor": { "who": "Root" }, "name": "x", "owner": "Root", "scopes": ["admin"] });
    let made = api.post("/v1/tokens", body).await.json();
    assert_eq!(api.get("/v1/incidents").await.status, 401);
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap());
    let revoke = format!("/v1/tokens/{}/revoke", made["token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    assert_eq!(api.send(Method::POST, &revoke, &headers, "{}").await.status, 200);
    // The last token is gone, and the door stays shut.
    assert_eq!(api.get("/v1/incidents").await.status, 401);
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn whoever_has_a_token_is_told_whose_it_is() {
    let door = Door::new().await;
    for scope in Scope::given() {
        let token = door.token("Ada Example", &[scope.as_str()]).await;
        let me = door.get(&token, "/v1/me").await;
        assert_eq!(me.status, 200, "{scope}: {}", me.text());
        assert_eq!(
            (&me.json()["who"], &me.json()["scopes"]),
            (&json!("Ada Example"), &json!([scope.as_str()]))
        );
    }
}

#[tokio::test]
async fn one_token_may_not_keep_everybody_else_waiting() {
    let door = Door::new().await;
    let (busy, other) = (door.token("integration:loop", &["read"]).await, door.token("Ada", &["read"]).await);
    let mut refused = None;
    for _ in 0..5_000 {
        let answer = door.get(&busy, "/v1/me").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a bucket runs dry");
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too_many_requests"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(door.get(&other, "/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_private_incident_is_not_there_for_whoever_is_not_on_its_list() {
    let door = Door::new().await;
    let all = all_scopes();
    let (ada, zac) = (door.token("Ada Example", &all).await, door.token("Zac Example", &all).await);
    let declare = |title: &'static str| {
        door.post(&ada, "/v1/incidents", json!({ "title": title, "tier": "internal", "severity": "sev1" }))
    };
    let secret = declare("Leaked payroll").await.json()["incident"].as_str().unwrap().to_owned();
    let open = declare("Slow imports").await.json()["incident"].as_str().unwrap().to_owned();
    for (command, body) in [
        ("assign-role", json!({ "role": "ic", "to": "Ada Example" })),
        ("propose-run", json!({ "line": "shred payroll.csv" })),
        ("take-hold", json!({ "scope": "payroll" })),
        ("assign-action", json!({ "kind": "mitigation", "text": "call payroll", "to": "Ada Example" })),
        (
            "update-status",
            json!({ "audience": "internal", "status": "investigating", "text": "Payroll leaked." }),
        ),
        ("relate", json!({ "how": "led_to", "to": open })),
    ] {
        let told = door.tell(&ada, &secret, command, body).await;
        assert_eq!(told.status, 200, "{command}: {}", told.text());
    }
    let limited = door.tell(&ada, &secret, "limit-access", json!({ "to": ["Ada Example"] })).await;
    assert_eq!(limited.status, 200, "{}", limited.text());
    let (absent, mut looks) = ("20260301-nothing-here", 0);
    for operation in door.operations().await {
        if operation.path == "/v1/acts" || operation.path.starts_with("/v1/tokens") {
            continue;
        }
        let is_of_one = operation.path.contains("{incident}");
        for (format, accept) in [("", ""), ("format=text", ""), ("format=html", ""), ("format=json", "")] {
            let _ = accept;
            if operation.method != Method::GET && !format.is_empty() {
                continue;
            }
            let ask = |incident: &str| {
                let path = operation.about(incident);
                let path = if format.is_empty() { path } else { format!("{path}?{format}") };
                let body = operation.has_body.then(|| json!({ "text": "x" }));
                let (door, zac, method) = (&door, &zac, operation.method.clone());
                async move { door.ask(Some(zac), method, &path, body).await }
            };
            let hidden = ask(&secret).await;
            looks += 1;
            let said = hidden.text().to_lowercase();
            assert!(!said.contains("payroll") || is_of_one, "{} {format}: {said}", operation.path);
            if is_of_one {
                let missing = ask(absent).await;
                let (hidden_as, missing_as) = (hidden.text().replace(&secret, absent), missing.text());
                assert_eq!(
                    (hidden.status, hidden_as),
                    (missing.status, missing_as),
                    "{} {format}",
                    operation.path
                );
            }
        }
    }
    assert!(looks > 150, "{looks}");
    // The feed passes it over, and goes on behind it.
    let feed = door.get(&zac, "/v1/events").await.text();
    assert!(feed.contains(&open) && !feed.contains("payroll"), "{feed}");
    let positions: Vec<u64> = feed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["position"].as_u64().unwrap())
        .collect();
    let first = door.get(&ada, "/v1/events?kind=run_proposed").await.json()["position"].as_u64().unwrap();
    assert!(!positions.contains(&first));
    // Neither its events' proofs nor what holds its headers is shown.
    let proof = |token: String, position: u64| {
        let door = &door;
        async move { door.get(&token, &format!("/v1/ledger/proof?position={position}")).await }
    };
    // A record in memory has no key to sign with, so what may be seen is answered with 503.
    assert_eq!((proof(zac.clone(), first).await.status, proof(ada.clone(), first).await.status), (404, 503));
    assert_eq!(door.get(&zac, "/v1/ledger/tile/entries/000.p/1").await.problem(), "not_all");
    assert_eq!(door.get(&zac, "/v1/record").await.problem(), "not_all");
    assert_eq!(door.get(&ada, "/v1/record").await.status, 200);
    // Who looked at it is told to auditors who may see it, and once a minute; Zac never did.
    let reads = door.get(&ada, "/v1/reads").await.json();
    let reads = reads["reads"].as_array().unwrap();
    assert!(
        !reads.is_empty()
            && reads.iter().all(|read| read["by"] == "Ada Example" && read["incident"] == secret.as_str()),
        "{reads:?}"
    );
    assert_eq!(door.get(&zac, "/v1/reads").await.json()["reads"], json!([]));
    let before = reads.len();
    for _ in 0..3 {
        door.get(&ada, &format!("/v1/incidents/{secret}")).await;
    }
    let after = door.get(&ada, "/v1/reads").await.json()["reads"].as_array().unwrap().len();
    assert!(after <= before + 1, "{before} {after}");
    // What is about it in a request is not there either.
    let merge = door.tell(&zac, &open, "merge", json!({ "into": secret })).await;
    assert_eq!((merge.status, merge.problem().as_str()), (404, "unknown_incident"));
    // Whoever is on the list sees it as ever, and opens it again.
    assert!(door.get(&ada, "/v1/incidents").await.text().contains(&secret));
    assert_eq!(door.tell(&ada, &secret, "open-access", json!({})).await.status, 200);
    assert!(door.get(&zac, "/v1/incidents").await.text().contains(&secret));
    // One may be private from its first moment.
    let private = json!({ "title": "Leaked salaries", "private_to": ["Ada Example"] });
    assert_eq!(door.post(&ada, "/v1/incidents", private).await.status, 201);
    assert!(!door.get(&zac, "/v1/events").await.text().contains("salaries"));
}

#[tokio::test]
async fn a_token_for_one_incident_or_one_tool_is_for_nothing_else() {
    let door = Door::new().await;
    let declare = |title: &'static str| door.post(&door.admin, "/v1/incidents", json!({ "title": title }));
    let one = declare("Slow imports").await.json()["incident"].as_str().unwrap().to_owned();
    let other = declare("Slow exports").await.json()["incident"].as_str().unwrap().to_owned();
    let narrow = door.token_with("integration:ci", &["append", "read"], json!({ "incidents": [one] })).await;
    let note = |incident: String| {
        let (door, narrow) = (&door, &narrow);
        async move { door.tell(narrow, &incident, "note", json!({ "text": "x" })).await.status }
    };
    assert_eq!((note(one.clone()).await, note(other.clone()).await), (200, 404));
    let list = door.get(&narrow, "/v1/incidents?state=all").await.text();
    assert!(list.contains(&one) && !list.contains(&other), "{list}");
    let sources = json!({ "sources": ["pagerduty"] });
    let pager = door.token_with("integration:pager", &["append"], sources).await;
    let delivery = door.post(&pager, "/hooks/alertmanager", json!({ "version": "4", "alerts": [] })).await;
    assert_eq!((delivery.status, delivery.problem().as_str()), (403, "other_source"));
}

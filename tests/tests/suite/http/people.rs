//! The directory of people: who is who, who may look at what of it, and whom an integration speaks for.

use axum::body::Body;
use axum::http::Method;
use scribe_tests::api::{Answer, Api};
use serde_json::{Value, json};

/// The API, somebody who keeps the directory, and what they may do.
struct House {
    api: Api,
    admin: String,
}

impl House {
    async fn new() -> Self {
        let api = Api::default();
        let first = json!({ "actor": { "who": "Root Example" }, "name": "first", "owner": "Root Example",
            "scopes": ["admin", "audit", "read", "respond"] });
        let made = api.post("/v1/tokens", first).await;
        let house = Self { admin: made.json()["secret"].as_str().unwrap().to_owned(), api };
        for name in ["Ada Okafor", "Bob Long"] {
            house.told("/v1/people", json!({ "name": name })).await;
        }
        house
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.api.send(method, path, &headers, body).await
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, Method::GET, path, Body::empty()).await
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, Method::POST, path, body.to_string()).await
    }

    /// What whoever keeps the directory tells.
    async fn told(&self, path: &str, body: Value) -> Value {
        let answer = self.post(&self.admin, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The same, which is refused for this reason and records nothing.
    async fn not_told(&self, path: &str, body: Value, code: &str, words: &str) {
        let before = self.api.head().await;
        let answer = self.post(&self.admin, path, body).await;
        assert_eq!(answer.problem(), code, "{path}: {}", answer.text());
        assert!(answer.text().contains(words), "{words:?} is not in {}", answer.text());
        assert_eq!(self.api.head().await, before, "{path}");
    }

    async fn token(&self, owner: &str, scopes: &[&str]) -> String {
        let body = json!({ "name": "laptop", "owner": owner, "scopes": scopes });
        let made = self.post(&self.admin, "/v1/tokens", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["secret"].as_str().unwrap().to_owned()
    }

    async fn declare(&self, token: &str) -> String {
        let declared =
            self.post(token, "/v1/incidents", json!({ "title": "Imports", "tier": "public" })).await;
        assert_eq!(declared.status, 201, "{}", declared.text());
        declared.json()["incident"].as_str().unwrap().to_owned()
    }

    async fn tell(&self, token: &str, incident: &str, command: &str, body: Value) -> Answer {
        self.post(token, &format!("/v1/incidents/{incident}/commands/{command}"), body).await
    }

    /// The last event that everybody sees.
    async fn last(&self) -> Value {
        self.get(&self.admin, "/v1/events").await.lines().pop().unwrap()
    }

    /// What it takes to approve the first run.
    async fn approval(&self, incident: &str) -> Value {
        let run = self.get(&self.admin, &format!("/v1/runs/{incident}/1")).await.json();
        json!({ "run": 1, "digest": run["digest"] })
    }
}

/// A body that an integration sends for somebody.
fn passed_on(whom: &str, mut body: Value) -> Value {
    body["actor"] = json!({ "who": "integration:slack", "on_behalf_of": whom });
    body
}

const ADA: &str = "/v1/people/Ada%20Okafor";
const BOB: &str = "/v1/people/Bob%20Long";
const BOT: [&str; 5] = ["respond", "append", "read", "approve", "speak_for"];

#[tokio::test]
async fn who_is_who_is_for_everybody_and_accounts_are_for_few() {
    let house = House::new().await;
    house.told(&format!("{ADA}/link"), json!({ "account": "Slack:U1", "since": "2024-03-01" })).await;
    house.told(&format!("{ADA}/teams"), json!({ "teams": ["payments"] })).await;
    house.told(&format!("{ADA}/employment"), json!({ "since": "2024-03-01" })).await;
    for (scope, sees) in [("read", false), ("audit", true), ("admin", true)] {
        let token = house.token("Zac Example", &[scope]).await;
        for path in ["/v1/people", ADA] {
            for form in ["json", "text", "html", "markdown"] {
                let answer = house.get(&token, &format!("{path}?format={form}")).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                let text = answer.text();
                assert!(text.contains("Ada Okafor") && text.contains("payments"), "{text}");
                assert_eq!(text.contains("slack:U1"), sees, "{scope} {path} {form}: {text}");
            }
        }
        let told = house.post(&token, &format!("{ADA}/teams"), json!({ "teams": ["mail"] })).await;
        assert_eq!(told.status == 200, scope == "admin", "{}", told.text());
    }
    let nobody = house.get(&house.admin, "/v1/people/Zac").await;
    assert_eq!((nobody.status, nobody.problem().as_str()), (404, "unknown_person"));
    let feed = house.get(&house.admin, "/v1/events").await.text();
    assert!(feed.contains("account_linked"), "{feed}");
    let reader = house.token("Zac Example", &["read"]).await;
    assert!(!house.get(&reader, "/v1/events").await.text().contains("slack"));
    let acts = house.get(&house.admin, "/v1/acts?format=text").await.text();
    assert!(acts.contains("linked slack:U1 to Ada Okafor") && acts.contains("token:"), "{acts}");
}

#[tokio::test]
async fn what_is_told_of_people_is_seen_as_of_any_moment_by_either_clock() {
    let house = House::new().await;
    house.told(&format!("{ADA}/rename"), json!({ "to": "Ada King", "since": "2026-02-01" })).await;
    // By a former name too, and in whichever letters.
    let king = house.told("/v1/people/ada%20okafor/link", json!({ "account": "github:ada" })).await;
    assert_eq!(king["person"]["name"], "Ada King");
    assert_eq!(king["person"]["other_names"], json!(["Ada Okafor"]));
    let name = |query: &'static str| {
        let path = format!("{ADA}?{query}");
        let house = &house;
        async move { house.get(&house.admin, &path).await.json()["name"].clone() }
    };
    assert_eq!(name("occurred_by=2026-01-01T00:00Z").await, "Ada Okafor");
    assert_eq!(name("occurred_by=2026-02-02T00:00Z").await, "Ada King");
    let before = house.get(&house.admin, "/v1/people?as_of=2026-03-01T09:00Z").await.json();
    assert_eq!(before["people"], json!([]));
    let before = house.get(&house.admin, &format!("{ADA}?as_of=2026-03-01T09:00Z")).await;
    assert_eq!(before.problem(), "unknown_person");
    // Told again, nothing is added.
    let head = house.api.head().await;
    house.told(&format!("{ADA}/link"), json!({ "account": "github:ada" })).await;
    house.told("/v1/people", json!({ "name": "Bob Long" })).await;
    assert_eq!(house.api.head().await, head);
}

#[tokio::test]
async fn what_the_directory_does_not_take_is_said_and_records_nothing() {
    let house = House::new().await;
    house.told(&format!("{BOB}/link"), json!({ "account": "slack:U1" })).await;
    let link = |account: &str| json!({ "account": account });
    house.not_told(&format!("{ADA}/link"), link("slack:U1"), "account_taken", "Bob Long's").await;
    house.not_told(&format!("{ADA}/link"), link("U1"), "invalid_field", "SERVICE:ID").await;
    house.not_told(&format!("{ADA}/link"), link("token:0f3a"), "invalid_field", "something else").await;
    house.not_told(&format!("{ADA}/unlink"), link("slack:U1"), "unknown_account", "Bob Long's").await;
    let never = json!({ "account": "slack:U1", "never": true, "until": "2026-01-01" });
    house.not_told(&format!("{BOB}/unlink"), never, "invalid_field", "never was").await;
    house
        .not_told(
            "/v1/people/Ada%20Okfor/link",
            link("slack:U2"),
            "unknown_person",
            "did you mean Ada Okafor",
        )
        .await;
    house.not_told(&format!("{ADA}/rename"), json!({ "to": "bob long" }), "name_taken", "Bob Long").await;
    house
        .not_told(&format!("{ADA}/merge"), json!({ "into": "Ada Okafor" }), "merge_into_self", "already")
        .await;
    house.not_told(&format!("{ADA}/part"), json!({}), "not_merged", "not merged").await;
    house.not_told("/v1/people", json!({ "name": "Zac", "team": ["x"] }), "invalid_field", "team").await;
    house.not_told("/v1/people", json!({ "name": "integration:ci" }), "invalid_field", "colon").await;
    let contradicts = json!({ "since": "2026-02-01", "left": "2026-01-01" });
    house.not_told(&format!("{ADA}/employment"), contradicts, "times_contradict", "before they came").await;
    let by_account = json!({ "teams": [], "actor": { "who": "integration:hr", "on_behalf_of": "slack:U1" } });
    house.not_told(&format!("{ADA}/teams"), by_account, "invalid_field", "by their name").await;
}

#[tokio::test]
async fn an_integration_speaks_for_whom_the_directory_says() {
    let house = House::new().await;
    let (bot, ada) =
        (house.token("integration:slack", &BOT).await, house.token("Ada Okafor", &BOT[..4]).await);
    let incident = house.declare(&ada).await;
    let note =
        |whom: &'static str| house.tell(&bot, &incident, "note", passed_on(whom, json!({ "text": "x" })));
    let unknown = note("slack:U1").await;
    assert_eq!((unknown.status, unknown.problem().as_str()), (409, "unknown_account"), "{}", unknown.text());
    assert!(unknown.text().contains("slack:U1") && unknown.text().contains("POST /v1/people/…/link"));
    house.told(&format!("{ADA}/link"), json!({ "account": "slack:U1" })).await;
    assert_eq!(note("slack:U1").await.status, 200);
    let told = house.last().await;
    assert_eq!(told["actor"]["on_behalf_of"], "Ada Okafor", "{told}");
    let origin = told["origin"].as_str().unwrap();
    assert!(origin.starts_with("token:") && origin.ends_with(" for slack:U1"), "{origin}");
    // A bare name is the program's word.
    assert_eq!(note("Ada Okafor").await.status, 200);
    assert!(!house.last().await["origin"].as_str().unwrap().contains(" for "));
    // Who may not speak for people is not told whose an account is.
    let mute = house.token("integration:slack", &["append", "read"]).await;
    for account in ["slack:U1", "slack:U9"] {
        let refused = house.tell(&mute, &incident, "note", passed_on(account, json!({ "text": "x" }))).await;
        assert_eq!((refused.status, refused.problem().as_str()), (403, "missing_scope"));
    }
    // One key stands for one request: another account is another one.
    let bearer = format!("Bearer {bot}");
    let path = format!("/v1/incidents/{incident}/commands/note");
    let once = |whom: &'static str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "message-1"),
        ];
        let body = passed_on(whom, json!({ "text": "once" })).to_string();
        let (house, path) = (&house, &path);
        async move { house.api.send(Method::POST, path, &headers, body).await }
    };
    house.told(&format!("{BOB}/link"), json!({ "account": "slack:U2" })).await;
    assert_eq!((once("slack:U1").await.status, once("slack:U1").await.status), (200, 200));
    assert_eq!(once("slack:U2").await.problem(), "idempotency_key_reused");
    // Whoever has left is spoken for no longer, by no account and by no token.
    house.told(&format!("{ADA}/employment"), json!({ "left": "2026-02-01" })).await;
    let left = note("slack:U1").await;
    assert!(left.problem() == "unknown_account" && left.text().contains("has left"), "{}", left.text());
    let left = house.get(&ada, "/v1/incidents").await;
    assert_eq!((left.status, left.problem().as_str()), (401, "bad_token"));
    assert!(left.text().contains("has left the company"), "{}", left.text());
    house.told(&format!("{ADA}/employment"), json!({ "stays": true })).await;
    assert_eq!(house.get(&ada, "/v1/incidents").await.status, 200);
}

#[tokio::test]
async fn two_users_of_one_bot_are_two_pairs_of_eyes_by_their_accounts_alone() {
    let house = House::new().await;
    let bot = house.token("integration:slack", &BOT).await;
    house.told(&format!("{ADA}/link"), json!({ "account": "slack:U1" })).await;
    house.told(&format!("{BOB}/link"), json!({ "account": "slack:U2" })).await;
    let incident = house.declare(&bot).await;
    let proposal = passed_on("slack:U1", json!({ "line": "ls" }));
    assert_eq!(house.tell(&bot, &incident, "propose-run", proposal).await.status, 200);
    let approval = house.approval(&incident).await;
    let approve = |whom: &'static str| {
        let body = passed_on(whom, approval.clone());
        house.tell(&bot, &incident, "approve-run", body)
    };
    assert_eq!(approve("slack:U1").await.problem(), "self_approval");
    assert_eq!(approve("Bob Long").await.problem(), "self_approval");
    assert_eq!(approve("slack:U2").await.status, 200);
    let runs = house.get(&house.admin, "/v1/runs?strength=proven").await.json();
    assert_eq!(runs["runs"][0]["record"]["approvals"][0]["by"], "Bob Long", "{runs}");
    // By another one's proposal, a bare name is still no proof; and as a proposal it is not called proven.
    let zac = house.token("Zac Example", &["respond", "read"]).await;
    let other = house.declare(&zac).await;
    house.tell(&zac, &other, "propose-run", json!({ "line": "ls" })).await;
    let bare = house.tell(&bot, &other, "approve-run", passed_on("Bob Long", approval.clone())).await;
    assert_eq!(bare.problem(), "approver_not_proven", "{}", bare.text());
    let third = house.declare(&zac).await;
    house.tell(&bot, &third, "propose-run", passed_on("Bob Long", json!({ "line": "ls" }))).await;
    let weak = house.get(&house.admin, &format!("/v1/runs/{third}/1")).await.json();
    assert_eq!(
        (&weak["strength"], &weak["record"]["proposed"]["told"]["on_word"]),
        (&json!("account"), &json!(true)),
        "{weak}"
    );
}

#[tokio::test]
async fn nobody_is_two_people_by_another_name_of_theirs() {
    let house = House::new().await;
    let scopes = ["respond", "append", "approve", "read", "communicate:public"];
    let (former, ada) = (house.token("Ada Okafor", &scopes).await, house.token("Ada Qing", &scopes).await);
    let bob = house.token("Bob Long", &scopes).await;
    let incident = house.declare(&former).await;
    house.tell(&former, &incident, "propose-run", json!({ "line": "ls" })).await;
    house.tell(&bob, &incident, "assign-role", json!({ "role": "ic", "to": "Ada Okfor" })).await;
    let approval = house.approval(&incident).await;
    // What was approved before it was known that both are one lets nothing run afterwards.
    assert_eq!(house.tell(&ada, &incident, "approve-run", approval.clone()).await.status, 200);
    let update = json!({ "audience": "public", "status": "investigating", "text": "We are on it." });
    assert_eq!(
        house.tell(&former, &incident, "update-status", update.clone()).await.problem(),
        "not_a_communicator"
    );
    house.told("/v1/people/Ada%20Okfor/merge", json!({ "into": "Ada Okafor", "why": "a slip" })).await;
    house.told(&format!("{ADA}/rename"), json!({ "to": "Ada Qing", "why": "she married" })).await;
    let start = json!({ "run": 1, "line": "ls" });
    let refused = house.tell(&bob, &incident, "start-run", start.clone()).await;
    assert_eq!(refused.problem(), "not_approved", "{}", refused.text());
    assert!(refused.text().contains("Ada Qing, who approved run 1, is Ada Okafor"), "{}", refused.text());
    assert_eq!(house.tell(&ada, &incident, "approve-run", approval.clone()).await.problem(), "self_approval");
    // An import tells history, and lets nothing run.
    let line = |what: &str, more: Value| {
        let mut line = json!({ "incident": incident, "occurred": "2026-03-01T11:00:00Z", "actor": "Cleo", "kind": what });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line.to_string()
    };
    let told = json!({ "run": 1, "digest": approval["digest"], "by": "Cleo" });
    house
        .ask(&house.admin, Method::POST, "/v1/imports", line("run_approved", json!({ "fields": told })))
        .await;
    assert_eq!(house.tell(&bob, &incident, "start-run", start.clone()).await.problem(), "not_approved");
    assert_eq!(house.tell(&bob, &incident, "approve-run", approval).await.status, 200);
    assert_eq!(house.tell(&bob, &incident, "start-run", start).await.status, 200);
    // The token that was made for the former name speaks by the present one, whichever is said.
    let me = house.get(&former, "/v1/me").await.json();
    assert_eq!(me["who"], "Ada Qing");
    let note = json!({ "text": "x", "actor": "Ada Okafor" });
    assert_eq!(house.tell(&former, &incident, "note", note.clone()).await.status, 200);
    assert_eq!(house.last().await["actor"]["who"], "Ada Qing");
    assert_eq!(house.tell(&bob, &incident, "note", note).await.problem(), "other_name");
    // And commands by the misspelt one, and sees what is private by the former one.
    let said = house.tell(&former, &incident, "update-status", update).await;
    assert_eq!(said.status, 200, "{}", said.text());
    house.tell(&bob, &incident, "limit-access", json!({ "to": ["Ada Okafor"] })).await;
    assert_eq!(house.get(&ada, &format!("/v1/incidents/{incident}")).await.status, 200);
    assert_eq!(house.get(&bob, &format!("/v1/incidents/{incident}")).await.status, 404);
}

//! An event that cannot be read keeps nobody out whom it does not concern, and lets nobody in.

use std::path::Path;

use axum::http::Method;
use scribe::app::gate::questions::History;
use scribe_tests::api::Api;
use scribe_tests::beneath::{SOMEBODY, beneath, open};
use scribe_tests::contract::told::keep;
use scribe_tests::tamper;
use serde_json::json;
use tempfile::TempDir;

use super::tokens::{Door, all_scopes};

/// A record with a private incident and one that is not, and who asks.
struct Record {
    data: TempDir,
    ada: String,
    zac: String,
    private: String,
    open: String,
}

impl Record {
    /// With so much behind it that the tree does not need its leaves any more.
    async fn new() -> Self {
        Self::with(300).await
    }

    async fn with(later: usize) -> Self {
        let data = TempDir::new().unwrap();
        let door = Door::over(open(data.path())).await;
        let all = all_scopes();
        let (ada, zac) = (door.token("Ada Example", &all).await, door.token("Zac Example", &all).await);
        let declared = |body| {
            let (door, ada) = (&door, &ada);
            async move {
                door.post(ada, "/v1/incidents", body).await.json()["incident"].as_str().unwrap().to_owned()
            }
        };
        let private = declared(json!({ "title": "Leaked payroll" })).await;
        let open = declared(json!({ "title": "Slow imports" })).await;
        door.tell(&ada, &private, "limit-access", json!({ "to": ["Ada Example"], "why": "wages" })).await;
        door.tell(&ada, &private, "note", json!({ "text": "copied" })).await;
        door.tell(&ada, &open, "note", json!({ "text": "retried" })).await;
        if later > 0 {
            keep(&beneath(data.path()), 0, 0, &vec!["x"; later]).await;
        }
        Self { data, ada, zac, private, open }
    }

    /// What Ada and Zac are answered about the private incident, and Zac about the other: looks, and a note.
    async fn answers(&self) -> [u16; 4] {
        let app = open(self.data.path());
        app.warm().await.unwrap();
        let door = Door { api: Api::over(app), admin: self.ada.clone() };
        let look = |token: &str, incident: &str| {
            let (door, token, path) = (&door, token.to_owned(), format!("/v1/incidents/{incident}"));
            async move {
                let answer = door.ask(Some(&token), Method::GET, &path, None).await;
                assert!(answer.status != 500 || answer.problem() == "store_damaged", "{}", answer.text());
                answer.status
            }
        };
        [
            look(&self.ada, &self.private).await,
            look(&self.zac, &self.private).await,
            look(&self.zac, &self.open).await,
            door.tell(&self.zac, &self.open, "note", json!({ "text": "more" })).await.status,
        ]
    }
}

#[tokio::test]
async fn what_cannot_be_read_of_one_incident_shuts_nobody_out_of_another() {
    let record = Record::new().await;
    assert_eq!(record.answers().await, [200, 404, 200, 200]);
    // A bit of a note flips. Zac learns as little as before.
    tamper::rot(record.data.path(), "copied", "copiec");
    assert_eq!(record.answers().await, [500, 404, 200, 200]);
    // A text that no program wrote.
    let record = Record::new().await;
    tamper::replace(record.data.path(), r#""text":"copied""#, r#""tixt":"copied""#);
    assert_eq!(record.answers().await, [500, 404, 200, 200]);
    // Of the other one, whoever may see it is told that it is damaged, and the private one goes on.
    let record = Record::new().await;
    tamper::rot(record.data.path(), "retried", "retrieq");
    assert_eq!(record.answers().await, [200, 404, 500, 500]);
}

#[tokio::test]
async fn over_what_cannot_be_read_the_tree_is_not_continued() {
    // The tree needs each of its last 256 leaves: until that is mended nothing is told, and who looks at what is private
    // cannot be recorded, so it is not shown.
    let record = Record::with(0).await;
    tamper::rot(record.data.path(), "retried", "retrieq");
    assert_eq!(record.answers().await, [500, 404, 500, 500]);
    let record = Record::with(0).await;
    tamper::rot(record.data.path(), "copied", "copiec");
    assert_eq!(record.answers().await, [500, 404, 200, 500]);
}

#[tokio::test]
async fn where_it_cannot_be_read_who_may_see_an_incident_nobody_does() {
    for damage in [tamper_payload as fn(&Path), tamper_reading] {
        let record = Record::new().await;
        damage(record.data.path());
        assert_eq!(record.answers().await, [404, 404, 200, 200]);
        // Whoever has the folder is told.
        let app = open(record.data.path());
        let history = History::of(record.private.parse().unwrap());
        assert!(app.ask(&SOMEBODY, history).await.is_err());
    }
}

fn tamper_payload(data: &Path) {
    tamper::rot(data, r#""why":"wages""#, r#""why":"waget""#);
}

fn tamper_reading(data: &Path) {
    tamper::replace(data, r#""to":["Ada Example"]"#, r#""to":[]"#);
}

#[tokio::test]
async fn where_anything_may_have_been_said_nobody_is_let_in() {
    for (this, with) in [
        (r#""type":"access_limited""#, r#""type":"accesr_limited""#),
        // A token may have been revoked there.
        (r#""name":"laptop""#, r#""name":"laptoq""#),
        // It may be another incident's.
        (r#"{"type":"noted","version":1,"incident":"2"#, r#"{"type":"noted","version":1,"incident":"3"#),
    ] {
        let record = Record::new().await;
        tamper::rot(record.data.path(), this, with);
        assert_eq!(record.answers().await, [500; 4], "{this}");
    }
}

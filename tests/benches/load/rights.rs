//! What it costs to know who asks: the same requests in this process, by whoever has the record in their hands, of whom
//! nothing is looked up, and by turns with a token, whose rights are looked up at the door and at the gate.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use scribe::app::{App, Options, StoreAddress};
use scribe::clock;
use scribe::config::Config;
use scribe::http::{in_process, router};
use scribe_domain::testing::plausible::incident;
use tower::ServiceExt as _;

/// How many requests are measured in each way.
const REQUESTS: usize = 300;

/// Says what each costs.
pub(crate) fn tell(data: &Path, tokens: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = App::open(Options {
        data: data.to_owned(),
        store: StoreAddress::Folder,
        clock: clock::system(),
        config: Config::default(),
    });
    let app = app.unwrap();
    let (owner, door) = (in_process(app.clone()), router(app));
    crate::say(
        "| in process, one after another | whoever has the record | with a token | more |\n| --- | --- | --- | --- |",
    );
    for path in ["/v1/me".to_owned(), format!("/v1/incidents/{}", incident(3)), "/v1/incidents".to_owned()] {
        let (mut known, mut shown) = (Vec::new(), Vec::new());
        for number in 0..REQUESTS {
            // As many tokens as there are people, so that none is slowed.
            let token = &tokens[number % tokens.len()];
            known.push(runtime.block_on(ask(&owner, &path, None)));
            shown.push(runtime.block_on(ask(&door, &path, Some(token))));
        }
        let (known, shown) = (median(known), median(shown));
        let more = shown.saturating_sub(known);
        crate::say(&format!("| `{path}` | {known:.1?} | {shown:.1?} | {more:.1?} |"));
    }
    crate::say("");
}

async fn ask(router: &Router, path: &str, token: Option<&String>) -> Duration {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let began = Instant::now();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.into_body().collect().await.unwrap();
    began.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

//! Every operation of the API, in one table.

use axum::routing::{get, post};
use scribe_domain::command::Command;

use super::spec::{Answer, Body, Operation, Pace, Spec};
use super::{commands, feed, health, metrics};

/// The table.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = telling();
    all.extend(the_record());
    all.extend(the_server());
    all
}

fn telling() -> Vec<Operation> {
    let declare = Spec::post("/v1/incidents", "declare", "commands")
        .about("Declare an incident.")
        .body(Body::Command("declare"))
        .by(post(commands::declare));
    let mut all = vec![declare];
    for (name, about) in command_names() {
        let path = format!("/v1/incidents/{{incident}}/commands/{name}");
        all.push(
            Spec::post(path, name, "commands")
                .about(about)
                .body(Body::Command(name))
                .by(post(commands::command)),
        );
    }
    all
}

/// Every command but the one that makes an incident, and what it means.
fn command_names() -> Vec<(&'static str, &'static str)> {
    let mut generator = schemars::SchemaGenerator::default();
    let all = Command::schemas(&mut generator);
    all.into_iter().filter(|(name, ..)| *name != "declare").map(|(name, about, _)| (name, about)).collect()
}

fn the_record() -> Vec<Operation> {
    vec![
        Spec::get("/v1/events", "events", "record")
            .about("The record as a feed: JSON lines, or server-sent events for `Accept: text/event-stream`.")
            .query(feed::PARAMS)
            .answers(Answer::Feed)
            .pace(Pace::Endless)
            .by(get(feed::events)),
    ]
}

fn the_server() -> Vec<Operation> {
    vec![
        Spec::get("/healthz", "healthz", "server")
            .about("Whether the program lives and its store answers.")
            .answers(Answer::Other { about: "It does.", media_type: "text/plain" })
            .by(get(health::healthz)),
        Spec::get("/readyz", "readyz", "server")
            .about("Whether the views are built and requests are answered at full speed.")
            .answers(Answer::Other { about: "They are.", media_type: "text/plain" })
            .by(get(health::readyz)),
        Spec::get("/metrics", "metrics", "server")
            .about("What the server counts, as OpenMetrics text.")
            .answers(Answer::Other { about: "The counters.", media_type: "application/openmetrics-text" })
            .by(get(metrics::metrics)),
    ]
}

/// Every address and the methods it takes, for telling those who used another.
#[derive(Debug)]
pub(super) struct Map(Vec<(String, String)>);

impl Map {
    pub(super) fn of(operations: &[Operation]) -> Self {
        Self(operations.iter().map(|op| (op.spec.path.clone(), op.spec.method.to_string())).collect())
    }

    /// The methods that a request's address takes.
    pub(super) fn methods(&self, path: &str) -> String {
        let mut methods: Vec<&str> =
            self.0.iter().filter(|(known, _)| fits(known, path)).map(|(_, method)| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.dedup();
        methods.join(", ")
    }
}

fn fits(known: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    known.split('/').all(|known| parts.next().is_some_and(|part| known == part || known.starts_with('{')))
        && parts.next().is_none()
}

//! The HTTP API under `/v1`. In reading order:

/// Reading a request's body.
mod body;
/// Telling scribe something.
mod commands;
/// What every request passes first.
mod door;
/// What is told while the store is out of reach.
mod behind;
/// Words in a header.
pub mod display;
/// Looking at incidents: the board, and one incident in full.
mod incidents;
/// Looking across incidents: status pages, runs, actions and deploy holds.
mod audit;
/// The first page.
mod home;
/// What other tools send.
mod hooks;
/// The event feed.
mod feed;
/// In which form an answer is wanted.
mod format;
/// The record itself: export, restore, import.
mod record;
/// The ledger: checkpoints, tiles and proofs.
mod ledger;
/// The views themselves.
mod views;
/// Whether it lives, and whether it is ready.
mod health;
/// What the server counts.
mod metrics;
/// What goes wrong, as an answer.
mod problem;
/// Every code of a problem.
mod codes;
/// Query parameters and parts of the address.
mod query;
/// Every operation, in one table.
mod routes;
/// The API's description.
mod openapi;
/// Listening, serving and stopping.
mod server;
/// What an operation is: its address, what it takes and answers.
mod spec;
/// What goes over the wire: a command with its envelope, an event as a line.
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware;
use tokio::sync::Semaphore;

use crate::app::App;
use metrics::Metrics;
use problem::Problem;

pub use behind::STALE;
pub use codes::{ProblemCode, problem_codes};
pub use problem::{PROBLEM_JSON, ProblemDetails};
pub use server::{ServeError, bind, serve};
pub use wire::EventLine;

/// What every handler has at hand.
#[derive(Clone)]
struct Api {
    app: App,
    metrics: Arc<Metrics>,
    /// Places for requests that are being worked on.
    places: Arc<Semaphore>,
    /// Places for feeds that are open.
    feeds: Arc<Semaphore>,
    /// Every address and the methods it takes.
    map: Arc<routes::Map>,
}

/// The API over a record: to be served on a socket, or called in-process.
pub fn router(app: App) -> Router {
    let operations = routes::operations();
    let specs = operations.iter().map(|operation| Arc::clone(&operation.spec)).collect();
    let api = Api {
        app,
        metrics: Arc::new(Metrics::new()),
        places: Arc::new(Semaphore::new(door::AT_ONCE)),
        feeds: Arc::new(Semaphore::new(feed::FEEDS)),
        map: Arc::new(routes::Map::of(specs)),
    };
    let mut router = Router::new();
    for operation in operations {
        // A tile's address has as many parts as its number needs.
        let path = operation.spec.path.replace("{tile}", "{*tile}");
        let inner = middleware::from_fn_with_state((api.clone(), operation.spec), door::inner);
        router = router.route(&path, operation.handler.layer(inner));
    }
    router
        .fallback(no_such_address)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(api.clone(), door::outer))
        .with_state(api)
}

async fn no_such_address(request: Request) -> Problem {
    let path = request.uri().path();
    // Commands have an address each, so a misspelt one ends here.
    match path.strip_prefix("/v1/incidents/").and_then(|rest| rest.split_once("/commands/")) {
        Some((_, name)) if !name.contains('/') => {
            let names = scribe_domain::command::Command::NAMES;
            let known = names.iter().filter(|name| **name != "declare").copied().collect::<Vec<_>>();
            Problem::NoSuchCommand { name: name.chars().take(80).collect(), known: known.join(", ") }
        }
        _ => Problem::NoSuchAddress { path: path.chars().take(200).collect() },
    }
}

async fn other_method(State(api): State<Api>, request: Request) -> Problem {
    Problem::Method { allowed: api.map.methods(request.uri().path()) }
}

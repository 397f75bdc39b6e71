//! The router: every operation of the API in one table, behind the door.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware;

use super::map::Map;
use super::operation::Operation;
use super::problem::Problem;
use super::state::Api;
use super::{authentication, door, hooks, ops, v1, web};
use crate::app::App;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::rights::Rights;
use crate::origin;

/// The API over a record, to be served on a socket.
pub fn router(app: App) -> Router {
    with_owner(app, None)
}

/// The API over a record, called in-process: all that is told comes from the account that runs the program.
pub fn in_process(app: App) -> Router {
    let account = origin::of_this_process();
    with_owner(app, Some(Caller::with(Rights::Everything { account }, Edge::Http)))
}

fn with_owner(app: App, owner: Option<Caller>) -> Router {
    let operations = operations();
    let specs = operations.iter().map(|operation| Arc::clone(&operation.spec)).collect();
    let api = Api::new(app, Map::of(specs), owner);
    let mut router = Router::new();
    for operation in operations {
        // A tile's address has as many parts as its number needs.
        let path = operation.spec.path.replace("{tile}", "{*tile}");
        let state = (api.clone(), operation.spec);
        let known = middleware::from_fn_with_state(state.clone(), authentication::authenticate);
        let inner = middleware::from_fn_with_state(state, door::inner);
        router = router.route(&path, operation.handler.layer(known).layer(inner));
    }
    router
        .fallback(no_such_address)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(api.clone(), door::outer))
        .with_state(api)
}

/// The table.
fn operations() -> Vec<Operation> {
    let mut all = v1::operations();
    all.extend(hooks::operations());
    all.extend(web::operations());
    all.extend(ops::operations());
    all
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

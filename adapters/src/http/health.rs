//! Whether it lives, and whether it is ready.

use axum::extract::State;
use scribe_domain::ids::Position;

use super::Api;
use super::problem::Problem;
use super::query::Query;

/// `GET /healthz`: the program runs and its store answers. A supervisor restarts it when it doesn't.
pub(super) async fn healthz(State(api): State<Api>, _: Query) -> Result<&'static str, Problem> {
    let Position(_) = api.app.store().head().await?;
    Ok("ok\n")
}

/// `GET /readyz`: the views are built, so no request waits for a replay. A balancer sends requests
/// elsewhere until then, and again once the program is stopping.
pub(super) async fn readyz(State(api): State<Api>, _: Query) -> Result<&'static str, Problem> {
    if api.app.is_closing() {
        return Err(Problem::NotReady { why: "the server is stopping".into() });
    }
    if !api.app.is_warm() {
        let why = match api.app.building() {
            Some(building) => format!("the views are being built from the record: {building} events"),
            None => "the views are being built from the record".into(),
        };
        return Err(Problem::NotReady { why });
    }
    api.app.store().head().await?;
    Ok("ready\n")
}

//! Whether it lives, and whether it is ready.

use axum::extract::State;
use axum::routing::get;
use scribe_domain::event_store::{Stale, StaleCause, StoreError, StoreWarning};
use scribe_domain::ids::Position;

use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec};
use crate::http::state::Api;

pub(super) fn operations() -> [Operation; 2] {
    let text = |about| Answer::Other { about, media_type: "text/plain" };
    let lives = Spec::get("/healthz", "healthz", "server")
        .about("Whether the program lives and its store answers.")
        .answers(text("It does."))
        .by(get(healthz));
    let ready = Spec::get("/readyz", "readyz", "server")
        .about("Whether the views are built and requests are answered at full speed.")
        .answers(text("They are."))
        .by(get(readyz));
    [lives, ready]
}

/// The program runs and its store answers, or is known to be out of reach, which no restart would
/// change. A supervisor restarts it when it doesn't.
async fn healthz(State(api): State<Api>, _: Query) -> Result<&'static str, Problem> {
    match api.app.store().head().await {
        Ok(Position(_)) => Ok("ok\n"),
        Err(StoreError::Unavailable(_) | StoreError::Barred { .. })
            if api.app.store().stale().await.is_some() =>
        {
            Ok("ok\n")
        }
        Err(error) => Err(error.into()),
    }
}

/// The views are built, so no request waits for a replay, and the store takes appends. A
/// balancer sends requests elsewhere until then, and again once the program is stopping, a write failed, or the
/// store is out of reach; looks go on then. Of a record that differs from what others have signed, nobody should
/// be shown anything: that has a code of its own. What should be known although it is ready follows, a line each.
async fn readyz(State(api): State<Api>, _: Query) -> Result<String, Problem> {
    if api.app.is_closing() {
        return Err(Problem::NotReady { why: "the server is stopping".into() });
    }
    // This one is for whoever runs the server, so it says why.
    if let Some(Stale { since, why, cause }) = api.app.store().stale().await {
        let since = since.format("%Y-%m-%d %H:%M:%S UTC");
        let looks = match api.app.store().head().await {
            Ok(position) => format!("looks go on, and show the record up to position {position}"),
            // What the store says of it has been told already.
            Err(_) => "there is nothing to show yet".to_owned(),
        };
        return Err(match cause {
            StaleCause::OutOfReach => Problem::NotReady {
                why: format!("the store has been out of reach since {since}: {why}; {looks}"),
            },
            StaleCause::Barred { remedy } => Problem::NotLetIn {
                why: format!("the store has not let this server in since {since}: {why}; {looks}"),
                remedy,
            },
            StaleCause::Differs => Problem::Differs {
                what: format!(
                    "since {since}, the record at hand differs from what others have signed, and is read anew: {why}"
                ),
            },
        });
    }
    if !api.app.is_warm() {
        let why = match api.app.building() {
            Some(building) => format!("the views are being built from the record: {building} events"),
            None => "the views are being built from the record".into(),
        };
        return Err(Problem::NotReady { why });
    }
    let not_ready = |error: StoreError| Problem::NotReady { why: error.to_string() };
    api.app.store().takes_appends().await.map_err(not_ready)?;
    api.app.store().head().await?;
    let warnings = api.app.store().warnings().await.into_iter().map(|StoreWarning { incident, what }| {
        let about = incident.map(|incident| format!("{incident}: ")).unwrap_or_default();
        // A line each, whatever somebody's words may hold.
        format!("warning: {about}{}\n", what.replace(['\n', '\r'], " "))
    });
    Ok(std::iter::once("ready\n".to_owned()).chain(warnings).collect())
}

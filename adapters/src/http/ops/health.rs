//! Whether it lives, and whether it is ready.

use axum::Json;
use axum::routing::get;
use scribe_domain::event_store::{Stale, StaleCause, StoreError, StoreWarning};
use scribe_domain::ids::Position;
use scribe_domain::scope::Scope;

use crate::app::gate::Question;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::clock::ClockFound;
use crate::app::gate::questions::{
    Head, OutOfReach, TakesAppends, TaskReports, TaskReportsInFull, Warnings, WarningsInFull,
};
use crate::app::gate::rights::{GateError, Rights};
use crate::app::{TOLD_TO, TaskList};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Spec};
use crate::http::state::Api;

pub(super) fn operations() -> [Operation; 3] {
    let text = |about| Answer::Other { about, media_type: "text/plain" };
    let lives = Spec::get("/healthz", "healthz", "server")
        .about("Whether the program lives and its store answers.")
        .answers(text("It does."))
        .by(&[Scope::Anybody], get(healthz));
    let ready = Spec::get("/readyz", "readyz", "server")
        .about("Whether the views are built and requests are answered at full speed.")
        .answers(text("They are."))
        .by(&[Scope::Anybody], get(readyz));
    let tasks = Spec::get("/v1/tasks", "tasks", "server")
        .about("How the work stands that the server does beside its requests.")
        .answers(Answer::json::<TaskList>("Each task."))
        .by(&[Scope::Anybody], get(tasks));
    [lives, ready, tasks]
}

/// The program runs and its store answers, or is known to be out of reach, which no restart would
/// change. A supervisor restarts it when it doesn't.
async fn healthz(api: Api, _: Query) -> Result<&'static str, Problem> {
    match api.ask(Head).await {
        Ok(Position(_)) => Ok("ok\n"),
        Err(error @ GateError::Failed(StoreError::Unavailable(_) | StoreError::Barred { .. })) => {
            let stale = api.know(OutOfReach).await;
            if stale.is_some() { Ok("ok\n") } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}

/// The views are built, so no request waits for a replay, and the store takes appends. A
/// balancer sends requests elsewhere until then, and again once the program is stopping, a write failed, or the
/// store is out of reach; looks go on then. Of a record that differs from what others have signed, nobody should
/// be shown anything: that has a code of its own, as has a clock that is not the store's. What should be known although
/// it is ready follows, and what was found of the clock, a line each, and how each task stands: one that fails does not make the server unready.
async fn readyz(api: Api, _: Query) -> Result<String, Problem> {
    if api.app.is_closing() {
        return Err(Problem::NotReady { why: "the server is stopping".into() });
    }
    // This one is for whoever runs the server, so it says why.
    let stale = api.know(OutOfReach).await;
    if let Some(Stale { since, why, cause }) = stale {
        let since = since.format("%Y-%m-%d %H:%M:%S UTC");
        let looks = match api.ask(Head).await {
            Ok(position) => format!("looks go on, and show the record up to position {position}"),
            // What the store says of it has been told already.
            Err(_) => "there is nothing to show yet".to_owned(),
        };
        let differs = format!(
            "since {since}, the record at hand differs from what others have signed, and is read anew"
        );
        return Err(match cause {
            StaleCause::OutOfReach => Problem::NotReady {
                why: format!("the store has been out of reach since {since}: {why}; {looks}"),
            },
            StaleCause::Barred { remedy } => Problem::NotLetIn {
                why: format!("the store has not let this server in since {since}: {why}; {looks}"),
                remedy,
            },
            StaleCause::Differs => Problem::Differs {
                what: match in_full(&api, WarningsInFull).await {
                    Some(_) => format!("{differs}: {why}"),
                    None => format!("{differs}; {TOLD_TO}"),
                },
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
    let not_ready = |error: GateError<StoreError>| match error {
        // What is damaged is for the log.
        GateError::Failed(error @ (StoreError::Damaged(_) | StoreError::ClockWrong { .. })) => {
            Problem::Store(error)
        }
        error => Problem::NotReady { why: error.to_string() },
    };
    api.ask(TakesAppends).await.map_err(not_ready)?;
    api.ask(Head).await?;
    let tasks = task_list(&api).await.tasks.into_iter().map(|task| format!("task {task}\n"));
    let found = api.know(ClockFound).await.findings.into_iter().map(|one| format!("clock: {}\n", one.what));
    let ready = std::iter::once("ready\n".to_owned());
    Ok(ready.chain(warnings(&api).await).chain(found).chain(tasks).collect())
}

/// What should be known, a line each; for others than auditors of the whole record, that there is something.
async fn warnings(api: &Api) -> Vec<String> {
    let number = api.know(Warnings).await;
    if number == 0 {
        return Vec::new();
    }
    let in_words = |StoreWarning { incident, what }| {
        let about = incident.map(|incident| format!("{incident}: ")).unwrap_or_default();
        // A line each, whatever somebody's words may hold.
        format!("warning: {about}{}\n", what.replace(['\n', '\r'], " "))
    };
    match in_full(api, WarningsInFull).await {
        Some(warnings) => warnings.into_iter().map(in_words).collect(),
        None => vec![format!("warning: {number} to know of; {TOLD_TO}\n")],
    }
}

async fn task_list(api: &Api) -> TaskList {
    let tasks = api.know(TaskReports).await;
    if tasks.tasks.iter().all(|task| task.error.is_none()) {
        return tasks;
    }
    in_full(api, TaskReportsInFull).await.unwrap_or(tasks)
}

/// What is for auditors of the whole record, if whoever asks is one. For what anybody may know nobody looks up whether
/// there are tokens: as long as there are none, everybody is.
async fn in_full<Q: Question<Error = StoreError>>(api: &Api, question: Q) -> Option<Q::Answer<'_>> {
    let everybody = Caller::with(Rights::Everything { account: None }, Edge::Http);
    let is_open = api.caller().rights == Rights::Nobody && api.app.asks_who().await == Ok(false);
    api.app.ask(if is_open { &everybody } else { api.caller() }, question).await.ok()
}

/// How the work stands that the server does beside its requests.
async fn tasks(api: Api, _: Query) -> Json<TaskList> {
    Json(task_list(&api).await)
}

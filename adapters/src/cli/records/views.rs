//! The views of the whole record: how they stand, and building one anew.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;

use crate::cli::common::address::Address;
use crate::cli::args::admin::{RebuildArgs, ViewsArgs, ViewsCommand};
use crate::cli::args::looks::Look;
use crate::cli::common::client::request;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::view::show;
use crate::cli::common::terminal::{put_line, say};
use crate::app::{Rebuild, RebuildState, ViewList, ViewReport};

/// How often the server is asked how far it is.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// `scribe views`.
pub(in crate::cli) async fn views(desk: &Desk, args: &ViewsArgs) -> Result<(), Failure> {
    match &args.command {
        Some(ViewsCommand::Rebuild(args)) => rebuild(desk, args).await,
        None => {
            let look = Look { format: args.format, ..Look::default() };
            show(desk, Address::of(&["v1", "views"]), &look).await
        }
    }
}

/// `scribe views rebuild`: waits until it is done. Whoever does not want to wait may stop this: the server
/// goes on.
async fn rebuild(desk: &Desk, args: &RebuildArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "views", &args.view, "rebuild"]);
    let begun = desk.client.ask(request(Method::POST, address.as_str(), Body::empty())?).await?;
    let mut report: ViewReport = begun.json()?;
    let shown = io::stderr().is_terminal();
    loop {
        let Some(rebuild) = &report.rebuild else {
            return Err(gone(&args.view));
        };
        if rebuild.state != RebuildState::Building {
            if shown {
                say("\r\x1b[K");
            }
            return tell(desk, &report, rebuild);
        }
        if shown {
            // Nobody misses a progress that cannot be shown.
            let _ = write!(io::stderr(), "\r\x1b[Kbuilding {}: {}", args.view, rebuild.building);
        }
        tokio::time::sleep(ASK_AGAIN).await;
        let list: ViewList = desk.client.get_json("/v1/views").await?;
        report =
            list.views.into_iter().find(|report| report.view == args.view).ok_or_else(|| gone(&args.view))?;
    }
}

fn tell(desk: &Desk, report: &ViewReport, rebuild: &Rebuild) -> Result<(), Failure> {
    if desk.json {
        put_line(&serde_json::to_string(report).map_err(|error| Failure::bad("view", error))?)?;
    }
    if rebuild.state == RebuildState::Switched {
        if !desk.json {
            put_line(&format!(
                "{} v{}  rebuilt from {} events, and switched",
                report.view, report.version, report.position
            ))?;
        }
        return Ok(());
    }
    for fault in &rebuild.faults {
        let event = fault.event.map_or_else(|| "an event".to_owned(), |id| format!("event {id}"));
        say(&format!("{event} at position {}: {}", fault.position, fault.reason));
    }
    let why = match (&rebuild.stopped, rebuild.faults.len()) {
        (Some(why), _) => why.clone(),
        (None, 1) => "an event cannot be read".to_owned(),
        (None, count) => format!("{count} events cannot be read"),
    };
    Err(Failure::new(
        Kind::Unavailable,
        format!("{} was not switched: {why}", report.view),
        "the view that served goes on serving; compare the record with a backup",
    ))
}

fn gone(view: &str) -> Failure {
    Failure::new(
        Kind::Unavailable,
        format!("the server no longer knows of building {view}"),
        "it may have been started anew; try again",
    )
}

//! `scribe views`: how the views of the whole record stand, and building one anew.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use clap::{Args, Subcommand};

use crate::app::{Rebuild, RebuildState, ViewList, ViewReport};
use crate::cli::common::address::Address;
use crate::cli::common::client::request;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::progress::Progress;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{put_line, say};
use crate::cli::common::view::{Format, ViewOptions, show};

/// How often the server is asked how far it is.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// The state of the views of the whole record; rebuild one.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ViewsArgs {
    /// What to do; without it, the views are listed
    #[command(subcommand)]
    command: Option<ViewsCommand>,
    /// In which form [default: text]
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,
}

/// What to do with a view.
#[derive(Debug, Clone, Subcommand)]
enum ViewsCommand {
    /// Build a view from the events, beside the one in use, and switch to it if every event can be read
    Rebuild(RebuildArgs),
}

/// Which view.
#[derive(Debug, Clone, Args)]
struct RebuildArgs {
    /// Its name, as `scribe views` shows it
    view: String,
}

#[async_trait(?Send)]
impl Effect for ViewsArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        match &self.command {
            Some(ViewsCommand::Rebuild(args)) => rebuild(desk, args).await?,
            None => {
                let options = ViewOptions { format: self.format, ..ViewOptions::default() };
                show(desk, Address::of(&["v1", "views"]), &options).await?;
            }
        }
        Ok(exit::DONE)
    }
}

/// Waits until it is done. Whoever does not want to wait may stop this: the server goes on.
async fn rebuild(desk: &Desk, args: &RebuildArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "views", &args.view, "rebuild"]);
    let begun = desk.client.ask(request(Method::POST, address.as_str(), Body::empty())?).await?;
    let mut report: ViewReport = begun.json()?;
    let progress = Progress::new();
    loop {
        let Some(rebuild) = &report.rebuild else {
            return Err(gone(&args.view));
        };
        if rebuild.state != RebuildState::Building {
            progress.done();
            return report_outcome(desk, &report, rebuild);
        }
        progress.at(&format!("building {}", args.view), rebuild.building);
        tokio::time::sleep(ASK_AGAIN).await;
        let list: ViewList = desk.client.get_json("/v1/views").await?;
        report =
            list.views.into_iter().find(|report| report.view == args.view).ok_or_else(|| gone(&args.view))?;
    }
}

fn report_outcome(desk: &Desk, report: &ViewReport, rebuild: &Rebuild) -> Result<(), Failure> {
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
        "the view in use stays in use; compare the record with a backup",
    ))
}

fn gone(view: &str) -> Failure {
    Failure::new(
        Kind::Unavailable,
        format!("the server no longer knows about rebuilding {view}"),
        "it may have been restarted; try again",
    )
}

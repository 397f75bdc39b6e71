//! `scribe serve`.

use std::net::SocketAddr;

use async_trait::async_trait;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::SignalKind;

use super::demo::record_demonstration;
use super::log;
use crate::app::App;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::home;
use crate::cli::common::session::{Effect, Session, config, open_app};
use crate::cli::common::signals::listen;
use crate::cli::common::store;
use crate::cli::common::terminal::say;
use crate::http::{ServeError, bind, serve as serve_http};
use crate::ledger::{KeyFileError, LedgerError};
use crate::origin;

/// Serve the HTTP API on the loopback.
#[derive(Debug, Clone, Args)]
pub(super) struct ServeArgs {
    /// Where to listen; loopback addresses only, port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7474")]
    listen: SocketAddr,
    /// Record the demonstration incident first
    #[arg(long)]
    demo: bool,
}

#[async_trait(?Send)]
impl Effect for ServeArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        session.must_be_here("a server serves its own folder")?;
        // Before anything is opened: who cannot listen founds no record.
        let listener = bind(self.listen).await.map_err(|error| failed(&error))?;
        let options = if self.demo { record_demonstration(session).await? } else { session.options.clone() };
        let is_new = !App::has_record(&store::chosen(options.store.as_ref())?, &options.data);
        let app = open_app(&options, config(&options)?)?;
        if is_new {
            say(&format!("note: there was no record yet; this one begins in {}", home::Shown(&options.data)));
        }
        serve(app, listener).await?;
        Ok(exit::DONE)
    }
}

/// Serves until SIGINT or SIGTERM; then what was begun is finished.
async fn serve(app: App, listener: TcpListener) -> Result<(), Failure> {
    log::start();
    app.prepare_signing().await.map_err(|error| unsigned(&error))?;
    if let Err(error) = app.record_settings(origin::of_this_process().as_ref()).await {
        // A server must start although its record is out of reach just now.
        tracing::warn!(%error, "it is not recorded by which settings this server runs");
    }
    let address = listener.local_addr().map_err(|error| failed(&error.into()))?;
    let stop = stop()?;
    say(&format!("listening on http://{address}"));
    serve_http(app, listener, stop).await.map_err(|error| failed(&error))
}

fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        say("stopping");
    })
}

fn unsigned(error: &LedgerError) -> Failure {
    let hint = match error {
        LedgerError::Key(KeyFileError::Exposed { .. }) => {
            "if nobody else has read it: chmod 600 it; otherwise do that and then `scribe audit rotate-key`"
        }
        LedgerError::Key(KeyFileError::OtherOrigin { .. }) => {
            "a record keeps the name in which it was signed first: correct [ledger] origin in scribe.toml"
        }
        _ => "the data folder must be writable, and its ledger.key as scribe made it",
    };
    Failure::new(Kind::Unavailable, error.to_string(), hint)
}

fn failed(error: &ServeError) -> Failure {
    match error {
        ServeError::NotLoopback(_) => {
            Failure::new(Kind::BadInput, error.to_string(), "use --listen 127.0.0.1:PORT")
        }
        ServeError::Bind { .. } => Failure::new(
            Kind::Unavailable,
            error.to_string(),
            "choose another port with --listen; 0 takes any free one",
        ),
        ServeError::Socket(_) => Failure::plain(Kind::Unavailable, error.to_string()),
    }
}

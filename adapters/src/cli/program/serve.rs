//! Serving the API.

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::args::admin::ServeArgs;
use crate::cli::common::failure::{Failure, Kind};
use super::log;
use crate::cli::common::terminal::say;
use crate::app::App;
use crate::http::{ServeError, bind, serve as serve_http};
use crate::ledger::{KeyFileError, LedgerError};

/// `scribe serve`: until SIGINT or SIGTERM, then as much as was begun is finished.
pub(in crate::cli) async fn serve(app: App, args: &ServeArgs) -> Result<(), Failure> {
    log::start();
    app.ledger().prepare().await.map_err(|error| unsigned(&error))?;
    let listener = bind(args.listen).await.map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error.into()))?;
    let stop = stop()?;
    say(&format!("listening on http://{address}"));
    let signing = tokio::spawn({
        let app = app.clone();
        async move { app.keep_signing().await }
    });
    let served = serve_http(app.clone(), listener, stop).await;
    // The last checkpoint is signed when everything that was begun is finished. The task ends by itself; if
    // it panicked, that has been reported.
    let _ = signing.await;
    app.sign().await;
    served.map_err(|error| failed(&error))
}

fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Failure::plain(Kind::Other, format!("cannot listen for signals: {error}")))
    };
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

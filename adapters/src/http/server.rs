//! Listening, serving and stopping.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::sync::{Semaphore, watch};

use super::entrance::Entrance;
use super::guests::Guests;
use super::listening::{Listener, ServeError, Wire, secured};
use super::peer::Peer;
use super::router::router;
use crate::app::App;

/// How many connections may be open at once. One more sends away whoever has asked for nothing for the longest time;
/// where everybody waits for an answer, it waits too.
const CONNECTIONS: usize = 1_024;
/// How many files the program may want open besides: the record, its log, what is served.
const OTHER_FILES: u64 = 256;
/// How long a client may take to send a request's head, or keep an idle connection.
const HEAD: Duration = Duration::from_mins(1);
/// How long requests may take to finish once the server is stopping.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until `shutdown` comes, then stops: no more connections are accepted, feeds end, and
/// requests may finish for a bounded time. The record itself is closed when the last clone of the
/// app is gone.
pub async fn serve(
    app: App,
    mut listener: Listener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if listener.is_reached_from_elsewhere() {
        may_listen_beyond_loopback(app.asks_who().await.unwrap_or_default())?;
    }
    let entrance = Arc::new(Entrance::new(listener.told(), listener.is_secured()));
    let (acceptor, watching) = listener.secure();
    let (stop, stopping) = watch::channel(());
    let tasks = app.start_tasks();
    let router = router(app.clone());
    allow_files();
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let guests = Guests::default();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener, &guests) => accepted,
            () = &mut shutdown => break,
        };
        if places.available_permits() == 0 {
            guests.shed_one();
        }
        let place = tokio::select! {
            // The semaphore is never closed.
            Ok(place) = Arc::clone(&places).acquire_owned() => place,
            () = &mut shutdown => break,
        };
        let seat = guests.seat();
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let service = TowerToHyperService::new(seat.serve(router.clone(), peer, Arc::clone(&entrance)));
        let (watcher, acceptor, mut stopping) = (connections.watcher(), acceptor.clone(), stopping.clone());
        tokio::spawn(async move {
            // Away from where others are let in: whoever never finishes this holds nobody up.
            let stream = tokio::select! {
                stream = secured(stream, acceptor) => stream,
                () = seat.asked_to_leave() => None,
                _ = stopping.changed() => None,
            };
            let Some(stream) = stream else { return };
            let connection = watcher.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::select! {
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                }
                () = seat.asked_to_leave() => tracing::debug!("an idle connection made room"),
            }
            drop((seat, place));
        });
    }
    drop((listener, watching, stop));
    app.close();
    if tokio::time::timeout(FAREWELL, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
    // What they do last is about everything that was begun.
    tasks.finish().await;
    Ok(())
}

/// As many open files as connections need, if the machine lets this program have them.
fn allow_files() {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS as u64 + OTHER_FILES;
    let allowed = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < allowed) {
        limit.current = Some(allowed);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "no more files may be open");
        }
    }
}

/// The next connection. Accepting fails when files run out: whoever is idle makes room, and it is tried again.
async fn accept(listener: &Listener, guests: &Guests) -> (Box<dyn Wire>, Peer) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                let made_room = guests.shed_one();
                tokio::time::sleep(Duration::from_millis(if made_room { 1 } else { 100 })).await;
            }
        }
    }
}

/// Whether it may be reached from other machines: not before there is a token by which to tell who asks.
fn may_listen_beyond_loopback(has_tokens: bool) -> Result<(), ServeError> {
    if has_tokens { Ok(()) } else { Err(ServeError::NoToken) }
}

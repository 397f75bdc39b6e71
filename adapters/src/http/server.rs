//! Listening, serving and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::guests::Guests;
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

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines.
    #[error(
        "{0} can be reached from other machines: until tokens exist, scribe listens on loopback only \
         (127.0.0.1 or [::1]); to reach it from elsewhere, use an SSH tunnel"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] std::io::Error),
}

/// Listens on an address of this machine's own; port 0 picks a free one.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    must_be_loopback(address)?;
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

/// Serves until `shutdown` comes, then stops: no more connections are accepted, feeds end, and
/// requests may finish for a bounded time. The record itself is closed when the last clone of the
/// app is gone.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    must_be_loopback(listener.local_addr()?)?;
    let tasks = app.start_tasks();
    let router = router(app.clone());
    allow_files();
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let guests = Guests::default();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            stream = accept(&listener, &guests) => stream,
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
        let service = TowerToHyperService::new(seat.serve(router.clone()));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
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
    drop(listener);
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
async fn accept(listener: &TcpListener, guests: &Guests) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and awaited: waiting to fill packets only delays them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps its delay");
                }
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                let made_room = guests.shed_one();
                tokio::time::sleep(Duration::from_millis(if made_room { 1 } else { 100 })).await;
            }
        }
    }
}

fn must_be_loopback(address: SocketAddr) -> Result<(), ServeError> {
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServeError::NotLoopback(address)) }
}

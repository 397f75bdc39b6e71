//! Listening, serving and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::router::router;
use crate::app::App;

/// How many connections may be open at once; more wait to be accepted.
const CONNECTIONS: usize = 1_024;
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
    let service = TowerToHyperService::new(router(app.clone()));
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            // The semaphore is never closed.
            Ok(place) = Arc::clone(&places).acquire_owned() => place,
            () = &mut shutdown => break,
        };
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            () = &mut shutdown => break,
        };
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
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

/// The next connection. Accepting fails when files run out, which passes, so it is tried again.
async fn accept(listener: &TcpListener) -> TcpStream {
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
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn must_be_loopback(address: SocketAddr) -> Result<(), ServeError> {
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServeError::NotLoopback(address)) }
}

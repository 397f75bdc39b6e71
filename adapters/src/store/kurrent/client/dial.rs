//! The way to one node: a name, a connection, TLS. Each can fail in its own way, and is told in its own words.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::Trouble;
use super::connection::{Connection, Manners};
use super::first_bytes::{ENOUGH, FirstBytes, Listened, Tongue, tongue};
use super::node::Node;
use super::words;
use crate::store::address::unchecked;

/// How long a node may take to take a connection and to secure it.
pub(super) const CONNECT: Duration = Duration::from_secs(1);
/// How long after the first address of a name the next is tried.
const NEXT_ADDRESS: Duration = Duration::from_millis(50);
/// How long finding out what went wrong may take.
const PROBE: Duration = Duration::from_millis(500);
/// What HTTP/2 begins with, and SETTINGS that set nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// How to connect and to behave.
pub(super) struct Way {
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
    pub(super) manners: Arc<Manners>,
    /// After how much silence a connection is tried, and how long it may be silent then.
    pub(super) keep_alive: (Duration, Duration),
}

/// A connection of whatever kind.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for S {}

impl Way {
    /// A connection to a node.
    pub(super) async fn dial(&self, node: &Node) -> Result<Connection, Trouble> {
        let opened = timeout(CONNECT, self.open(node)).await;
        let stream = opened.unwrap_or_else(|_| Err(words::silent(node, CONNECT)))?;
        let first = Arc::new(FirstBytes::default());
        let stream = Listened::new(stream, Arc::clone(&first));
        let (interval, patience) = self.keep_alive;
        let shaken = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(interval)
            .keep_alive_timeout(patience)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await;
        let (sender, driver) = shaken.map_err(|error| words::broke(node, &error))?;
        let (end, ended) = oneshot::channel();
        tokio::spawn(async move {
            // Ends when nobody holds the sender any more, or with the connection; whoever asks then may ask why.
            let _ = end.send(driver.await.err());
        });
        let manners = Arc::clone(&self.manners);
        Ok(Connection::new(node.clone(), self.tls.is_some(), sender, first, ended, manners))
    }

    async fn open(&self, node: &Node) -> Result<Box<dyn Wire>, Trouble> {
        let stream = reach(node).await?;
        let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(node.name().to_owned()).map_err(|_| words::no_tls_name(node))?;
        match TlsConnector::from(Arc::clone(config)).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(error) => Err(words::of_tls(node, error)),
                None if matches!(greeting(node).await, Tongue::Http1 | Tongue::Http2) => {
                    Err(words::speaks_no_tls(node))
                }
                None => Err(words::broke(node, &error)),
            },
        }
    }
}

async fn reach(node: &Node) -> Result<TcpStream, Trouble> {
    let addresses: Vec<SocketAddr> = match node.host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, node.port)],
        Err(_) => resolve(node).await?,
    };
    let mut attempts: FuturesUnordered<_> = addresses
        .into_iter()
        .zip(0_u32..)
        .map(|(address, place)| async move {
            sleep(NEXT_ADDRESS * place).await;
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok::<_, io::Error>(stream)
        })
        .collect();
    let mut why = words::unknown_host(node, "it has no address");
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(stream),
            Err(error) => why = words::unreachable(node, &error),
        }
    }
    Err(why)
}

/// Every address of a node's name.
pub(super) async fn resolve(node: &Node) -> Result<Vec<SocketAddr>, Trouble> {
    match lookup_host((node.host.as_str(), node.port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => {
            let said = error.to_string();
            let said = said.strip_prefix("failed to lookup address information: ").unwrap_or(&said);
            Err(words::unknown_host(node, said))
        }
    }
}

/// What a node begins with when it is greeted in HTTP/2 and nothing else is asked.
pub(super) async fn greeting(node: &Node) -> Tongue {
    let mut first = Vec::new();
    let probe = async {
        let mut stream = reach(node).await.ok()?;
        stream.write_all(PREFACE).await.ok()?;
        while first.len() < ENOUGH && stream.read_buf(&mut first).await.ok()? > 0 {}
        Some(())
    };
    // Whatever came until then.
    let _ = timeout(PROBE, probe).await;
    tongue(&first)
}

/// Whether a node that ended an open connection without a word speaks TLS.
pub(super) async fn speaks_tls(node: &Node) -> bool {
    let probe = async {
        let stream = reach(node).await.ok()?;
        let config = unchecked()?;
        let name = ServerName::try_from(node.name().to_owned()).ok()?;
        TlsConnector::from(config).connect(name, stream).await.ok().map(drop)
    };
    matches!(timeout(PROBE, probe).await, Ok(Some(())))
}

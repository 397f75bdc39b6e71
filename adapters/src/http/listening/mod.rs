//! Listening: where, secured by what, under which names, and how much from each address.

/// Where a server listens.
mod address;
/// Why the server does not run.
mod trouble;
/// The certificate and its key.
mod certificate;
/// A socket file.
mod socket_file;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;

use self::certificate::Certificate;
use self::socket_file::SocketFile;
use super::peer::Peer;
use crate::clock;
use crate::config::HostName;

pub use self::address::ListenAddress;
pub use self::certificate::TlsFiles;
pub use self::trouble::{CertificateError, ServeError};

/// How long a client may take to agree on how a connection is secured.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many requests a second one address may send, unless told.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// How a server listens.
#[derive(Debug, Clone)]
pub struct Listening {
    /// Where.
    pub address: ListenAddress,
    /// What secures connections; on a socket file nothing need.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy takes the connections from elsewhere, secures them and hands them on.
    pub behind_proxy: bool,
    /// Under which names it is asked, besides this machine's own.
    pub hosts: Vec<HostName>,
    /// How many requests a second one address may send in the long run.
    pub per_second: NonZeroU32,
}

/// A server's ear.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: ListenAddress,
    listening: Listening,
    certificate: Option<(Certificate, Arc<ServerConfig>)>,
}

/// What is listened on.
#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "is there to be dropped")] SocketFile),
}

/// A connection of whatever kind.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for S {}

impl Listening {
    /// On this address, unsecured, for this machine alone.
    pub fn on(address: ListenAddress) -> Self {
        Self { address, tls: None, behind_proxy: false, hosts: Vec::new(), per_second: PER_SECOND }
    }

    /// On this address, unsecured, for this machine alone.
    pub fn at(address: SocketAddr) -> Self {
        Self::on(ListenAddress::Tcp(address))
    }

    /// Whether somebody on another machine can ask.
    fn is_reached_from_elsewhere(&self) -> bool {
        self.address.is_beyond_loopback() || self.behind_proxy || !self.hosts.is_empty()
    }

    fn must_be_safe(&self) -> Result<(), ServeError> {
        match &self.address {
            ListenAddress::Tcp(address)
                if self.address.is_beyond_loopback() && self.tls.is_none() && !self.behind_proxy =>
            {
                Err(ServeError::NotLoopback(*address))
            }
            address if self.is_reached_from_elsewhere() && self.hosts.is_empty() => {
                Err(ServeError::NoHosts(address.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Listens where and how it was told, if that is safe.
pub async fn bind(listening: Listening) -> Result<Listener, ServeError> {
    listening.must_be_safe()?;
    let tls = listening.tls.clone().filter(|_| matches!(listening.address, ListenAddress::Tcp(_)));
    let certificate = match tls {
        Some(files) => {
            let certificate = Certificate::read(files, clock::system())?;
            let config = certificate.config()?;
            Some((certificate, config))
        }
        None => None,
    };
    let (socket, address) = match &listening.address {
        ListenAddress::Tcp(address) => {
            let failed = |source| ServeError::Bind { address: listening.address.clone(), source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let address = listener.local_addr()?;
            (Socket::Tcp(listener), ListenAddress::Tcp(address))
        }
        ListenAddress::Unix(path) => {
            let (listener, file) = socket_file::listen(path)?;
            (Socket::Unix(listener, file), listening.address.clone())
        }
    };
    Ok(Listener { socket, address, listening, certificate })
}

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// As a client is told of it.
    pub fn url(&self) -> String {
        match &self.address {
            ListenAddress::Unix(_) => self.address.to_string(),
            ListenAddress::Tcp(address) if self.certificate.is_some() => format!("https://{address}"),
            ListenAddress::Tcp(address) => format!("http://{address}"),
        }
    }

    /// Whether somebody on another machine can ask.
    pub fn is_reached_from_elsewhere(&self) -> bool {
        self.listening.is_reached_from_elsewhere()
    }

    /// How it was told to listen.
    pub(super) fn told(&self) -> &Listening {
        &self.listening
    }

    /// Whether connections are secured here.
    pub(super) fn is_secured(&self) -> bool {
        self.certificate.is_some()
    }

    /// What secures its connections. From here on the certificate's files are looked at again and again, until
    /// the guard goes.
    pub(super) fn secure(&mut self) -> (Option<TlsAcceptor>, tokio::task::JoinSet<()>) {
        let mut watching = tokio::task::JoinSet::new();
        let acceptor = self.certificate.take().map(|(certificate, config)| {
            watching.spawn(certificate.watch());
            TlsAcceptor::from(config)
        });
        (acceptor, watching)
    }

    /// The next connection, not yet secured, and who is at its other end.
    pub(super) async fn accept(&self) -> std::io::Result<(Box<dyn Wire>, Peer)> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Answers are small and awaited: waiting to fill packets only delays them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps its delay");
                }
                Ok((Box::new(stream), Peer::Address(address)))
            }
            Socket::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                let uid = stream.peer_cred()?.uid();
                Ok((Box::new(stream), Peer::Account { uid }))
            }
        }
    }
}

/// A connection as it is spoken on: secured if that was told, which is bounded in time.
pub(super) async fn secured(stream: Box<dyn Wire>, acceptor: Option<TlsAcceptor>) -> Option<Box<dyn Wire>> {
    let Some(acceptor) = acceptor else { return Some(stream) };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection could not be secured");
            None
        }
        Err(_) => {
            tracing::debug!("a connection was not secured in time");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(address: &str) -> Listening {
        Listening::on(address.parse().unwrap())
    }

    #[test]
    fn whoever_can_be_reached_from_elsewhere_says_how_and_under_which_names() {
        let hosts = || vec!["scribe.example.com".parse().unwrap()];
        for own in ["127.0.0.1:0", "[::1]:0", "127.9.9.9:80", "[::ffff:127.0.0.1]:0", "unix:/run/s"] {
            let own = listening(own);
            assert!(own.must_be_safe().is_ok() && !own.is_reached_from_elsewhere(), "{own:?}");
            let proxied = Listening { behind_proxy: true, ..own.clone() };
            assert!(matches!(proxied.must_be_safe(), Err(ServeError::NoHosts(_))), "{own:?}");
            let named = Listening { hosts: hosts(), ..proxied };
            assert!(named.must_be_safe().is_ok() && named.is_reached_from_elsewhere(), "{own:?}");
        }
        for foreign in ["0.0.0.0:0", "[::]:0", "192.0.2.7:80", "[2001:db8::1]:0"] {
            let bare = listening(foreign);
            assert!(matches!(bare.must_be_safe(), Err(ServeError::NotLoopback(_))), "{foreign}");
            let named = Listening { hosts: hosts(), ..bare.clone() };
            assert!(matches!(named.must_be_safe(), Err(ServeError::NotLoopback(_))), "{foreign}");
            let tls = Some(TlsFiles { certificate: "c".into(), key: "k".into() });
            for secured in [Listening { tls, ..bare.clone() }, Listening { behind_proxy: true, ..bare }] {
                assert!(matches!(secured.must_be_safe(), Err(ServeError::NoHosts(_))), "{foreign}");
                let named = Listening { hosts: hosts(), ..secured };
                assert!(named.must_be_safe().is_ok() && named.is_reached_from_elsewhere(), "{foreign}");
            }
        }
    }

    #[test]
    fn an_address_that_cannot_be_listened_on_is_told() {
        let wrong = |text: &str| text.parse::<ListenAddress>().unwrap_err();
        assert!(wrong("localhost").contains("write ADDRESS:PORT"));
        assert!(wrong("unix:scribe.sock").contains("whole path"));
        assert!(wrong("unix:").contains("whole path"));
    }
}

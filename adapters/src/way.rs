//! The way to a server: plain, secured by TLS, or through a socket file of this machine.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tower::Service;

/// How long to wait for a connection, so that a wrong address is reported soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to a server.
#[derive(Clone)]
pub enum Way {
    /// As everybody on the way may read it.
    Plain,
    /// Secured by TLS.
    Secured(Arc<ClientConfig>),
    /// Through a socket file.
    SocketFile(PathBuf),
}

/// The inmost cause of an error, which says what is wrong.
pub fn inmost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error)
}

/// Why nobody can be trusted on the way.
#[derive(Debug, thiserror::Error)]
pub enum NoTrust {
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] TlsError),
    /// The file with the authority's certificate cannot be used.
    #[error("{}: {what}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// This system trusts nobody.
    #[error("this system trusts no certificate authority")]
    Nobody,
}

/// Why a connection could not be secured, in words.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Unsecured {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection of whatever kind.
pub struct Wire(TokioIo<Box<dyn Stream>>);

type Trouble = Box<dyn std::error::Error + Send + Sync>;

impl Way {
    /// Secured, by an authority whose certificate is in this file, or else by those of the system.
    pub fn secured(authority: Option<&Path>) -> Result<Self, NoTrust> {
        let roots = match authority {
            Some(file) => told(file)?,
            None => of_the_system()?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self::Secured(Arc::new(config)))
    }

    async fn open(self, uri: Uri) -> Result<Wire, Trouble> {
        let stream: Box<dyn Stream> = match self {
            Self::SocketFile(path) => Box::new(UnixStream::connect(path).await?),
            Self::Plain => Box::new(reach(&uri, 80).await?),
            Self::Secured(config) => {
                let stream = reach(&uri, 443).await?;
                let host = bare(uri.host().unwrap_or_default()).to_owned();
                let name = ServerName::try_from(host)?;
                match TlsConnector::from(config).connect(name, stream).await {
                    Ok(stream) => Box::new(stream),
                    Err(error) => {
                        return Err(match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                            Some(error) => Box::new(worded(error)),
                            None => error.into(),
                        });
                    }
                }
            }
        };
        Ok(Wire(TokioIo::new(stream)))
    }
}

async fn reach(uri: &Uri, port: u16) -> std::io::Result<TcpStream> {
    let host = bare(uri.host().unwrap_or_default());
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(port))).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A host without the brackets of IPv6.
pub fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

fn told(file: &Path) -> Result<RootCertStore, NoTrust> {
    let bad = |what: String| NoTrust::File { file: file.to_path_buf(), what };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| bad(format!("it cannot be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    for certificate in read {
        roots.add(certificate).map_err(|error| bad(format!("it cannot be used: {error}")))?;
    }
    if roots.is_empty() { Err(bad("it holds no certificate".into())) } else { Ok(roots) }
}

fn of_the_system() -> Result<RootCertStore, NoTrust> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(NoTrust::Nobody) } else { Ok(roots) }
}

fn worded(error: &TlsError) -> Unsecured {
    let (what, remedy) = match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => (
            "its certificate was signed by nobody who is trusted here".into(),
            "if its authority is your own, name that one's certificate: --ca FILE, or SCRIBE_CA",
        ),
        TlsError::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            let ended = i64::try_from(not_after.as_secs()).ok();
            let ended = ended.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
            let ended = ended.map_or_else(String::new, |at| at.format(" at %Y-%m-%d %H:%M UTC").to_string());
            (
                format!("its certificate expired{ended}"),
                "its operator must renew it; or this machine's clock is wrong",
            )
        }
        TlsError::InvalidCertificate(CertificateError::NotValidYetContext { .. }) => {
            ("its certificate is not valid yet".into(), "this machine's clock is wrong, or its operator's")
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => (
            "its certificate is for another name".into(),
            "ask under the name that the certificate is for, or have one made for this name",
        ),
        TlsError::InvalidMessage(_) => {
            ("it speaks no TLS".into(), "if it is on this machine, write http:// in place of https://")
        }
        error => (format!("no secured connection comes about ({error})"), "ask its operator"),
    };
    Unsecured { what, remedy }
}

impl Service<Uri> for Way {
    type Response = Wire;
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, Trouble>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let way = self.clone();
        Box::pin(async move {
            let opened = tokio::time::timeout(PATIENCE, way.open(uri)).await;
            opened.unwrap_or_else(|_| Err("it did not answer in time".into()))
        })
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

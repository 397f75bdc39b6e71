//! How a connection is secured: by the certificates in the files that were told, or else the system's. They are read
//! when an address is, so that a file that is not there, or holds nothing of use, is told at once.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::super::AddressError;
use super::options::Options;

/// How a connection is secured; not at all if that was told.
pub(super) fn config(options: &Options) -> Result<Option<Arc<ClientConfig>>, AddressError> {
    if !options.tls {
        return Ok(None);
    }
    let roots = match &options.tls_ca_file {
        Some(file) => authorities("tlsCaFile", file)?,
        None if options.tls_verify_cert => of_the_system()?,
        None => RootCertStore::empty(),
    };
    let builder = builder(options.tls_verify_cert.then_some(roots)).map_err(|error| {
        AddressError::new(format!("TLS cannot be set up: {error}"), "this is a fault in scribe")
    })?;
    let mut config = match (&options.user_cert_file, &options.user_key_file) {
        (Some(certificate), Some(key)) => pair(builder, certificate, key)?,
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Some(Arc::new(config)))
}

/// A configuration that takes any certificate, to find out whether TLS is spoken at all. Nothing is told over such a
/// connection.
pub(crate) fn unchecked() -> Option<Arc<ClientConfig>> {
    let mut config = builder(None).ok()?.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Some(Arc::new(config))
}

/// With a provider of its own: nobody needs to have installed a global one.
fn builder(
    roots: Option<RootCertStore>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    Ok(match roots {
        Some(roots) => builder.with_root_certificates(roots),
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    })
}

/// Takes any certificate, as `tlsVerifyCert=false` asks for.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn authorities(name: &str, file: &Path) -> Result<RootCertStore, AddressError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(name, file)? {
        let added = roots.add(certificate);
        added
            .map_err(|error| bad(name, file, &format!("holds a certificate that cannot be used: {error}")))?;
    }
    Ok(roots)
}

fn of_the_system() -> Result<RootCertStore, AddressError> {
    let hint = "name the certificates of whoever signed the cluster's with tlsCaFile=FILE";
    let found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.first() {
        return Err(AddressError::new(format!("the system's certificates cannot be read: {error}"), hint));
    }
    let mut roots = RootCertStore::empty();
    for certificate in found.certs {
        let added = roots.add(certificate);
        added.map_err(|error| {
            AddressError::new(format!("one of the system's certificates cannot be used: {error}"), hint)
        })?;
    }
    if roots.is_empty() {
        return Err(AddressError::new("the system has no certificates to check the cluster's with", hint));
    }
    Ok(roots)
}

/// With the certificate by which this side shows who it is.
fn pair(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    certificate: &Path,
    key: &Path,
) -> Result<ClientConfig, AddressError> {
    let chain = certificates("userCertFile", certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| bad("userKeyFile", key, &format!("cannot be read as a key in PEM form: {error}")))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| {
        bad("userKeyFile", key, &format!("does not go with the certificate of userCertFile: {error}"))
    })
}

fn certificates(name: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, AddressError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| bad(name, file, &format!("cannot be read: {error}")))?;
    if read.is_empty() {
        return Err(bad(name, file, "holds no certificate"));
    }
    Ok(read)
}

fn bad(name: &str, file: &Path, what: &str) -> AddressError {
    let what = format!("{name} {} {what}", file.display());
    AddressError::new(what, "name a file in PEM form that scribe may read")
}

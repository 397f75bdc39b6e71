//! The certificates that a connection needs, read before the client crate reads them: it panics over a file
//! that is not there, that holds no certificate, or one that it does not take.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::AddressError;
use super::options::Told;

/// Refuses what the client crate would panic over, in the files that were told or else the system's.
pub(super) fn check(told: &Told) -> Result<(), AddressError> {
    if !told.tls {
        return Ok(());
    }
    let roots = match &told.tls_ca_file {
        Some(file) => authorities("tlsCaFile", file)?,
        None if told.tls_verify_cert => of_the_system()?,
        None => RootCertStore::empty(),
    };
    match (&told.user_cert_file, &told.user_key_file) {
        (Some(certificate), Some(key)) => pair(roots, certificate, key),
        _ => Ok(()),
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

/// Whether this certificate and key go together.
fn pair(roots: RootCertStore, certificate: &Path, key: &Path) -> Result<(), AddressError> {
    let chain = certificates("userCertFile", certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| bad("userKeyFile", key, &format!("cannot be read as a key in PEM form: {error}")))?;
    // With a provider of its own: a global one must be installed by nobody before the client crate does.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_root_certificates(roots).with_client_auth_cert(chain, secret));
    config.map(|_| ()).map_err(|error| {
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

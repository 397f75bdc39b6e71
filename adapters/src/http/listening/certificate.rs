//! The certificate by which a server shows who it is, and its key: read from files, checked, and read again when
//! they change.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, default_provider};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError as Verdict, Error as TlsError, RootCertStore, ServerConfig};

use super::trouble::CertificateError;
use crate::clock::Clock;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How many days before its end a certificate is warned of.
const WARN_DAYS: i64 = 14;
/// How often it is warned of.
const REMIND_HOURS: i64 = 24;
/// Beyond the end of every certificate: its four digits of a year end before.
const BEYOND: Duration = Duration::from_mins(5_000_000_000);

/// The files of a certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate in PEM form, and behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key in PEM form.
    pub key: PathBuf,
}

/// A certificate with its key and its end.
struct Read {
    pair: Arc<CertifiedKey>,
    ends: DateTime<Utc>,
}

/// By what it is seen that a file was changed.
type Mark = Option<(u64, u64, u64, SystemTime)>;

/// The certificate that is shown now; another as soon as its files hold one.
pub(super) struct Certificate {
    files: TlsFiles,
    clock: Clock,
    current: Arc<Current>,
    seen: [Mark; 2],
    ends: DateTime<Utc>,
    warned: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("files", &self.files)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificate {
    /// Reads it, and says what is wrong with it.
    pub(super) fn read(files: TlsFiles, clock: Clock) -> Result<Self, CertificateError> {
        // Marked before they are read: what changes meanwhile is read again.
        let seen = marks(&files);
        let Read { pair, ends } = read(&files, clock())?;
        let current = Arc::new(Current(RwLock::new(pair)));
        Ok(Self { files, clock, current, seen, ends, warned: None })
    }

    /// How connections are secured by whatever is shown when they begin.
    pub(super) fn config(&self) -> Result<Arc<ServerConfig>, CertificateError> {
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&[&TLS13, &TLS12]).map_err(|error| {
            let what = format!("TLS cannot be set up: {error}");
            CertificateError::new(&self.files.certificate, what, "this is a fault in scribe")
        })?;
        let shown: Arc<dyn ResolvesServerCert> = self.current.clone();
        let mut config = builder.with_no_client_auth().with_cert_resolver(shown);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Looks at the files again and again; never ends.
    pub(super) async fn watch(mut self) {
        let mut before = self.seen;
        loop {
            self.warn();
            tokio::time::sleep(LOOK).await;
            let now = marks(&self.files);
            // Whoever changes one will change the other in a moment, so they are read when they have come to rest.
            if now != self.seen && now == before {
                self.seen = now;
                match self.reread() {
                    Ok(()) => tracing::info!(ends = %self.ends, "the certificate was read again"),
                    Err(error) => tracing::error!(
                        "the changed certificate cannot be used, and the one before goes on: {error}; {}",
                        error.remedy
                    ),
                }
            }
            before = now;
        }
    }

    fn reread(&mut self) -> Result<(), CertificateError> {
        let Read { pair, ends } = read(&self.files, (self.clock)())?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = pair;
        (self.ends, self.warned) = (ends, None);
        Ok(())
    }

    /// Says once a day that it ends soon, or has.
    fn warn(&mut self) {
        let now = (self.clock)();
        let is_soon = self.ends - now < TimeDelta::days(WARN_DAYS);
        let is_told = self.warned.is_some_and(|told| now - told < TimeDelta::hours(REMIND_HOURS));
        if is_soon && !is_told {
            self.warned = Some(now);
            let file = self.files.certificate.display();
            tracing::warn!("{file}: the certificate ends at {}: renew it", shown(self.ends));
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}

fn marks(files: &TlsFiles) -> [Mark; 2] {
    [&files.certificate, &files.key].map(|file| {
        let there = fs::metadata(file).ok()?;
        Some((there.dev(), there.ino(), there.len(), there.modified().ok()?))
    })
}

fn read(files: &TlsFiles, now: DateTime<Utc>) -> Result<Read, CertificateError> {
    let chain = chain(&files.certificate)?;
    let ends = ends(&files.certificate, &chain, now)?;
    let key = key(&files.key)?;
    let key = provider().key_provider.load_private_key(key).map_err(|error| {
        let what = format!("it holds a key that cannot be used: {error}");
        CertificateError::new(
            &files.key,
            what,
            "use a key of RSA (2048 bits or more), ECDSA P-256 or Ed25519",
        )
    })?;
    let pair = CertifiedKey::new(chain, key);
    if let Err(TlsError::InconsistentKeys(_)) = pair.keys_match() {
        let what = format!("it is not the key of the certificate in {}", files.certificate.display());
        return Err(CertificateError::new(
            &files.key,
            what,
            "name the key with which that certificate was asked for, and put the certificate itself before those of its authorities",
        ));
    }
    Ok(Read { pair: Arc::new(pair), ends })
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let bytes = fs::read(file).map_err(|error| unreadable(file, &error))?;
    let remedy =
        "name a file in PEM form with the certificate first, and those that lead to its authority behind it";
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(CertificateError::new(file, "it holds no certificate", remedy)),
        Err(error) => Err(CertificateError::new(file, format!("it cannot be read as PEM: {error}"), remedy)),
    }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let mode = fs::metadata(file).map_err(|error| unreadable(file, &error))?.mode();
    if mode & 0o007 != 0 {
        return Err(CertificateError::new(
            file,
            "everybody on this machine may read or change this key",
            "if nobody has: chmod o= it; otherwise have a new key and certificate made, and the old one revoked",
        ));
    }
    let bytes = fs::read(file).map_err(|error| unreadable(file, &error))?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        CertificateError::new(
            file,
            "it holds no private key in PEM form",
            "name the file with the key, decrypted: one with a passphrase is not read",
        )
    })
}

fn unreadable(file: &Path, error: &std::io::Error) -> CertificateError {
    let what = format!("it cannot be read: {error}");
    CertificateError::new(file, what, "name a file that the account which runs scribe may read")
}

/// When a certificate ends; an error unless it is valid now.
fn ends(
    file: &Path,
    chain: &[CertificateDer<'static>],
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, CertificateError> {
    let broken = |error: &dyn std::fmt::Display| {
        let what = format!("its first certificate cannot be used: {error}");
        CertificateError::new(file, what, "have a certificate for a server made, of X.509 version 3")
    };
    let end_entity = chain.first().ok_or_else(|| broken(&"there is none"))?;
    let parsed = ParsedCertificate::try_from(end_entity).map_err(|error| broken(&error))?;
    let roots = RootCertStore::empty();
    // Who signed it is for clients to judge; its own times are looked at before that.
    let verdict = |at: Duration| {
        let at = UnixTime::since_unix_epoch(at);
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
        match verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &[], at, algorithms) {
            Err(TlsError::InvalidCertificate(verdict)) => Some(verdict),
            _ => None,
        }
    };
    let since_epoch = Duration::from_secs(now.timestamp().max(0).unsigned_abs());
    let renew = "renew it; if it should be valid now, look at this machine's clock";
    match verdict(since_epoch) {
        Some(Verdict::NotValidYetContext { not_before, .. }) => {
            let what = format!("the certificate is not valid before {}", shown(moment(not_before)));
            return Err(CertificateError::new(
                file,
                what,
                "look at this machine's clock, or wait until then",
            ));
        }
        Some(Verdict::ExpiredContext { not_after, .. }) => {
            let what = format!("the certificate ended at {}", shown(moment(not_after)));
            return Err(CertificateError::new(file, what, renew));
        }
        Some(Verdict::InvalidPurpose | Verdict::InvalidPurposeContext { .. }) => {
            return Err(broken(&"it is not for servers"));
        }
        Some(error @ Verdict::BadEncoding) => return Err(broken(&error)),
        // Nobody is trusted here.
        _ => {}
    }
    match verdict(BEYOND) {
        Some(Verdict::ExpiredContext { not_after, .. }) => Ok(moment(not_after)),
        _ => Err(broken(&"its end cannot be read")),
    }
}

fn moment(at: UnixTime) -> DateTime<Utc> {
    i64::try_from(at.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn shown(moment: DateTime<Utc>) -> impl std::fmt::Display {
    moment.format("%Y-%m-%d %H:%M UTC")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Mutex;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    struct Made {
        folder: tempfile::TempDir,
        files: TlsFiles,
    }

    /// A certificate for the years from the one to the beginning of the other.
    fn pem(from: i32, to: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn made(from: i32, to: i32) -> Made {
        let folder = tempfile::tempdir().unwrap();
        let files =
            TlsFiles { certificate: folder.path().join("tls.crt"), key: folder.path().join("tls.key") };
        let made = Made { folder, files };
        made.write(pem(from, to));
        made
    }

    impl Made {
        fn write(&self, (certificate, key): (String, String)) {
            fs::write(&self.files.certificate, certificate).unwrap();
            fs::write(&self.files.key, key).unwrap();
            fs::set_permissions(&self.files.key, fs::Permissions::from_mode(0o640)).unwrap();
        }

        fn why(&self) -> String {
            let error = read(&self.files, at("2026-06-01T00:00:00Z")).err().unwrap();
            format!("{error}; {}", error.remedy)
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_good_pair_is_read_with_its_end() {
        let made = made(2026, 2027);
        let read = read(&made.files, at("2026-06-01T00:00:00Z")).unwrap();
        assert_eq!(read.ends, at("2027-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_remedy() {
        let expired = made(2024, 2025).why();
        assert!(
            expired.contains("tls.crt: the certificate ended at 2025-01-01 00:00 UTC; renew"),
            "{expired}"
        );
        let early = made(2030, 2031).why();
        assert!(
            early.contains("tls.crt: the certificate is not valid before 2030-01-01 00:00 UTC"),
            "{early}"
        );

        let other = made(2026, 2027);
        fs::write(&other.files.key, pem(2026, 2027).1).unwrap();
        let why = other.why();
        assert!(why.contains("tls.key: it is not the key of the certificate in"), "{why}");

        let exposed = made(2026, 2027);
        fs::set_permissions(&exposed.files.key, fs::Permissions::from_mode(0o644)).unwrap();
        let why = exposed.why();
        assert!(
            why.contains("tls.key: everybody on this machine may read") && why.contains("chmod"),
            "{why}"
        );

        let swapped = made(2026, 2027);
        fs::write(&swapped.files.key, fs::read(&swapped.files.certificate).unwrap()).unwrap();
        let why = swapped.why();
        assert!(why.contains("tls.key: it holds no private key in PEM form"), "{why}");
        fs::write(&swapped.files.certificate, "hello").unwrap();
        let why = swapped.why();
        assert!(why.contains("tls.crt: it holds no certificate"), "{why}");
        let torn = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        fs::write(&swapped.files.certificate, torn).unwrap();
        let why = swapped.why();
        assert!(why.contains("tls.crt: its first certificate cannot be used"), "{why}");
        fs::remove_file(&swapped.files.certificate).unwrap();
        let why = swapped.why();
        assert!(why.contains("tls.crt: it cannot be read: No such file"), "{why}");
    }

    #[test]
    fn a_new_pair_is_taken_and_a_broken_one_is_not() {
        let made = made(2026, 2027);
        let now = Arc::new(Mutex::new(at("2026-06-01T00:00:00Z")));
        let told = Arc::clone(&now);
        let clock: Clock = Arc::new(move || *told.lock().unwrap());
        let mut certificate = Certificate::read(made.files.clone(), clock).unwrap();
        let current = Arc::clone(&certificate.current);
        let shown = || current.0.read().unwrap().cert[0].clone();
        let first = shown();
        made.write((pem(2026, 2028).0, pem(2026, 2028).1));
        assert_ne!(marks(&made.files), certificate.seen);
        assert!(certificate.reread().is_err(), "the key is another's");
        assert_eq!(shown(), first);
        made.write(pem(2026, 2028));
        certificate.reread().unwrap();
        assert_ne!(shown(), first);
        assert_eq!(certificate.ends, at("2028-01-01T00:00:00Z"));

        certificate.warn();
        assert_eq!(certificate.warned, None, "there is time enough");
        *now.lock().unwrap() = at("2027-12-20T00:00:00Z");
        certificate.warn();
        assert_eq!(certificate.warned, Some(at("2027-12-20T00:00:00Z")));
        *now.lock().unwrap() = at("2027-12-20T10:00:00Z");
        certificate.warn();
        assert_eq!(certificate.warned, Some(at("2027-12-20T00:00:00Z")), "once a day is enough");
        drop(made.folder);
    }
}

//! Whom to believe: the authorities whose certificates somebody named, and the lists of what they took back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use der::Decode as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, Error, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};
use x509_cert::Certificate;

use super::WrongToken;
use super::request::Asked;
use super::token::TimeStamp;

/// The purpose of a certificate that signs time stamps, as its bytes are written.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// Whom somebody believes.
#[derive(Debug)]
pub struct Authorities {
    roots: Vec<Root>,
    between: Vec<CertificateDer<'static>>,
    lists: Vec<CertRevocationList<'static>>,
}

#[derive(Debug)]
struct Root {
    bytes: CertificateDer<'static>,
    valid: (Duration, Duration),
}

/// Why a file names nobody whom one could believe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAuthority(String);

impl Authorities {
    /// Reads certificates in PEM, and revocation lists that stand among them. One that signed itself is believed; others
    /// may stand between it and who signs.
    pub fn read(pem: &[u8]) -> Result<Self, NoAuthority> {
        let mut read = Self { roots: Vec::new(), between: Vec::new(), lists: Vec::new() };
        for bytes in CertificateDer::pem_slice_iter(pem) {
            let bytes = bytes.map_err(|error| NoAuthority(format!("it is no PEM file ({error})")))?;
            let bad = |error: der::Error| NoAuthority(format!("a certificate in it does not read ({error})"));
            let said = Certificate::from_der(&bytes).map_err(bad)?.tbs_certificate;
            if said.issuer == said.subject {
                let usable = anchor_from_trusted_cert(&bytes);
                usable
                    .map_err(|error| NoAuthority(format!("a certificate in it cannot be used ({error})")))?;
                let validity = said.validity;
                let valid = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
                read.roots.push(Root { bytes, valid });
            } else {
                read.between.push(bytes);
            }
        }
        if read.roots.is_empty() {
            let none = "it holds no certificate of an authority that signed itself: name the root's, in PEM";
            return Err(NoAuthority(none.to_owned()));
        }
        read.add_lists(pem)?;
        Ok(read)
    }

    /// Takes certificates into account that were revoked, by lists in PEM. Once there is one list, there must be one of
    /// whoever issued a certificate.
    pub fn with_lists(mut self, pem: &[u8]) -> Result<Self, NoAuthority> {
        if self.add_lists(pem)? == 0 {
            return Err(NoAuthority("it holds no revocation list in PEM".to_owned()));
        }
        Ok(self)
    }

    fn add_lists(&mut self, pem: &[u8]) -> Result<usize, NoAuthority> {
        let before = self.lists.len();
        for bytes in CertificateRevocationListDer::pem_slice_iter(pem) {
            let bytes = bytes.map_err(|error| NoAuthority(format!("it is no PEM file ({error})")))?;
            let list = OwnedCertRevocationList::from_der(&bytes);
            let bad = |error| NoAuthority(format!("a revocation list in it cannot be used ({error})"));
            self.lists.push(CertRevocationList::Owned(list.map_err(bad)?));
        }
        Ok(self.lists.len() - before)
    }

    /// Reads a token and checks all of it: that it is of what was asked, that nothing in it was changed, and that one of
    /// these authorities vouched for whoever signed it, then.
    pub fn verify(&self, token: &[u8], asked: &Asked) -> Result<TimeStamp, WrongToken> {
        let stamp = TimeStamp::read(token)?;
        stamp.check(asked)?;
        self.vouch(&stamp)?;
        Ok(stamp)
    }

    /// Whether one of them vouched for whoever signed it, at the time that it says.
    pub fn vouch(&self, stamp: &TimeStamp) -> Result<(), WrongToken> {
        let Some((signer, others)) = stamp.certificates.split_first() else {
            return Err(WrongToken::NoCertificate);
        };
        let at = since_1970(stamp.gen_time);
        let valid = self.roots.iter().filter(|root| (root.valid.0..=root.valid.1).contains(&at));
        let valid = valid.filter_map(|root| anchor_from_trusted_cert(&root.bytes).ok()).collect::<Vec<_>>();
        let between: Vec<CertificateDer<'_>> = others.iter().chain(&self.between).cloned().collect();
        let end = EndEntityCert::try_from(signer).map_err(|error| told(&error, stamp))?;
        let lists: Vec<&CertRevocationList<'_>> = self.lists.iter().collect();
        // That whoever signed is for this alone was looked at; those above need not say what they are for.
        let verify = |revoked: Option<RevocationOptions<'_>>| {
            let usage = KeyUsage::required_if_present(TIME_STAMPING);
            let at = UnixTime::since_unix_epoch(at);
            let path =
                end.verify_for_usage(ALL_VERIFICATION_ALGS, &valid, &between, at, usage, revoked, None);
            path.map(drop).map_err(|error| told(&error, stamp))
        };
        let Ok(builder) = RevocationOptionsBuilder::new(&lists) else { return verify(None) };
        // Of whoever signed there must be a list; of those above, one is looked at if it is there.
        verify(Some(builder.with_depth(RevocationCheckDepth::EndEntity).build()))?;
        verify(Some(builder.with_status_policy(UnknownStatusPolicy::Allow).build()))
    }
}

fn told(error: &Error, stamp: &TimeStamp) -> WrongToken {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => {
            WrongToken::NotValid(stamp.validity(), stamp.told())
        }
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => WrongToken::Stranger,
        Error::CertRevoked => WrongToken::Revoked,
        Error::UnknownRevocationStatus => WrongToken::NotListed,
        other => WrongToken::Chain(other.to_string()),
    }
}

fn since_1970(at: DateTime<Utc>) -> Duration {
    Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or_default())
}

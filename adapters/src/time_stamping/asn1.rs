//! How requests, answers and tokens are written: the types of RFC 3161, and of RFC 5035 which certificate signed.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef, Utf8StringRef};
use der::{Sequence, Tag, Tagged as _};
use x509_cert::ext::Extensions;

/// Signed data (RFC 5652).
pub(super) const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// What is signed in it: a time stamp.
pub(super) const TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// Of what kind the signed content is.
pub(super) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// The digest of the signed content.
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// Which certificate signed, by SHA-1.
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// The same by any digest.
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// SHA-256.
pub(super) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// SHA-384.
pub(super) const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
/// SHA-512.
pub(super) const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// An algorithm, with its parameters as they are.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct Algorithm<'a> {
    pub(super) oid: ObjectIdentifier,
    #[asn1(optional = "true")]
    pub(super) parameters: Option<AnyRef<'a>>,
}

/// The digest that is to be stamped.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct MessageImprint<'a> {
    pub(super) algorithm: Algorithm<'a>,
    pub(super) digest: OctetStringRef<'a>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct TimeStampReq<'a> {
    pub(super) version: u8,
    pub(super) imprint: MessageImprint<'a>,
    pub(super) nonce: UintRef<'a>,
    pub(super) send_certificate: bool,
}

/// What is answered.
#[derive(Debug, Clone, Sequence)]
pub(super) struct TimeStampResp<'a> {
    pub(super) status: StatusInfo<'a>,
    #[asn1(optional = "true")]
    pub(super) token: Option<AnyRef<'a>>,
}

/// Whether it was done, and if not, why.
#[derive(Debug, Clone, Sequence)]
pub(super) struct StatusInfo<'a> {
    pub(super) status: u8,
    #[asn1(optional = "true")]
    pub(super) text: Option<Vec<Utf8StringRef<'a>>>,
    #[asn1(optional = "true")]
    pub(super) failure: Option<BitStringRef<'a>>,
}

/// What an authority signs.
#[derive(Debug, Clone, Sequence)]
pub(super) struct TstInfo<'a> {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint<'a>,
    pub(super) serial: AnyRef<'a>,
    pub(super) gen_time: AnyRef<'a>,
    #[asn1(optional = "true")]
    pub(super) accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    pub(super) ordering: bool,
    #[asn1(optional = "true")]
    pub(super) nonce: Option<UintRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

fn no() -> bool {
    false
}

/// By how much its clock may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Sequence)]
pub(super) struct Accuracy {
    #[asn1(optional = "true")]
    pub(super) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) micros: Option<u16>,
}

impl Accuracy {
    /// As a span.
    pub(super) fn span(self) -> TimeDelta {
        TimeDelta::seconds(self.seconds.unwrap_or_default().into())
            + TimeDelta::milliseconds(self.millis.unwrap_or_default().into())
            + TimeDelta::microseconds(self.micros.unwrap_or_default().into())
    }
}

/// Which certificate signed, by SHA-1 (RFC 2634); the first counts.
#[derive(Debug, Clone, Sequence)]
pub(super) struct SigningCertificate<'a> {
    pub(super) certificates: Vec<CertificateId<'a>>,
    #[asn1(optional = "true")]
    pub(super) policies: Option<AnyRef<'a>>,
}

/// A certificate by its SHA-1.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct CertificateId<'a> {
    pub(super) digest: OctetStringRef<'a>,
    #[asn1(optional = "true")]
    pub(super) issuer: Option<AnyRef<'a>>,
}

/// Which certificate signed, by any digest (RFC 5035); the first counts.
#[derive(Debug, Clone, Sequence)]
pub(super) struct SigningCertificateV2<'a> {
    pub(super) certificates: Vec<CertificateIdV2<'a>>,
    #[asn1(optional = "true")]
    pub(super) policies: Option<AnyRef<'a>>,
}

/// A certificate by a digest: SHA-256, unless another is named.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct CertificateIdV2<'a> {
    #[asn1(optional = "true")]
    pub(super) algorithm: Option<Algorithm<'a>>,
    pub(super) digest: OctetStringRef<'a>,
    #[asn1(optional = "true")]
    pub(super) issuer: Option<AnyRef<'a>>,
}

/// A time as tokens have it: `20261128141002Z`, or with parts of a second, which certificates never have. In whole
/// seconds or not, the second that is named is one that has begun.
pub(super) fn time(told: AnyRef<'_>) -> Option<DateTime<Utc>> {
    if told.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(told.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.len() != 14
        || !are_digits(whole)
        || fraction.is_some_and(|part| !are_digits(part) || part.len() > 9)
    {
        return None;
    }
    let at = NaiveDateTime::parse_from_str(whole, "%Y%m%d%H%M%S").ok()?.and_utc();
    let nanoseconds = fraction.map_or(Some(0), |part| format!("{part:0<9}").parse::<i64>().ok())?;
    at.checked_add_signed(TimeDelta::nanoseconds(nanoseconds))
}

//! Reading a token, and checking everything about it that needs nobody's word: that it is of what was asked, that
//! nothing in it was changed, and that the certificate in it signed it and is one for time stamps.

use aws_lc_rs::digest::{Algorithm as Hash, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{AnyRef, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Any, Decode as _, Encode as _, Tag, Tagged as _};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use scribe_domain::values::Digest;
use webpki::EndEntityCert;
use webpki::aws_lc_rs as algorithms;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::WrongToken;
use super::asn1::{
    self, Algorithm, SHA_256, SHA_384, SHA_512, SigningCertificate, SigningCertificateV2, TstInfo,
};
use super::request::Asked;

/// A time stamp as it came. Nothing in it counts before it was [checked](Self::check).
#[derive(Debug, Clone)]
pub struct TimeStamp {
    /// The time that it says it was.
    pub gen_time: DateTime<Utc>,
    /// By how much the authority says that its clock may be off.
    pub accuracy: Option<TimeDelta>,
    /// The certificates in it: that of whoever signed first.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    signer: Certificate,
    info: SignerInfo,
    content: Vec<u8>,
    digest: Option<Digest>,
    nonce: Option<Vec<u8>>,
    /// In whose name it says that it is.
    name: Option<GeneralName>,
}

impl TimeStamp {
    /// Reads a token.
    pub fn read(token: &[u8]) -> Result<Self, WrongToken> {
        let ContentInfo { content_type, content } = ContentInfo::from_der(token).map_err(unreadable)?;
        if content_type != asn1::SIGNED_DATA {
            return Err(WrongToken::Unreadable(format!("it is of the kind {content_type}, and not signed")));
        }
        let signed: SignedData = content.decode_as().map_err(unreadable)?;
        let kind = signed.encap_content_info.econtent_type;
        if kind != asn1::TIME_STAMP {
            return Err(WrongToken::Unreadable(format!("what is signed is of the kind {kind}")));
        }
        let content = signed.encap_content_info.econtent.as_ref();
        let content =
            content.ok_or_else(|| WrongToken::Unreadable("what was signed is not in it".to_owned()))?;
        let content = content.decode_as::<OctetString>().map_err(unreadable)?.into_bytes();
        let info = only_signer(&signed)?;
        let (own, certificates) = certificates(&signed, &info)?;
        let told = TstInfo::from_der(&content).map_err(unreadable)?;
        let gen_time = asn1::time(told.gen_time);
        let gen_time = gen_time.ok_or_else(|| WrongToken::Unreadable("its time does not read".to_owned()))?;
        if told.version != 1 {
            return Err(WrongToken::Unsupported(format!("it is of version {}", told.version)));
        }
        Ok(Self {
            gen_time,
            accuracy: told.accuracy.map(asn1::Accuracy::span),
            digest: is_plain(&told.imprint.algorithm, SHA_256)
                .then(|| told.imprint.digest.as_bytes().try_into().ok().map(Digest))
                .flatten(),
            nonce: told.nonce.map(|nonce| nonce.as_bytes().to_vec()),
            name: told.authority.map(name).transpose().map_err(unreadable)?,
            certificates,
            signer: own,
            info,
            content,
        })
    }

    /// Whether it answers what was asked, whole, and is signed by the certificate in it.
    pub fn check(&self, asked: &Asked) -> Result<(), WrongToken> {
        match self.digest {
            Some(theirs) if theirs == asked.digest => {}
            Some(theirs) => return Err(WrongToken::Digest { ours: asked.digest, theirs }),
            None => return Err(WrongToken::Unsupported("it stamps no SHA-256".to_owned())),
        }
        let ours = asked.nonce.number();
        if self.nonce.as_ref() != Some(&ours) {
            let theirs = self.nonce.as_deref().map_or_else(|| "missing".to_owned(), hexadecimal);
            return Err(WrongToken::Nonce { ours: hexadecimal(&ours), theirs });
        }
        self.must_be_whole()?;
        self.must_be_signed()?;
        purpose(&self.signer)?;
        self.must_be_in_its_own_name()
    }

    /// The time, as it is told.
    pub fn told(&self) -> String {
        self.gen_time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// From when to when the certificate of whoever signed is valid.
    pub(super) fn validity(&self) -> String {
        let validity = &self.signer.tbs_certificate.validity;
        format!("from {} to {}", validity.not_before, validity.not_after)
    }

    /// What it says is what was signed, and the certificate in it is the one that is named.
    fn must_be_whole(&self) -> Result<(), WrongToken> {
        let kind: ObjectIdentifier = self.attribute(asn1::CONTENT_TYPE)?;
        let told: OctetString = self.attribute(asn1::MESSAGE_DIGEST)?;
        if kind != asn1::TIME_STAMP
            || digest(hash(&self.info.digest_alg)?, &self.content).as_ref() != told.as_bytes()
        {
            return Err(WrongToken::Altered);
        }
        let certificate = self.certificates.first().ok_or(WrongToken::NoCertificate)?;
        let (hash, told) = self.named_certificate()?;
        if digest(hash, certificate).as_ref() == told.as_bytes() {
            Ok(())
        } else {
            Err(WrongToken::OtherCertificate)
        }
    }

    /// By which digest it says which certificate signed. Without that another certificate of the same key could be put
    /// in its place.
    fn named_certificate(&self) -> Result<(&'static Hash, OctetString), WrongToken> {
        let none = || WrongToken::Unreadable("it does not say which certificate signed it".to_owned());
        let owned = |bytes: OctetStringRef<'_>| OctetString::new(bytes.as_bytes()).map_err(unreadable);
        if let Ok(value) = self.attribute::<Any>(asn1::SIGNING_CERTIFICATE_V2) {
            let named: SigningCertificateV2<'_> = value.decode_as().map_err(unreadable)?;
            let first = named.certificates.first().ok_or_else(none)?;
            let hash = match first.algorithm {
                None => &SHA256,
                Some(algorithm) => hash_of(algorithm.oid)?,
            };
            return Ok((hash, owned(first.digest)?));
        }
        let value = self.attribute::<Any>(asn1::SIGNING_CERTIFICATE).map_err(|_| none())?;
        let named: SigningCertificate<'_> = value.decode_as().map_err(unreadable)?;
        let first = named.certificates.first().ok_or_else(none)?;
        Ok((&SHA1_FOR_LEGACY_USE_ONLY, owned(first.digest)?))
    }

    /// The only value of a signed attribute.
    fn attribute<T>(&self, oid: ObjectIdentifier) -> Result<T, WrongToken>
    where
        T: for<'a> der::Choice<'a> + for<'a> der::DecodeValue<'a>,
    {
        let missing =
            || WrongToken::Unreadable(format!("the signed attribute {oid} is missing, or there twice"));
        let mut values = self.info.signed_attrs.iter().flat_map(|attributes| attributes.iter());
        let attribute = values.find(|attribute| attribute.oid == oid).ok_or_else(missing)?;
        if values.any(|attribute| attribute.oid == oid) || attribute.values.len() != 1 {
            return Err(missing());
        }
        let value = attribute.values.get(0).ok_or_else(missing)?;
        T::from_der(&value.to_der().map_err(unreadable)?).map_err(unreadable)
    }

    fn must_be_signed(&self) -> Result<(), WrongToken> {
        let certificate = self.certificates.first().ok_or(WrongToken::NoCertificate)?;
        let end =
            EndEntityCert::try_from(certificate).map_err(|error| WrongToken::Chain(error.to_string()))?;
        let attributes = self.info.signed_attrs.as_ref().ok_or(WrongToken::Signature)?;
        let signed = attributes.to_der().map_err(unreadable)?;
        let how = self.algorithms()?;
        let is_good = |how: &&dyn SignatureVerificationAlgorithm| {
            end.verify_signature(*how, &signed, self.info.signature.as_bytes()).is_ok()
        };
        if how.iter().any(is_good) { Ok(()) } else { Err(WrongToken::Signature) }
    }

    /// Where it says in whose name it is, that is whom the certificate is of.
    fn must_be_in_its_own_name(&self) -> Result<(), WrongToken> {
        let said = &self.signer.tbs_certificate;
        let is_own = match &self.name {
            None => true,
            Some(GeneralName::DirectoryName(name)) if *name == said.subject => true,
            Some(name) => {
                matches!(said.get::<SubjectAltName>(), Ok(Some((_, others))) if others.0.contains(name))
            }
        };
        if is_own { Ok(()) } else { Err(WrongToken::OtherName) }
    }

    /// The ways in which it may have been signed, by what it says of itself.
    fn algorithms(&self) -> Result<&'static [&'static dyn SignatureVerificationAlgorithm], WrongToken> {
        let (signature, digest) = (&self.info.signature_algorithm, self.info.digest_alg.oid);
        let row = SIGNATURES.iter().find(|row| {
            row.kind == signature.oid
                && row.digest == digest
                && row.parameters.fit(signature.parameters.as_ref())
        });
        let unknown =
            || WrongToken::Unsupported(format!("it is signed in the way {} with {digest}", signature.oid));
        row.map(|row| row.algorithms).ok_or_else(unknown)
    }
}

/// Which parameters a way to sign has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameters {
    /// None, or NULL.
    Null,
    /// None.
    Absent,
    /// Those of RSASSA-PSS, which the key's check repeats.
    Some,
}

impl Parameters {
    fn fit(self, told: Option<&Any>) -> bool {
        match (self, told) {
            (Self::Null, Some(told)) => told.tag() == Tag::Null && told.value().is_empty(),
            (Self::Some, told) => told.is_some(),
            (Self::Null | Self::Absent, told) => told.is_none(),
        }
    }
}

/// A way to sign.
struct Signature {
    kind: ObjectIdentifier,
    digest: ObjectIdentifier,
    parameters: Parameters,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
}

const fn way(
    signature: &str,
    digest: ObjectIdentifier,
    parameters: Parameters,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
) -> Signature {
    Signature { kind: ObjectIdentifier::new_unwrap(signature), digest, parameters, algorithms }
}

const RSA: &str = "1.2.840.113549.1.1.1";
const PSS: &str = "1.2.840.113549.1.1.10";

/// The ways that are read here.
static SIGNATURES: [Signature; 12] = [
    way(RSA, SHA_256, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
    way(RSA, SHA_384, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
    way(RSA, SHA_512, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
    way("1.2.840.113549.1.1.11", SHA_256, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
    way("1.2.840.113549.1.1.12", SHA_384, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
    way("1.2.840.113549.1.1.13", SHA_512, Parameters::Null, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
    way(PSS, SHA_256, Parameters::Some, &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
    way(PSS, SHA_384, Parameters::Some, &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
    way(PSS, SHA_512, Parameters::Some, &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
    way(
        "1.2.840.10045.4.3.2",
        SHA_256,
        Parameters::Absent,
        &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256, algorithms::ECDSA_P521_SHA256],
    ),
    way(
        "1.2.840.10045.4.3.3",
        SHA_384,
        Parameters::Absent,
        &[algorithms::ECDSA_P256_SHA384, algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P521_SHA384],
    ),
    way(
        "1.2.840.10045.4.3.4",
        SHA_512,
        Parameters::Absent,
        &[algorithms::ECDSA_P256_SHA512, algorithms::ECDSA_P384_SHA512, algorithms::ECDSA_P521_SHA512],
    ),
];

/// The one who signed: a token has one, and says by what.
fn only_signer(signed: &SignedData) -> Result<SignerInfo, WrongToken> {
    let [info] = signed.signer_infos.0.as_slice() else {
        return Err(WrongToken::Unreadable("it has not just one signature".to_owned()));
    };
    let version = match info.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    let says = |algorithm: &AlgorithmIdentifierOwned| hash(algorithm).is_ok();
    if signed.version != CmsVersion::V3
        || info.version != version
        || !signed.digest_algorithms.iter().all(says)
        || signed.digest_algorithms.iter().all(|algorithm| algorithm.oid != info.digest_alg.oid)
    {
        return Err(WrongToken::Unreadable("it contradicts itself on how it is made".to_owned()));
    }
    Ok(info.clone())
}

/// The certificate of whoever signed, and all of them, that one first.
fn certificates(
    signed: &SignedData,
    info: &SignerInfo,
) -> Result<(Certificate, Vec<CertificateDer<'static>>), WrongToken> {
    let all = signed.certificates.iter().flat_map(|set| set.0.iter());
    let all: Vec<&Certificate> = all
        .filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate),
            CertificateChoices::Other(_) => None,
        })
        .collect();
    let signed_it = |certificate: &&&Certificate| is_of(certificate, &info.sid);
    let own = *all.iter().find(signed_it).ok_or(WrongToken::NoCertificate)?;
    let others = all.iter().copied().filter(|certificate| *certificate != own);
    let bytes = std::iter::once(own).chain(others).map(der::Encode::to_der);
    let bytes = bytes.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    Ok((own.clone(), bytes.into_iter().map(CertificateDer::from).collect()))
}

fn is_of(certificate: &Certificate, signer: &SignerIdentifier) -> bool {
    let said = &certificate.tbs_certificate;
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(told) => {
            told.issuer == said.issuer && told.serial_number == said.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(told) => {
            matches!(said.get::<SubjectKeyIdentifier>(), Ok(Some((_, key))) if key == *told)
        }
    }
}

/// What a time-stamping certificate must be for, and for nothing else (RFC 3161, section 2.3).
fn purpose(certificate: &Certificate) -> Result<(), WrongToken> {
    const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
    let no = |why| Err(WrongToken::Purpose(why));
    let said = &certificate.tbs_certificate;
    match said.get::<ExtendedKeyUsage>() {
        Ok(Some((true, ExtendedKeyUsage(purposes)))) if purposes == [TIME_STAMPING] => {}
        Ok(Some((true, _))) => return no("it may be used for something else"),
        Ok(Some((false, _))) => return no("what it is for does not stand there as critical"),
        Ok(None) => return no("it does not say what it is for"),
        Err(_) => return no("what it is for does not read"),
    }
    let Ok(usage) = said.get::<KeyUsage>() else { return no("how its key is used does not read") };
    let signs = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    match usage {
        Some((_, KeyUsage(usage))) if !signs.contains(usage) || usage.is_empty() => {
            no("its key is used for something else")
        }
        _ => Ok(()),
    }
}

fn name(told: AnyRef<'_>) -> Result<GeneralName, der::Error> {
    GeneralName::from_der(&told.to_der()?)
}

/// Whether it is this algorithm, without parameters.
fn is_plain(algorithm: &Algorithm<'_>, oid: ObjectIdentifier) -> bool {
    let is_null = |told: AnyRef<'_>| told.tag() == Tag::Null && told.value().is_empty();
    algorithm.oid == oid && algorithm.parameters.is_none_or(is_null)
}

fn hash(algorithm: &AlgorithmIdentifierOwned) -> Result<&'static Hash, WrongToken> {
    if Parameters::Null.fit(algorithm.parameters.as_ref()) {
        return hash_of(algorithm.oid);
    }
    Err(WrongToken::Unsupported("a digest with parameters".to_owned()))
}

fn hash_of(oid: ObjectIdentifier) -> Result<&'static Hash, WrongToken> {
    match oid {
        SHA_256 => Ok(&SHA256),
        SHA_384 => Ok(&SHA384),
        SHA_512 => Ok(&SHA512),
        other => Err(WrongToken::Unsupported(format!("it was made with the digest {other}"))),
    }
}

fn hexadecimal(number: &[u8]) -> String {
    number.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn unreadable(error: der::Error) -> WrongToken {
    WrongToken::Unreadable(error.to_string())
}

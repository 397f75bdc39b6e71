//! What an authority is asked: to sign a digest, and to say when.

use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Encode as _, Tag};
use scribe_domain::system::time_stamps::Nonce;
use scribe_domain::values::Digest;

use super::asn1::{Algorithm, MessageImprint, SHA_256, TimeStampReq};
use crate::chance;

/// What an authority is asked to sign. Its answer must be of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Of the checkpoint.
    pub digest: Digest,
    /// Drawn for this request.
    pub nonce: Nonce,
}

impl Asked {
    /// A request for this digest that nobody made before.
    pub fn draw(digest: Digest) -> std::io::Result<Self> {
        Ok(Self { digest, nonce: Nonce::of(chance::bytes()?) })
    }

    /// The request's bytes, which ask for the certificate too: the token is to be checked in years.
    pub fn request(&self) -> Result<Vec<u8>, der::Error> {
        let nonce = self.nonce.number();
        let null = AnyRef::new(Tag::Null, &[])?;
        let request = TimeStampReq {
            version: 1,
            imprint: MessageImprint {
                algorithm: Algorithm { oid: SHA_256, parameters: Some(null) },
                digest: OctetStringRef::new(&self.digest.0)?,
            },
            nonce: UintRef::new(&nonce)?,
            send_certificate: true,
        };
        request.to_der()
    }
}

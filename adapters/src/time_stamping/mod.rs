//! Somebody else's clock: time stamps by the protocol of RFC 3161. In reading order:
//!
//! Everything but `fetch` works on bytes alone, so that a token is checked offline, and by tests, in the one way.

/// How requests, answers and tokens are written (ASN.1, DER).
mod asn1;
/// What an authority is asked.
pub mod request;
/// What it answers.
pub mod reply;
/// What it signed: reading a token.
pub mod token;
/// Whom to believe, and whether they signed.
pub mod verify;
/// Stamps as a record keeps them, and what they prove of it.
pub mod kept;
/// Asking an authority over HTTP.
pub mod fetch;

use scribe_domain::values::Digest;

/// Why a token is not worth anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongToken {
    /// It is none.
    #[error("it is no time stamp token: {0}")]
    Unreadable(String),
    /// It is made in a way that is not read here.
    #[error("{0}, which is not read here")]
    Unsupported(String),
    /// It was made of something else.
    #[error("it is of another digest ({theirs}), not of that of the checkpoint ({ours})")]
    Digest {
        /// What should have been signed.
        ours: Digest,
        /// What was.
        theirs: Digest,
    },
    /// It was made for another request.
    #[error("its nonce is {theirs}, but {ours} was sent: it answers another request")]
    Nonce {
        /// What was sent.
        ours: String,
        /// What came back.
        theirs: String,
    },
    /// What it says was changed after it was signed.
    #[error("what it says is not what was signed")]
    Altered,
    /// The signature is nobody's.
    #[error("its signature is not by the certificate in it")]
    Signature,
    /// Who signed it is not in it.
    #[error(
        "the certificate of whoever signed it is not in it: ask the authority to send certificates along"
    )]
    NoCertificate,
    /// The certificate in it is not that which signed.
    #[error("the certificate in it is not the one that it says signed it")]
    OtherCertificate,
    /// The certificate is of somebody else.
    #[error("it says that it is in another name than its certificate")]
    OtherName,
    /// The certificate is for something else.
    #[error("its certificate is not one for time stamps: {0}")]
    Purpose(&'static str),
    /// The certificate was not valid then.
    #[error("its certificate was valid {0}, and it was signed at {1}")]
    NotValid(String, String),
    /// Nobody who is believed vouches for it.
    #[error("its certificate was issued by none of the authorities that you named")]
    Stranger,
    /// It was taken back.
    #[error("its certificate, or one above it, was revoked")]
    Revoked,
    /// It is not known whether it was taken back.
    #[error("the revocation lists that you named say nothing of its issuer")]
    NotListed,
    /// Something else is wrong with the certificates.
    #[error("its certificates do not hold: {0}")]
    Chain(String),
}

/// Why nothing was stamped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoStamp {
    /// It is not known whom to ask.
    #[error("{0}")]
    Address(String),
    /// There is nothing to stamp.
    #[error("the record is empty, so there is nothing to stamp")]
    Nothing,
    /// It did not answer.
    #[error("{0}")]
    Away(String),
    /// It said no.
    #[error("the authority refused: {0}")]
    Refused(String),
    /// It answered something else.
    #[error("the authority's answer is no time stamp: {0}")]
    Odd(String),
    /// What it signed is not worth anything.
    #[error("the authority's token cannot be used: {0}")]
    Wrong(#[from] WrongToken),
}

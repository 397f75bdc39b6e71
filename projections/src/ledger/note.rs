//! Signed notes (C2SP signed-note) with Ed25519 signatures, as Go's checksum database uses them.
//!
//! A note is a text, a blank line and signature lines. Whoever reads it trusts some keys, ignores signatures
//! of others, and refuses it if one by a key they trust is wrong. Signing takes no randomness: the same key
//! and text always give the same note.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer as _, VerifyingKey};
use scribe_domain::values::Digest;

/// The algorithm's byte in a key and in its id.
const ED25519: u8 = 1;
/// What a signing key's text begins with.
const SECRET: &str = "PRIVATE+KEY+";
/// The most signatures in a note; as many as Go's implementation takes.
const SIGNATURES: usize = 100;
/// The longest note, in bytes.
const LIMIT: usize = 1 << 20;
const DASH: &str = "\u{2014} ";

/// The name of a key: not empty, no white space, no plus sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// Checks a name.
    pub fn new(name: &str) -> Result<Self, KeyError> {
        let bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if name.is_empty() || name.chars().any(bad) { Err(KeyError::Name) } else { Ok(Self(name.into())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A short mark of a key, by which a signature names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(name: &KeyName, public: &[u8; 32]) -> Self {
        let named = [name.as_str().as_bytes(), b"\n", &[ED25519], public].concat();
        let Digest([a, b, c, d, ..]) = Digest::of(&named);
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name.
    #[error("a key's name must not be empty, nor have white space or a plus sign")]
    Name,
    /// The form.
    #[error("is not a key: it reads NAME+ID+BASE64")]
    Form,
    /// Not the algorithm that is known here.
    #[error("is not an Ed25519 key")]
    Algorithm,
    /// Its id belongs to another name or key.
    #[error("is damaged: its id is not that of its name and key")]
    Id,
}

/// The public half of a key: what an auditor keeps. Written `NAME+ID+BASE64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    public: VerifyingKey,
}

impl VerifierKey {
    fn new(name: KeyName, public: VerifyingKey) -> Self {
        Self { id: KeyId::of(&name, public.as_bytes()), name, public }
    }

    /// Its name, which is the log's origin.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn made(&self, signature: &Signature) -> bool {
        self.id == signature.id && self.name == signature.name
    }

    fn verifies(&self, text: &str, signature: &Signature) -> bool {
        ed25519_dalek::Signature::from_slice(&signature.bytes)
            .is_ok_and(|signature| self.public.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], &self.public.as_bytes()[..]].concat();
        write!(f, "{}+{}+{}", self.name, self.id, BASE64.encode(&key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, public) = key_parts(text)?;
        let public = VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Algorithm)?;
        let key = Self::new(name, public);
        if key.id == id { Ok(key) } else { Err(KeyError::Id) }
    }
}

/// Name, id and the 32 bytes of either half of a key.
fn key_parts(text: &str) -> Result<(KeyName, KeyId, [u8; 32]), KeyError> {
    // The base64 may itself have plus signs.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    let id = HEXLOWER.decode(id.as_bytes()).ok().and_then(|id| id.try_into().ok()).ok_or(KeyError::Form)?;
    let key = from_base64(key).ok_or(KeyError::Form)?;
    match key.split_first() {
        Some((&ED25519, key)) => {
            Ok((KeyName::new(name)?, KeyId(id), key.try_into().map_err(|_| KeyError::Form)?))
        }
        _ => Err(KeyError::Algorithm),
    }
}

/// The secret half of a key. Written, with [`Self::secret_text`], as Go's note package writes it:
/// `PRIVATE+KEY+NAME+ID+BASE64`.
#[derive(Clone)]
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key that 32 random bytes make.
    pub fn new(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, secret.verifying_key());
        Self { secret, verifier }
    }

    /// Reads [`Self::secret_text`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, seed) = key_parts(text.strip_prefix(SECRET).ok_or(KeyError::Form)?)?;
        let key = Self::new(name, &seed);
        if key.verifier.id == id { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The key as a text, to be kept where nobody else can read it.
    pub fn secret_text(&self) -> String {
        let key = [&[ED25519], &self.secret.as_bytes()[..]].concat();
        format!("{SECRET}{}+{}+{}", self.verifier.name, self.verifier.id, BASE64.encode(&key))
    }

    /// Its public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, text: &str) -> Signature {
        Signature {
            name: self.verifier.name.clone(),
            id: self.verifier.id,
            bytes: self.secret.sign(text.as_bytes()).to_bytes().into(),
        }
    }
}

/// Never the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.verifier).finish_non_exhaustive()
    }
}

/// A signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whose it says it is.
    pub name: KeyName,
    /// Which key of theirs.
    pub id: KeyId,
    /// What the algorithm made.
    pub bytes: Box<[u8]>,
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = from_base64(encoded)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let name = KeyName::new(name).ok()?;
        (!bytes.is_empty()).then(|| Self { name, id: KeyId(*id), bytes: bytes.into() })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64.encode(&[&self.id.0, &self.bytes[..]].concat());
        writeln!(f, "{DASH}{} {encoded}", self.name)
    }
}

/// A text with signatures. What it says means nothing before [`Self::verified_by`] says who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It does not read as a note.
    #[error("is not a signed note: {0}")]
    Malformed(&'static str),
    /// A signature by a trusted key is not that key's over this text.
    #[error("the signature by {name}+{id} is wrong: the text was changed after it was signed")]
    Wrong {
        /// The key's name.
        name: KeyName,
        /// The key's id.
        id: KeyId,
    },
    /// Two different trusted keys have the same name and id.
    #[error("two different keys are named {name}+{id}")]
    Ambiguous {
        /// The keys' name.
        name: KeyName,
        /// Their id.
        id: KeyId,
    },
    /// Nobody who is trusted signed it.
    #[error("is signed by none of the keys that were named")]
    Unsigned,
}

impl Note {
    /// A note over this text, signed by these keys. The text must end with a line break, and have no other
    /// control characters.
    pub fn sign<'a>(text: String, keys: impl IntoIterator<Item = &'a SigningKey>) -> Result<Self, NoteError> {
        must_be_a_text(&text)?;
        let signatures = keys.into_iter().map(|key| key.sign(&text)).collect();
        Ok(Self { text, signatures })
    }

    /// Adds the signature of another key.
    pub fn add(&mut self, key: &SigningKey) {
        self.signatures.push(key.sign(&self.text));
    }

    /// Reads a note; whether anything in it is true is another question.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > LIMIT {
            return Err(NoteError::Malformed("it is longer than a megabyte"));
        }
        must_be_a_text(note)?;
        let no_blank = NoteError::Malformed("no blank line stands before the signatures");
        let (text, lines) = note.rsplit_once("\n\n").ok_or(no_blank)?;
        let lines = lines.strip_suffix('\n').unwrap_or(lines);
        if lines.is_empty() {
            return Err(NoteError::Malformed("it has no signatures"));
        }
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == SIGNATURES {
                return Err(NoteError::Malformed("it has too many signatures"));
            }
            let bad_line = NoteError::Malformed("a signature line does not read");
            signatures.push(Signature::parse(line).ok_or(bad_line)?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The text that is signed, with its last line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, right or wrong.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Whether this key signed it; `None` if nothing stands there in its name.
    pub fn is_by(&self, key: &VerifierKey) -> Option<bool> {
        let mut made = self.signatures.iter().filter(|signature| key.made(signature)).peekable();
        made.peek()?;
        Some(made.all(|signature| key.verifies(&self.text, signature)))
    }

    /// Which of the trusted keys signed it. At least one must have, and whatever stands there in the name of
    /// one must be right; signatures in other names are nobody's business.
    pub fn verified_by<'k>(&self, trusted: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            let mut keys = trusted.iter().filter(|key| key.made(signature));
            let Some(key) = keys.next() else { continue };
            let (name, id) = (key.name.clone(), key.id);
            if keys.any(|other| other != key) {
                return Err(NoteError::Ambiguous { name, id });
            }
            if !key.verifies(&self.text, signature) {
                return Err(NoteError::Wrong { name, id });
            }
            if !signers.contains(&key) {
                signers.push(key);
            }
        }
        if signers.is_empty() { Err(NoteError::Unsigned) } else { Ok(signers) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

/// The bytes of a base64 text, which must be the one way to write them (RFC 4648 §3.5): the decoder alone
/// would also take several texts with padding, one after the other.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    (BASE64.encode(&bytes) == text).then_some(bytes)
}

fn must_be_a_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("it does not end with a line break"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("it has a control character"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

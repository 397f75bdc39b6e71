//! Checkpoints (C2SP tlog-checkpoint): what the tree's root was at some size, as a signed note.
//!
//! Whoever keeps a checkpoint elsewhere can tell later whether the record it speaks of is still there: a
//! record from which something was dropped, or in which something was changed, has another root.

use std::fmt;

use data_encoding::BASE64;
use scribe_domain::event_store::TreeHead;
use scribe_domain::values::Digest;

use super::note::{KeyName, Note, NoteError, SigningKey, VerifierKey, from_base64};
use super::notes::each;

/// What an extension line begins with that tells of a change of keys.
const KEY_CHANGE: &str = "scribe-key-change ";
/// What an extension line begins with that announces a signer's public key.
const SIGNER: &str = "scribe-signer ";
/// What an extension line begins with that takes an earlier statement back.
const WITHDRAWS: &str = "scribe-withdraws ";

/// A statement of the tree's root. Whether it is true depends on who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log speaks.
    pub origin: KeyName,
    /// Size and root of its tree.
    pub head: TreeHead,
    /// The key that was used so far and the one that is used from here on, where that changed.
    pub key_change: Option<KeyChange>,
    /// Public keys of those who sign it. A key that signed the checkpoint that announces it is its signer's own;
    /// whether the signer is to be believed is another question.
    pub signers: Vec<VerifierKey>,
    /// What its signer said of other sizes, and does not stand by any more.
    pub withdrawn: Vec<TreeHead>,
}

/// One key taking over from another: a checkpoint that names both and is signed by both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The key so far.
    pub from: VerifierKey,
    /// The key from here on.
    pub to: VerifierKey,
}

/// Why a text is not a checkpoint, or not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It does not read as a checkpoint.
    #[error("is not a checkpoint: {0}")]
    Malformed(&'static str),
    /// It is signed, but by no key of the log that it speaks for.
    #[error("is signed, but not by a key named {0}, which it speaks for")]
    OtherOrigin(KeyName),
}

impl Checkpoint {
    /// The checkpoint of this tree.
    pub fn of(origin: KeyName, head: TreeHead) -> Self {
        Self { origin, head, key_change: None, signers: Vec::new(), withdrawn: Vec::new() }
    }

    /// Signs it.
    pub fn sign<'a>(&self, keys: impl IntoIterator<Item = &'a SigningKey>) -> Result<Note, NoteError> {
        Note::sign(self.to_string(), keys)
    }

    /// Reads a note's text. Extension lines that mean nothing here are passed over, and so are lost.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        use CheckpointError::Malformed;
        let body = text.strip_suffix('\n').ok_or(Malformed("it does not end with a line break"))?;
        let mut lines = body.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty()).ok_or(Malformed("it is too short"));
        let (origin, size, root) = (next()?, next()?, next()?);
        let origin = KeyName::new(origin).map_err(|_| {
            Malformed("its origin has white space or a plus sign, which those of scribe have not")
        })?;
        let size = size_of(size).ok_or(Malformed("its second line is not a size"))?;
        let root = root_hash(root).ok_or(Malformed("its third line is not a root hash"))?;
        let (mut key_change, mut signers, mut withdrawn) = (None, Vec::new(), Vec::new());
        for line in lines {
            if line.is_empty() {
                return Err(Malformed("a line of it is empty"));
            }
            if let Some(keys) = line.strip_prefix(KEY_CHANGE) {
                let change = KeyChange::parse(keys).ok_or(Malformed("its change of keys does not read"))?;
                if key_change.replace(change).is_some() {
                    return Err(Malformed("it changes keys twice"));
                }
            } else if let Some(key) = line.strip_prefix(SIGNER) {
                // A key of a kind that is not known here announces nobody, and harms nobody.
                signers.extend(key.parse::<VerifierKey>().ok());
            } else if let Some(said) = line.strip_prefix(WITHDRAWS) {
                let read = |(size, root): (&str, &str)| Some((size_of(size)?, root_hash(root)?));
                let (size, root) = said
                    .split_once(' ')
                    .and_then(read)
                    .ok_or(Malformed("what it withdraws does not read"))?;
                withdrawn.push(TreeHead { size, root });
            }
        }
        Ok(Self { origin, head: TreeHead { size, root }, key_change, signers, withdrawn })
    }

    /// Reads a signed checkpoint and makes sure that a trusted key of its own log signed it.
    pub fn open(note: &str, trusted: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let signers = note.verified_by(trusted)?;
        let checkpoint = Self::parse(note.text())?;
        if !signers.iter().any(|key| *key.name() == checkpoint.origin) {
            return Err(CheckpointError::OtherOrigin(checkpoint.origin));
        }
        Ok(checkpoint)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { size, root } = &self.head;
        writeln!(f, "{}\n{size}\n{}", self.origin, BASE64.encode(&root.0))?;
        if let Some(KeyChange { from, to }) = &self.key_change {
            writeln!(f, "{KEY_CHANGE}{from} {to}")?;
        }
        self.signers.iter().try_for_each(|key| writeln!(f, "{SIGNER}{key}"))?;
        self.withdrawn.iter().try_for_each(|TreeHead { size, root }| {
            writeln!(f, "{WITHDRAWS}{size} {}", BASE64.encode(&root.0))
        })
    }
}

/// A size as checkpoints write it: one way only.
fn size_of(text: &str) -> Option<u64> {
    let canonical =
        text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| canonical)
}

/// A hash as checkpoints and proofs write it.
pub(super) fn root_hash(text: &str) -> Option<Digest> {
    Some(Digest(from_base64(text)?.try_into().ok()?))
}

impl KeyChange {
    fn parse(keys: &str) -> Option<Self> {
        let (from, to) = keys.split_once(' ')?;
        Some(Self { from: from.parse().ok()?, to: to.parse().ok()? })
    }
}

/// Every key that can be believed if some are: those that took over from one that is believed, and those
/// from which one that is believed took over. A change counts if both keys signed it.
///
/// Notes that do not read are passed over; they are found out when they are verified themselves.
pub fn related_keys<'a>(
    trusted: &[VerifierKey],
    notes: impl IntoIterator<Item = &'a str>,
) -> Vec<VerifierKey> {
    let mut changes: Vec<KeyChange> =
        notes.into_iter().flat_map(each).filter_map(|note| signed_change(&note)).collect();
    let mut keys = trusted.to_vec();
    while let Some(place) =
        changes.iter().position(|change| keys.contains(&change.from) || keys.contains(&change.to))
    {
        let KeyChange { from, to } = changes.swap_remove(place);
        for key in [from, to] {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

fn signed_change(note: &Result<Note, NoteError>) -> Option<KeyChange> {
    let note = note.as_ref().ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    let change = checkpoint.key_change?;
    let signed = |key: &VerifierKey| {
        *key.name() == checkpoint.origin && note.verified_by(std::slice::from_ref(key)).is_ok()
    };
    (signed(&change.from) && signed(&change.to)).then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    fn key(seed: u8) -> SigningKey {
        SigningKey::new(KeyName::new("example.com/log").unwrap(), &[seed; 32])
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let head = TreeHead { size, root: root_hash(ROOT).unwrap() };
        Checkpoint::of(KeyName::new("example.com/log").unwrap(), head)
    }

    fn change(size: u64, from: &SigningKey, to: &SigningKey) -> Checkpoint {
        let key_change = KeyChange { from: from.verifier().clone(), to: to.verifier().clone() };
        Checkpoint { key_change: Some(key_change), ..checkpoint(size) }
    }

    /// The example of the specification (c2sp.org/tlog-checkpoint).
    #[test]
    fn the_specifications_example_reads() {
        let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!((read.origin.as_str(), read.head.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(read.to_string(), text);
        let note = format!(
            "{text}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        );
        assert_eq!(Note::parse(&note).unwrap().text(), text);
    }

    #[test]
    fn what_is_not_exactly_a_checkpoint_is_refused() {
        let longer = BASE64.encode(&[0; 33]);
        for text in [
            format!("example.com/log\n1\n{ROOT}"),
            format!("example.com/log\n1\n\n{ROOT}\n"),
            format!("\n1\n{ROOT}\n"),
            format!("example.com/log\n01\n{ROOT}\n"),
            format!("example.com/log\n+1\n{ROOT}\n"),
            format!("example.com/log\n-1\n{ROOT}\n"),
            format!("example.com/log\n18446744073709551616\n{ROOT}\n"),
            format!("example.com/log\n1\n{}\n", ROOT.trim_end_matches('=')),
            format!("example.com/log\n1\n{}\n", ROOT.replace("2I=", "2J=")),
            format!("example.com/log\n1\n{longer}\n"),
            format!("example.com/log\n1\n{ROOT}\n\n"),
            format!("example.com/log\n1\n{ROOT}\nscribe-key-change x y\n"),
            format!("example.com/log\n1\n{ROOT}\nscribe-withdraws 01 {ROOT}\n"),
            format!("example.com/log\n1\n{ROOT}\nscribe-withdraws 1\n"),
            format!("exam ple\n1\n{ROOT}\n"),
            "example.com/log\n1\n".into(),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
        let extended = format!("example.com/log\n0\n{ROOT}\nsomething else\nscribe-signer of tomorrow\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap(), checkpoint(0));
        let most = format!("example.com/log\n18446744073709551615\n{ROOT}\n");
        assert_eq!(Checkpoint::parse(&most).unwrap().head.size, u64::MAX);
    }

    #[test]
    fn what_it_announces_and_takes_back_reads_as_it_was_written() {
        let root = root_hash(ROOT).unwrap();
        let said = Checkpoint {
            signers: vec![key(1).verifier().clone(), key(2).verifier().clone()],
            withdrawn: vec![TreeHead { size: 5, root }, TreeHead { size: 0, root }],
            ..change(7, &key(1), &key(2))
        };
        assert_eq!(Checkpoint::parse(&said.to_string()), Ok(said));
    }

    #[test]
    fn only_the_logs_own_key_makes_it_believable() {
        let stranger = SigningKey::new(KeyName::new("example.com/other").unwrap(), &[9; 32]);
        let keys = [key(1).verifier().clone(), stranger.verifier().clone()];
        let ours = checkpoint(7).sign([&key(1), &stranger]).unwrap().to_string();
        assert_eq!(Checkpoint::open(&ours, &keys), Ok(checkpoint(7)));
        let theirs = checkpoint(7).sign([&stranger]).unwrap().to_string();
        let origin = checkpoint(7).origin;
        assert_eq!(Checkpoint::open(&theirs, &keys), Err(CheckpointError::OtherOrigin(origin)));
        let grown = ours.replace("\n7\n", "\n8\n");
        assert!(matches!(
            Checkpoint::open(&grown, &keys),
            Err(CheckpointError::Note(NoteError::Wrong { .. }))
        ));
    }

    #[test]
    fn a_change_of_keys_that_both_signed_leads_from_either_to_the_other() {
        let (a, b, c, d) = (key(1), key(2), key(3), key(4));
        let notes = [
            change(9, &b, &c).sign([&b, &c]).unwrap().to_string(),
            checkpoint(8).sign([&b]).unwrap().to_string(),
            change(5, &a, &b).sign([&a, &b]).unwrap().to_string(),
            // Signed by one of the two only: anybody could claim to follow, or to have gone before.
            change(11, &c, &d).sign([&d]).unwrap().to_string(),
            change(12, &c, &d).sign([&c]).unwrap().to_string(),
            "no note at all".into(),
        ];
        assert_eq!(Checkpoint::open(&notes[2], &[b.verifier().clone()]), Ok(change(5, &a, &b)));
        let related = |key: &SigningKey| {
            let keys = related_keys(&[key.verifier().clone()], notes.iter().map(String::as_str));
            let mut ids: Vec<_> = keys.iter().map(VerifierKey::id).collect();
            ids.sort_unstable();
            ids
        };
        let mut all = [&a, &b, &c].map(|key| key.verifier().id());
        all.sort_unstable();
        assert_eq!(related(&a), all);
        assert_eq!(related(&b), all);
        assert_eq!(related(&c), all);
        assert_eq!(related(&d), [d.verifier().id()]);
    }
}

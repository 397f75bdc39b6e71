//! Several signers' notes of one size, kept as one text: one after the other.
//!
//! A record that several nodes serve has a key for each, and a store keeps one text for each size. A note ends
//! with its signature lines, so where another line follows those, another note begins.

use super::note::{Note, NoteError};

/// What a signature line begins with.
const SIGNATURE: &str = "\u{2014} ";

/// The notes, each as it reads. A text that is no note at all is one that does not read.
pub fn each(text: &str) -> impl Iterator<Item = Result<Note, NoteError>> + use<'_> {
    texts(text).into_iter().map(Note::parse)
}

/// One text of several notes, in this order.
pub fn joined<'a>(notes: impl IntoIterator<Item = &'a Note>) -> String {
    notes.into_iter().map(ToString::to_string).collect()
}

/// The notes' own texts.
fn texts(text: &str) -> Vec<&str> {
    let (mut texts, mut begin, mut at) = (Vec::new(), 0, 0);
    // Signatures come after a blank line: what looks like one before that is what the note says.
    let (mut blank, mut signed) = (false, false);
    for line in text.split_inclusive('\n') {
        let is_signature = line.starts_with(SIGNATURE);
        if signed && !is_signature {
            texts.push(&text[begin..at]);
            (begin, blank) = (at, false);
        }
        signed = blank && is_signature;
        blank = line == "\n" || signed;
        at += line.len();
    }
    texts.push(&text[begin..]);
    texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::note::{KeyName, SigningKey};
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::new(KeyName::new(&format!("node-{seed}")).unwrap(), &[seed; 32])
    }

    #[test]
    fn what_is_no_note_is_one_that_does_not_read() {
        for text in ["", "x", "x\n", "\u{2014} a b\n", "\n\n", "x\n\n\u{2014} a\n"] {
            let read: Vec<_> = each(text).collect();
            assert!(read.len() == 1 && read[0].is_err(), "{text:?}: {read:?}");
        }
        let note = Note::sign("x\n".into(), [&key(1)]).unwrap().to_string();
        let read: Vec<_> = each(&format!("{note}y\n")).map(|note| note.is_ok()).collect();
        assert_eq!(read, [true, false]);
        // A blank line in a note's text, and what looks like a signature there.
        let odd = Note::sign("x\n\ny\n\u{2014} a b\nz\n".into(), [&key(1)]).unwrap();
        assert_eq!(each(&odd.to_string()).collect::<Vec<_>>(), [Ok(odd)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn notes_that_were_joined_come_apart_again(texts in prop::collection::vec("([a-z0-9=+/ ]{1,20}\n){1,4}", 1..5), keys in 1..4_u8) {
            let keys: Vec<SigningKey> = (0..keys).map(key).collect();
            let notes: Vec<Note> =
                texts.into_iter().map(|text| Note::sign(text, &keys).unwrap()).collect();
            let read: Vec<Note> = each(&joined(&notes)).map(Result::unwrap).collect();
            prop_assert_eq!(read, notes);
        }
    }
}

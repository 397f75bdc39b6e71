//! Against the keys and notes of Go's own tests (golang.org/x/mod, `sumdb/note/note_test.go`).

use proptest::prelude::*;

use super::*;

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETERS: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCHS: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn signers(note: &str, trusted: &[VerifierKey]) -> Result<Vec<String>, NoteError> {
    let note = Note::parse(note)?;
    note.verified_by(trusted).map(|keys| keys.iter().map(|key| key.name().to_string()).collect())
}

#[test]
fn gos_key_signs_gos_note_byte_for_byte() {
    let secret = SigningKey::parse(PETERS_SECRET).unwrap();
    assert_eq!(secret.secret_text(), PETERS_SECRET);
    assert_eq!(secret.verifier().to_string(), PETER);
    let note = Note::sign(TEXT.into(), [&secret]).unwrap();
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETERS}"));
    assert!(!format!("{secret:?}").contains("AYEKFALVFGyNhPJEMzD1QIDr"));
}

#[test]
fn who_signed_is_told_and_strangers_are_ignored() {
    let note = format!("{TEXT}\n{PETERS}{ENOCHS}");
    assert_eq!(signers(&note, &[key(PETER)]).unwrap(), ["PeterNeumann"]);
    assert_eq!(signers(&note, &[key(PETER), key(ENOCH)]).unwrap(), ["PeterNeumann", "EnochRoot"]);
    assert_eq!(signers(&note, &[key(PETER), key(PETER)]).unwrap(), ["PeterNeumann"]);
    assert_eq!(signers(&note, &[]), Err(NoteError::Unsigned));
    assert_eq!(Note::parse(&note).unwrap().text(), TEXT);
    assert_eq!(Note::parse(&note).unwrap().to_string(), note);
    let other = SigningKey::new(KeyName::new("PeterNeumann").unwrap(), &[7; 32]);
    assert_eq!(signers(&note, &[other.verifier().clone()]), Err(NoteError::Unsigned));
}

#[test]
fn a_wrong_signature_by_somebody_trusted_spoils_the_note() {
    let wrong = NoteError::Wrong { name: KeyName::new("PeterNeumann").unwrap(), id: key(PETER).id() };
    let changed = TEXT.replace("cryptography", "cryptographY");
    let note = format!("{changed}\n{PETERS}");
    assert_eq!(signers(&note, &[key(PETER)]), Err(wrong.clone()));
    let longer = format!("{}ABCD{}", &PETERS[..60], &PETERS[60..]);
    assert_eq!(signers(&format!("{TEXT}\n{longer}"), &[key(PETER)]), Err(wrong.clone()));
    // Also when another signature is right.
    let note = format!("{TEXT}\n{ENOCHS}{longer}");
    assert_eq!(signers(&note, &[key(ENOCH), key(PETER)]), Err(wrong));
    assert_eq!(signers(&note, &[key(ENOCH)]).unwrap(), ["EnochRoot"]);
}

#[test]
fn what_is_no_note_is_refused() {
    let cut = &PETERS[..PETERS.len() - 1];
    let bad_name = PETERS.replace("PeterNeumann", "Bad Name");
    let plus = PETERS.replace("PeterNeumann", "Bad+Name");
    let bits = PETERS.replace("AM=", "AN=");
    for note in [
        String::new(),
        "\n\n".into(),
        TEXT.into(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n\n"),
        format!("{TEXT}\n{cut}"),
        format!("{TEXT}{PETERS}"),
        format!("\u{1}{TEXT}\n{PETERS}"),
        format!("{TEXT}\r\n\n{PETERS}"),
        format!("{TEXT}\n{bad_name}"),
        format!("{TEXT}\n{plus}"),
        format!("{TEXT}\n{bits}"),
        format!("{TEXT}\n{PETERS}Unexpected line.\n"),
        format!("{TEXT}\n— PeterNeumann x08gow==\n"),
        format!("{TEXT}\n— PeterNeumann x08=gowxx08g\n"),
        format!("{TEXT}\n{}", PETERS.repeat(101)),
        format!("{}\n{PETERS}", "x\n".repeat(1 << 19)),
    ] {
        let read = Note::parse(&note);
        assert!(matches!(read, Err(NoteError::Malformed(_))), "{note:?}: {read:?}");
    }
    assert!(Note::parse(&format!("{TEXT}\n{}", PETERS.repeat(100))).is_ok());
    let secret = SigningKey::parse(PETERS_SECRET).unwrap();
    assert!(Note::sign("abc".into(), [&secret]).is_err());
    assert!(Note::sign("a\tb\n".into(), [&secret]).is_err());
}

#[test]
fn a_mangled_key_is_no_key() {
    type Reads = fn(&str) -> bool;
    let verifier: Reads = |text| text.parse::<VerifierKey>().is_ok();
    let secret: Reads = |text| SigningKey::parse(text).is_ok();
    for (text, reads) in [(PETER, verifier), (PETERS_SECRET, secret)] {
        assert!(reads(text));
        for from in 0..text.len() {
            for to in from..=text.len() {
                assert!((from, to) == (0, text.len()) || !reads(&text[from..to]), "{}", &text[from..to]);
            }
        }
        for place in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] += 1;
            assert!(!String::from_utf8(bytes).is_ok_and(|text| reads(&text)), "{place}");
        }
    }
    let too_long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert_eq!(too_long.parse::<VerifierKey>(), Err(KeyError::Form));
    let other_kind = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(other_kind.parse::<VerifierKey>(), Err(KeyError::Algorithm));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_verifies_and_no_changed_byte_does(
        seed in any::<[u8; 32]>(), text in "([ -~é—]{0,20}\n){1,4}", place in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let secret = SigningKey::new(KeyName::new("example.com/log").unwrap(), &seed);
        let trusted = [secret.verifier().clone()];
        let note = Note::sign(text.clone(), [&secret]).unwrap().to_string();
        prop_assert!(signers(&note, &trusted).is_ok());
        let read_back = SigningKey::parse(&secret.secret_text()).unwrap();
        prop_assert_eq!(read_back.verifier(), secret.verifier());

        let mut bytes = note.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(!String::from_utf8(bytes).is_ok_and(|note| signers(&note, &trusted).is_ok()));
    }

    #[test]
    fn no_text_makes_it_panic(note in "\\PC{0,60}(\n\n)?(— [a-z]{1,5} [A-Za-z0-9+/=]{0,20}\n)?") {
        if let Ok(read) = Note::parse(&note) {
            prop_assert_eq!(read.to_string(), note);
        }
    }
}

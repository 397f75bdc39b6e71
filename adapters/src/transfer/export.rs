//! The record as text: an event a line, and at the end how many there are and what they add up to.

use scribe_domain::event_store::{Body, Kept, Salt, StoreError, TreeHead};
use scribe_domain::ids::Position;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::chance;

/// An export while it is written.
#[derive(Debug, Default)]
pub struct Export {
    tree: Frontier,
}

impl Export {
    /// An event's line. Events come in the record's order, from the first on.
    pub fn line(&mut self, kept: &Kept) -> Result<String, StoreError> {
        let leaf = hash::leaf(&kept.header, &kept.body.digest())
            .map_err(|error| StoreError::Damaged(format!("position {}: {error}", kept.position)))?;
        self.tree.push(leaf, |_| {});
        Ok(line(kept) + "\n")
    }

    /// The last line. An export without it was cut off. With a checkpoint of just this size, another record that
    /// knows its signer can take it over as its own continuation.
    pub fn end(self, checkpoint: Option<&str>) -> String {
        let TreeHead { size, root } = self.tree.head();
        let signed = checkpoint.map_or_else(String::new, |note| format!(",\"checkpoint\":{}", json!(note)));
        format!("{{\"events\":{size},\"root\":\"{root}\"{signed}}}\n")
    }
}

/// Header and payload stand in it byte for byte, and what its leaf in the ledger needs beside them: the
/// salt or, of an erased event, the digest.
fn line(kept: &Kept) -> String {
    // Stores keep only single values without a line break around or within, so that this is one line.
    let body = match &kept.body {
        Body::Told { payload, salt } => {
            format!(r#""payload":{payload},"salt":"{:032x}""#, u128::from_be_bytes(salt.0))
        }
        Body::Erased { digest, remains } => format!(r#""erased":"{digest}","remains":{remains}"#),
    };
    format!(
        r#"{{"position":{},"starts_append":{},"header":{},{body}}}"#,
        kept.position, kept.starts_append, kept.header
    )
}

/// An export's last line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// How many events the record had: the position of the last one.
    pub(super) events: u64,
    /// The root of the ledger's tree over them.
    pub(super) root: Digest,
    /// The signed checkpoint of that size.
    #[serde(default)]
    pub(super) checkpoint: Option<String>,
}

/// Reads the last line; `None` if it isn't one.
pub(super) fn read_end(line: &str) -> Option<End> {
    serde_json::from_str(line).ok()
}

/// A line of an export, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExportLine {
    /// The event.
    pub(super) kept: Kept,
    /// Whether its salt was made up just now: the line was written before there was a ledger.
    pub(super) salted_now: bool,
}

/// Reads such a line back.
pub(super) fn read_line(line: &str) -> Result<ExportLine, String> {
    let LineFields { position, starts_append, header, payload, salt, erased, remains } =
        serde_json::from_str(line).map_err(|error| super::line::in_one_line(&error))?;
    let salted_now = payload.is_some() && salt.is_none();
    let body = match (payload, salt, erased, remains) {
        (Some(payload), salt, None, None) => {
            let salt = salt.map_or_else(new_salt, read_salt)?;
            Body::Told { payload: payload.get().into(), salt }
        }
        (None, None, Some(digest), Some(remains)) => Body::Erased { digest, remains: remains.get().into() },
        _ => return Err("expected `payload` and `salt`, or `erased` and `remains`".to_owned()),
    };
    Ok(ExportLine { kept: Kept { position, starts_append, header: header.get().into(), body }, salted_now })
}

fn new_salt() -> Result<Salt, String> {
    let salts = chance::salts(1).map_err(|error| error.to_string())?;
    salts.first().copied().ok_or_else(|| "the system gives no random bytes".to_owned())
}

fn read_salt(hex: &str) -> Result<Salt, String> {
    let digits = hex.len() == 2 * Salt::LEN && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    match u128::from_str_radix(hex, 16) {
        Ok(salt) if digits => Ok(Salt(salt.to_be_bytes())),
        _ => Err(format!("salt: expected {} hexadecimal digits", 2 * Salt::LEN)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFields<'a> {
    position: Position,
    starts_append: bool,
    #[serde(borrow)]
    header: &'a RawValue,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
    #[serde(default)]
    salt: Option<&'a str>,
    #[serde(default)]
    erased: Option<Digest>,
    #[serde(borrow, default)]
    remains: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_byte_for_byte() {
        let kept = Kept {
            position: Position(7),
            starts_append: true,
            header: r#"{"type":"noted", "odd" : 1.50}"#.into(),
            body: Body::Told {
                payload: r#"{"text":"\u00e9 é"}"#.into(),
                salt: Salt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]),
            },
        };
        let line = super::line(&kept);
        assert_eq!(
            line,
            concat!(
                r#"{"position":7,"starts_append":true,"header":{"type":"noted", "odd" : 1.50},"#,
                r#""payload":{"text":"\u00e9 é"},"salt":"000102030405060708090a0b0c0d0eff"}"#
            )
        );
        assert_eq!(read_line(&line), Ok(ExportLine { kept: kept.clone(), salted_now: false }));

        let erased = Body::Erased { digest: kept.body.digest(), remains: r#"{"text":"[erased]"}"#.into() };
        let kept = Kept { body: erased, ..kept };
        let line = super::line(&kept);
        assert!(line.contains(r#"},"erased":"sha256:"#) && !line.contains("salt"), "{line}");
        assert_eq!(read_line(&line), Ok(ExportLine { kept, salted_now: false }));
    }

    #[test]
    fn the_end_is_told_apart_from_an_event() {
        let end = Export::default().end(None);
        let none = End { events: 0, root: hash::empty_root(), checkpoint: None };
        assert_eq!(read_end(end.trim_end()), Some(none));
        assert_eq!(read_end(r#"{"position":1,"starts_append":true,"header":{},"payload":{}}"#), None);
    }

    /// What was exported before there was a ledger: it gets a salt of its own, another one each time.
    #[test]
    fn a_line_without_a_salt_gets_one() {
        let line = r#"{"position":7,"starts_append":true,"header":{},"payload":{"text":"x"}}"#;
        let (one, other) = (read_line(line).unwrap(), read_line(line).unwrap());
        assert!(one.salted_now && other.salted_now);
        assert_eq!(one.kept.payload(), r#"{"text":"x"}"#);
        assert_ne!(one.kept.body.digest(), other.kept.body.digest());
    }

    #[test]
    fn anything_else_is_no_line_of_an_export() {
        let begins = r#"{"position":1,"starts_append":true,"header":{},"#;
        for (rest, why) in [
            (r#""payload":{},"salt":"12"}"#, "salt: expected 32 hexadecimal digits"),
            (r#""payload":{},"salt":"+00102030405060708090a0b0c0d0eff"}"#, "salt: expected 32"),
            (r#""payload":{},"remains":{}}"#, "expected `payload` and `salt`, or"),
            (r#""erased":"sha256:12","remains":{}}"#, "digest"),
            (r#""remains":{}}"#, "expected `payload` and `salt`, or"),
            (r#""payload":{},"more":1}"#, "unknown field `more`"),
        ] {
            let error = read_line(&format!("{begins}{rest}")).unwrap_err();
            assert!(error.contains(why), "{rest}: {error}");
        }
        assert_eq!(read_line("").unwrap_err(), "EOF while parsing a value at column 0");
        assert_eq!(read_line("{}").unwrap_err(), "missing field `position` at column 2");
    }
}

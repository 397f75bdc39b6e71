//! The record as text, an event a line.

use scribe_domain::event_store::Kept;
use scribe_domain::ids::Position;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One event as a line of an export, without the line's end. Header and payload stand in it byte for byte.
pub fn export_line(kept: &Kept) -> String {
    // Stores keep only single values without a line break around or within, so that this is one line.
    format!(
        r#"{{"position":{},"starts_append":{},"header":{},"payload":{}}}"#,
        kept.position, kept.starts_append, kept.header, kept.payload
    )
}

/// Reads such a line back.
pub(super) fn read_line(line: &str) -> Result<Kept, String> {
    let Line { position, starts_append, header, payload } =
        serde_json::from_str(line).map_err(|error| super::told::in_one_line(&error))?;
    Ok(Kept { position, starts_append, header: header.get().into(), payload: payload.get().into() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    position: Position,
    starts_append: bool,
    #[serde(borrow)]
    header: &'a RawValue,
    #[serde(borrow)]
    payload: &'a RawValue,
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
            payload: r#"{"text":"\u00e9 é"}"#.into(),
        };
        let line = export_line(&kept);
        assert_eq!(
            line,
            r#"{"position":7,"starts_append":true,"header":{"type":"noted", "odd" : 1.50},"payload":{"text":"\u00e9 é"}}"#
        );
        assert_eq!(read_line(&line), Ok(kept));
    }

    #[test]
    fn anything_else_is_no_line_of_an_export() {
        for (line, why) in [
            ("", "EOF while parsing a value at column 0"),
            ("{}", "missing field `position` at column 2"),
            (
                r#"{"position":1,"starts_append":true,"header":{},"payload":{},"more":1}"#,
                "unknown field `more`, expected one of `position`, `starts_append`, `header`, `payload` at column 66",
            ),
        ] {
            assert_eq!(read_line(line).unwrap_err(), why);
        }
    }
}

//! Words in a header: display strings (RFC 9651 §3.3.8).

/// Writes one. Commas are encoded too, so that a reader may split a dictionary at them.
pub(crate) fn written(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'%' | b'"' | b',' | 0..b' ' | 0x7f.. => format!("%{byte:02x}"),
        _ => char::from(byte).to_string(),
    });
    format!("%\"{}\"", encoded.collect::<String>())
}

/// Reads one; `None` if it is not one.
pub fn read(written: &str) -> Option<String> {
    let mut rest = written.strip_prefix("%\"")?.strip_suffix('"')?;
    let mut bytes = Vec::new();
    while let Some((plain, encoded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        bytes.push(u8::from_str_radix(encoded.get(..2)?, 16).ok()?);
        rest = encoded.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads() {
        for text in ["", "no login", "100 %, \"quoted\"", "näh\n\u{7f}"] {
            let written = written(text);
            assert!(written.is_ascii() && !written.contains(','), "{written}");
            assert_eq!(read(&written).as_deref(), Some(text));
        }
        assert_eq!(written("a, ä"), "%\"a%2c %c3%a4\"");
        for broken in ["", "x", "%", "%\"", "\"x\"", "%\"%2\"", "%\"%xx\"", "%\"%ff\"", "%\"%é\""] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}

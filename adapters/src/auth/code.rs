//! A code that people type: eight letters, in two groups of four.

use std::io;

use crate::chance;

/// What it is made of: no vowels, so that no words come about, and no letters that look alike.
pub const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters it has.
const LENGTH: usize = 8;

/// A new one.
pub fn draw() -> io::Result<String> {
    let mut code = String::new();
    while code.len() < LENGTH {
        for byte in chance::bytes::<16>()? {
            // 240 is twelve times twenty: each letter is as likely as any other.
            if byte < 240 && code.len() < LENGTH {
                code.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
    }
    Ok(code)
}

/// What somebody typed, without what stands between its letters.
pub fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).take(2 * LENGTH).collect()
}

/// As people read it.
pub fn spaced(code: &str) -> String {
    code.split_at_checked(LENGTH / 2).map_or_else(|| code.to_owned(), |(one, other)| format!("{one}-{other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = draw().unwrap();
        assert!(code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter)), "{code}");
        let typed = spaced(&code);
        assert_eq!(
            (typed.len(), plain(&typed), plain(&format!(" {} ", typed.to_lowercase()))),
            (9, code.clone(), code)
        );
        assert_eq!(
            (plain("1-!"), spaced("BC"), plain(&"b".repeat(99)).len()),
            (String::new(), "BC".into(), 16)
        );
    }
}

//! What a line printed: its digest, and the end of it as a text that may enter the record.

use std::collections::VecDeque;

use scribe_domain::text::Text;
use scribe_domain::values::Digest;
use sha2::{Digest as _, Sha256};

use crate::cli::common::mask::Masks;
use crate::cli::common::terminal::code_point;

/// How much of the end enters the record.
pub(super) const EXCERPT: usize = 4 << 10;
/// How much of the end is kept until then: secrets are masked before it is cut, so that none is cut in
/// two and half of it missed.
const TAIL: usize = 64 << 10;

/// Everything that a line has printed so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    digest: Sha256,
    tail: VecDeque<u8>,
    length: u64,
}

impl Output {
    /// One more piece, in the order of arrival.
    pub(super) fn add(&mut self, piece: &[u8]) {
        self.digest.update(piece);
        self.length += piece.len() as u64;
        self.tail.extend(&piece[piece.len().saturating_sub(TAIL)..]);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
    }

    /// The digest of all of it.
    pub(super) fn digest(&self) -> Digest {
        Digest(self.digest.clone().finalize().into())
    }

    /// The end of it, with secrets masked and without anything that could forge a terminal's output.
    pub(super) fn excerpt(&self, masks: &Masks) -> Option<Text> {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let mut whole = String::from_utf8_lossy(&tail).into_owned();
        if self.length > TAIL as u64
            && let Some(first_end) = whole.find('\n').filter(|end| *end < TAIL / 2)
        {
            // The first line may lack its beginning, by which a secret in it would be known.
            whole.drain(..=first_end);
        }
        let shown = made_visible(&masks.mask(&made_plain(&whole)));
        let mut start = shown.len().saturating_sub(EXCERPT);
        while !shown.is_char_boundary(start) {
            start += 1;
        }
        let text = match start {
            0 if self.length <= TAIL as u64 => shown,
            _ => format!("[… the end of {} bytes]\n{}", self.length, &shown[start..]),
        };
        Text::new(text.trim_end()).ok()
    }
}

/// Without the colours and cursor movements that programs paint with, so that they hide no secret.
fn made_plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\u{1b}' if rest.peek() == Some(&'[') => {
                rest.next();
                // A control sequence ends with a byte of its own range (ECMA-48 §5.4).
                let mut length = 0;
                while rest.peek().is_some_and(|c| matches!(c, ' '..='?')) && length < 64 {
                    rest.next();
                    length += 1;
                }
                rest.next_if(|c| matches!(c, '@'..='~'));
            }
            c => plain.push(c),
        }
    }
    plain
}

/// With a sign in place of each character that a text may not have.
fn made_visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            // Unicode has a picture for each of ASCII's control characters.
            '\u{0}'..='\u{1f}' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            c if Text::new(format!("x{c}")).is_ok() => shown.push(c),
            c => shown.push_str(&code_point(c)),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(pieces: &[&[u8]]) -> Option<String> {
        let mut output = Output::default();
        for piece in pieces {
            output.add(piece);
        }
        output.excerpt(&Masks::default()).map(|text| text.to_string())
    }

    #[test]
    fn the_digest_is_of_every_byte_however_it_came() {
        let mut output = Output::default();
        output.add(b"ab");
        output.add(b"c");
        assert_eq!(output.digest(), Digest::of(b"abc"));
    }

    #[test]
    fn what_could_forge_output_is_made_visible() {
        assert_eq!(excerpt(&[b"\x1b[31mred\x1b[0m\r\n"]).as_deref(), Some("red"));
        assert_eq!(
            excerpt(&[b"10%\r20%\x07 \xff \xe2\x80\xae x"]).as_deref(),
            Some("10%␍20%␇ \u{fffd} <U+202E> x")
        );
        assert_eq!(excerpt(&[b" \n"]), None);
        assert_eq!(excerpt(&[]), None);
    }

    #[test]
    fn only_the_end_is_kept_and_it_says_so() {
        let long = excerpt(&[b"begin ", &[b'x'; 5_000], "é end".as_bytes()]).unwrap();
        assert!(long.starts_with("[… the end of 5012 bytes]\nxxx"), "{long}");
        assert!(long.ends_with("xé end") && !long.contains("begin"));
    }

    #[test]
    fn a_secret_is_masked_also_where_the_end_begins_or_colours_split_it() {
        let mut printed = b"x\n".repeat(100);
        printed.extend(b"-----BEGIN PRIVATE KEY-----\n");
        printed.extend([&[b'M'; 64][..], b"\n"].concat().repeat(70));
        printed.extend(b"-----END PRIVATE KEY-----\n\x1b[1mpass\x1b[0mword=\x1b[31mhunter2\x1b[0m\n");
        let kept = excerpt(&[&printed]).unwrap();
        assert!(kept.ends_with("x\n[masked]\npassword=[masked]"), "{kept}");
    }

    #[test]
    fn a_key_longer_than_what_is_kept_is_masked_too() {
        let mut printed = b"-----BEGIN PRIVATE KEY-----\n".to_vec();
        printed.extend([&[b'M'; 64][..], b"\n"].concat().repeat(2_000));
        printed.extend(b"-----END PRIVATE KEY-----\ndone\n");
        let kept = excerpt(&[&printed]).unwrap();
        assert!(kept.ends_with("]\n[masked]\ndone"), "{kept}");
    }
}

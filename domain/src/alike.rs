//! When two names are one: of people, programs, components, scopes of holds. Whoever compares names asks here.
//!
//! The rule is the comparison of nicknames of RFC 8266 (compatibility forms, letter case and runs of white space
//! count for nothing), made stricter where that lets one person look like two:
//!
//! - what nobody sees counts for nothing (Unicode's default-ignorable and format characters, blanks that are none);
//! - neither does white space, save between two digits: `AdaOkafor` is Ada Okafor, `node 1 1` is not `node 11`;
//! - letter case is folded in full (`ß` is `ss`, a final sigma a sigma), and Greek loses its accents, as its
//!   capitals do;
//! - letters beyond ASCII that look the same are the same, whatever their script, by the skeletons of Unicode
//!   Technical Standard 39. Look-alikes within ASCII (`l` and `I`, `rn` and `m`) stay apart: real people's names
//!   differ so.
//!
//! Where two pairs of eyes are asked for, [`may_be_one_person`](crate::alike::may_be_one_person) is stricter still: `ada.okafor` and `José` may be Ada
//! Okafor and `Jose`. Where it errs, it takes two for one, and an approval is refused. Nicknames, transliterations
//! (`Jörg`, `Joerg`), parts of a name in another order and two accounts of one human are not found out.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::Hasher;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Whether both are one name.
pub fn same(one: &str, other: &str) -> bool {
    one == other || compare(one, other) == Ordering::Equal
}

/// An order in which names that are one are equal.
pub fn compare(one: &str, other: &str) -> Ordering {
    match (one.is_ascii(), other.is_ascii()) {
        (true, true) => plain(one).cmp(plain(other)),
        (true, false) => plain(one).cmp(folded(other).bytes()),
        (false, true) => folded(one).bytes().cmp(plain(other)),
        (false, false) => folded(one).cmp(&folded(other)),
    }
}

/// Feeds a hasher with what names that are one have in common.
pub fn hash<H: Hasher>(name: &str, state: &mut H) {
    if name.is_ascii() {
        plain(name).for_each(|byte| state.write_u8(byte));
    } else {
        folded(name).bytes().for_each(|byte| state.write_u8(byte));
    }
    state.write_u8(0xff);
}

/// Whether both may be one person's: where two people must have seen something, this is what makes them two. Stricter
/// than [`same`] on whoever looks like somebody else, and no order: one name may be close to two that are apart.
///
/// Punctuation, symbols, diacritics and the `+tag` of an address count for nothing, digits are digits in any script,
/// and letters are compared as they are written too, before their case is folded: a capital may look like
/// another's though its small letter does not.
pub fn may_be_one_person(one: &str, other: &str) -> bool {
    if same(one, other) {
        return true;
    }
    let (ones, others) = (skims(one), skims(other));
    ones.iter().any(|skim| !skim.is_empty() && others.contains(skim))
}

/// What somebody who reads over a name takes from it: as written, and with its letter case folded.
fn skims(name: &str) -> [String; 2] {
    let name = without_tag(name);
    let written: String = name.nfkd().filter(|c| !is_unseen(*c)).map(drawn).map(looks).collect();
    let plain = name.nfkd().filter(|c| !is_diacritic(*c)).map(drawn).collect::<String>();
    [letters_of(&written.to_lowercase()), letters_of(&folded(&plain))]
}

/// An address without what its mailbox is told apart by (RFC 5233).
fn without_tag(name: &str) -> Cow<'_, str> {
    match name.split_once('@').and_then(|(mailbox, host)| Some((mailbox.split_once('+')?.0, host))) {
        Some((mailbox, host)) if !mailbox.is_empty() => format!("{mailbox}@{host}").into(),
        _ => name.into(),
    }
}

fn letters_of(text: &str) -> String {
    text.nfkd().filter(|c| !is_diacritic(*c) && (c.is_alphanumeric() || is_combining_mark(*c))).collect()
}

/// A mark that European letters bear; those of other scripts may be vowels.
fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The letter or digit that a sign is drawn as: digits of any script, small capitals, boxed letters, flags' letters.
fn drawn(c: char) -> char {
    const SMALL_CAPITALS: &str = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz";
    if c.is_ascii() {
        return c;
    }
    let boxed = [0x1f150_u32, 0x1f170, 0x1f1e6].into_iter().find_map(|first| {
        let letter = u32::from(c).checked_sub(first).filter(|place| *place < 26)?;
        char::from_u32(u32::from('a') + letter)
    });
    let small = || SMALL_CAPITALS.chars().skip_while(|one| *one != c).nth(1);
    boxed.or_else(small).or_else(|| digit(c)).unwrap_or(c)
}

/// The ASCII digit of a digit in any script: each has them in a row, from its zero on.
pub(crate) fn digit(c: char) -> Option<char> {
    let is_digit = |c| CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::DecimalNumber;
    if c.is_ascii() {
        return None;
    }
    let place = u32::from(c);
    let before = (1..=10).take_while(|back| char::from_u32(place - back).is_some_and(is_digit)).count();
    is_digit(c).then(|| char::from_digit(u32::try_from(before).ok()? % 10, 10)).flatten()
}

/// A name as it is written down: without white space around it, and one space for each run within.
pub fn tidy(name: &str) -> Cow<'_, str> {
    let is_tidy = name.split(' ').all(|word| !word.is_empty() && !word.contains(char::is_whitespace));
    if is_tidy { name.into() } else { name.split_whitespace().collect::<Vec<_>>().join(" ").into() }
}

/// Whether a character leaves no mark where it stands: white space, blanks, joiners, format characters, and what
/// can be no character at all.
pub fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_graphic();
    }
    // A Braille cell without dots is a symbol to Unicode, and a blank to whoever looks.
    c == '\u{2800}'
        || c.is_whitespace()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            GeneralCategory::Format | GeneralCategory::Control
        )
}

/// Whether there is nothing to see in a text.
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(is_unseen)
}

/// What counts of an ASCII name. Nearly all are, and they are compared all the time: nothing is copied.
fn plain(name: &str) -> impl Iterator<Item = u8> + '_ {
    let bytes = name.as_bytes();
    let counts = move |(at, byte): &(usize, &u8)| !byte.is_ascii_whitespace() || parts_digits(bytes, *at);
    bytes.iter().enumerate().filter(counts).map(|(_, byte)| match byte {
        byte if byte.is_ascii_whitespace() => b' ',
        byte => byte.to_ascii_lowercase(),
    })
}

/// Whether the white space here is the first of what keeps two numbers apart.
fn parts_digits(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    before.is_some_and(u8::is_ascii_digit)
        && bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(u8::is_ascii_digit)
}

/// What counts of a name in any letters.
fn folded(name: &str) -> String {
    let seen = |c: char| match c {
        c if c.is_whitespace() || c == '\u{2800}' => Some(' '),
        // Arabic letters are stretched by these, and no others.
        '\u{640}' | '\u{7fa}' => None,
        c if is_unseen(c) => None,
        c => Some(c),
    };
    let letters = name.chars().filter_map(seen).nfkd();
    // Up and down again: only so `ß` meets `SS`, and `ς` its `Σ`.
    let folded =
        letters.flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let folded = without_marks_that_capitals_lose(folded.nfkd());
    let folded = looking(&folded);
    if folded.is_ascii() { plain(&folded).map(char::from).collect() } else { spaced(&folded) }
}

/// Greek capitals have no accents, and a dotted capital İ is an `i` with a dot too many.
fn without_marks_that_capitals_lose(letters: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    let mut base = ' ';
    for c in letters {
        match c {
            '\u{300}'..='\u{36f}' if matches!(base, '\u{370}'..='\u{3ff}') => continue,
            '\u{307}' if base == 'i' => continue,
            c if !is_combining_mark(c) => base = c,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The name in Latin letters, if each of its letters looks like one, as a small letter or as a capital; and else what
/// its letters look like.
fn looking(folded: &str) -> String {
    let found = latin(folded.chars()).or_else(|| latin(folded.chars().flat_map(char::to_uppercase)));
    found.unwrap_or_else(|| folded.chars().map(looks).collect())
}

fn latin(letters: impl Iterator<Item = char>) -> Option<String> {
    let mut out = String::new();
    for c in letters {
        match c {
            c if c.is_ascii() || is_combining_mark(c) => out.push(c),
            // Like an `l` to Unicode, but it is the capital of an `i`.
            '\u{399}' | '\u{406}' => out.push('i'),
            c => {
                let like = looks(c);
                let is_latin = like.chars().all(|c| c.is_ascii() || is_combining_mark(c));
                if !is_latin && c.is_alphabetic() {
                    return None;
                }
                out.push_str(&like);
            }
        }
    }
    out.make_ascii_lowercase();
    Some(out)
}

/// What a character beyond ASCII looks like.
fn looks(c: char) -> Cow<'static, str> {
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    if c.is_ascii() { text.to_owned().into() } else { skeleton(text).collect::<String>().into() }
}

/// White space only between digits.
fn spaced(folded: &str) -> String {
    let mut out = String::new();
    let mut space = false;
    for c in folded.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) && c.is_numeric() && out.ends_with(char::is_numeric) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;

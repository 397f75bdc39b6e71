//! Validated text.
//!
//! Control characters can forge terminal output, and bidirectional controls can make a shell line
//! read differently from what it does ("Trojan Source", CVE-2021-42574). Neither may enter a record
//! that people will read as evidence, so they are refused at the door, with the offender named. In prose the
//! harmless ones of the latter stay: marks, and isolates that end in the line in which they begin.

use std::fmt;
use std::sync::Arc;

use serde::de;

use crate::alike;

/// Why a text was refused; reads as the end of a sentence that begins with the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing that can be seen.
    #[error("must not be empty")]
    Empty,
    /// More characters than the type allows.
    #[error("has {actual} characters; at most {limit} are allowed")]
    TooLong {
        /// How many characters it has.
        actual: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A character that could forge or hide output.
    #[error("contains the forbidden character U+{:04X} ({what}) at character {place}", u32::from(*.found))]
    Forbidden {
        /// The character.
        found: char,
        /// What kind of character it is.
        what: &'static str,
        /// Its place, counted in characters from 1.
        place: usize,
    },
}

/// Where a text stands, and so what may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One line.
    Line,
    /// Lines of prose.
    Prose,
    /// What a shell reads: what stands in it must be what is seen.
    Shell,
}

fn check(text: &str, limit: usize, form: Form) -> Result<(), TextError> {
    // Every byte is looked at, also after one that is not plain: so it becomes a few vector instructions,
    // and nearly all texts are plain.
    let plain = text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte));
    if if plain { text.trim().is_empty() } else { alike::shows_nothing(text) } {
        return Err(TextError::Empty);
    }
    if text.len() > limit {
        let actual = text.chars().count();
        if actual > limit {
            return Err(TextError::TooLong { actual, limit });
        }
    }
    if plain {
        return Ok(());
    }
    // Isolates that are open in this line.
    let mut open: Vec<usize> = Vec::new();
    let unbalanced = |found, index: usize| TextError::Forbidden {
        found,
        what: "bidirectional isolate without its other end in the line",
        place: index + 1,
    };
    for (index, found) in text.chars().enumerate() {
        if let Some(what) = forbidden(found, form) {
            return Err(TextError::Forbidden { found, what, place: index + 1 });
        }
        match found {
            '\u{2066}'..='\u{2068}' => open.push(index),
            '\u{2069}' if open.pop().is_none() => return Err(unbalanced(found, index)),
            '\n' if !open.is_empty() => break,
            _ => {}
        }
    }
    match open.first() {
        Some(first) => Err(unbalanced(text.chars().nth(*first).unwrap_or('\u{2068}'), *first)),
        None => Ok(()),
    }
}

fn forbidden(c: char, form: Form) -> Option<&'static str> {
    match c {
        '\n' | '\t' if form != Form::Line => None,
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' if form == Form::Line => {
            Some("line break in a one-line field")
        }
        '\u{2028}' | '\u{2029}' => Some("line break that a shell does not see"),
        // These turn letters around whatever stands beside them.
        '\u{202a}'..='\u{202e}' => Some("bidirectional control"),
        // Hebrew and Arabic need these to read right among other letters; a command never does.
        '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' if form == Form::Shell => {
            Some("bidirectional control")
        }
        '\u{feff}' => Some("byte order mark"),
        c if c.is_control() => Some("control character"),
        c if is_noncharacter(c) => Some("noncharacter"),
        _ => None,
    }
}

/// What Unicode promises never to be a character, so that programs use it for marks of their own.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// A text with its line ends as they are kept, whatever machine it comes from: `\n`. `None` if it has no other.
fn line_ends(text: &str, form: Form) -> Option<String> {
    let ends: &[char] = match form {
        Form::Line => return None,
        Form::Prose => &['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'],
        // A lone CR goes back over what was written, and is no line end to a shell.
        Form::Shell => &[],
    };
    let marked = if form == Form::Prose { text.strip_prefix('\u{feff}') } else { None };
    let body = marked.unwrap_or(text);
    if marked.is_none() && !body.contains("\r\n") && !body.contains(ends) {
        return None;
    }
    let body = body.replace("\r\n", "\n");
    Some(if ends.is_empty() { body } else { body.replace(ends, "\n") })
}

/// A text that an older program took and this one would refuse, as it can be read: what shows nothing, and what is
/// no character, is replaced. `None` if that is not what is wrong with it.
pub(crate) fn mended(text: &str) -> Option<String> {
    if !text.is_empty() && alike::shows_nothing(text) {
        return Some(char::REPLACEMENT_CHARACTER.to_string());
    }
    let odd = |c: char| is_noncharacter(c) || matches!(c, '\u{2028}' | '\u{2029}');
    text.contains(odd).then(|| text.replace(odd, "\u{fffd}"))
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident($kept:ty), limit: $limit:literal, form: $form:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(#[schemars(length(min = 1, max = $limit))] $kept);

        impl $name {
            /// The most characters that this kind of text may have.
            pub const LIMIT: usize = $limit;

            /// Checks a text; it is kept exactly as given, but for line ends, which are all `\n`.
            pub fn new(text: impl Into<$kept>) -> Result<Self, TextError> {
                let mut text: $kept = text.into();
                if let Some(kept) = line_ends(&text, Form::$form) {
                    text = kept.into();
                }
                check(&text, $limit, Form::$form)?;
                Ok(Self(text))
            }

            /// The text as given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                // What is piped into an argument ends as lines do, and that is no part of it.
                let line = if Form::$form == Form::Line { text.trim_end_matches(['\r', '\n']) } else { text };
                Self::new(line)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;
                impl de::Visitor<'_> for Reader {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Reader)
            }
        }
    };
}

text_type!(
    /// One line that names an incident.
    Title(Box<str>), limit: 200, form: Line
);
text_type!(
    /// Prose: one or more lines.
    Text(Box<str>), limit: 20_000, form: Prose
);
text_type!(
    /// A short label: a component, a host, a team, a label's value. Few different ones fill a record, so
    /// copies share their bytes.
    Label(Arc<str>), limit: 500, form: Line
);
text_type!(
    /// A shell line or query that somebody proposes to run or ran, byte for byte
    /// but for line ends of CR and LF.
    ShellLine(Box<str>), limit: 10_000, form: Shell
);
text_type!(
    /// Where something can be found: an address (`https://…`) or another locator.
    Locator(Box<str>), limit: 2_000, form: Line
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_exactly_as_given() {
        let given = "  zwei Zeilen\n\tmit Ümläuten 🚒 ";
        assert_eq!(Text::new(given).unwrap().as_str(), given);
    }

    #[test]
    fn what_could_forge_output_is_refused_by_name_and_place() {
        let told = |r: Result<Title, TextError>| r.unwrap_err().to_string();
        assert_eq!(
            told(Title::new("ok\u{202e}txt.exe")),
            "contains the forbidden character U+202E (bidirectional control) at character 3"
        );
        assert_eq!(
            told(Title::new("a\u{1b}[31m")),
            "contains the forbidden character U+001B (control character) at character 2"
        );
        assert_eq!(
            told(Title::new("a\nb")),
            "contains the forbidden character U+000A (line break in a one-line field) at character 2"
        );
        assert_eq!(told(Title::new(" \t ")), "must not be empty");
        assert_eq!(told(Title::new("x".repeat(201))), "has 201 characters; at most 200 are allowed");
    }

    #[test]
    fn what_shows_nothing_is_empty() {
        for unseen in ["\u{200b}", "\u{2800}\u{2800}", "\u{3164} ", "\u{ad}\u{e0020}", "\u{200f}", "\u{fff9}"]
        {
            assert_eq!(Title::new(unseen), Err(TextError::Empty), "{unseen:?}");
            assert_eq!(Text::new(unseen), Err(TextError::Empty), "{unseen:?}");
            assert_eq!(Label::new(unseen), Err(TextError::Empty), "{unseen:?}");
        }
        assert!(Title::new("\u{200b}.").is_ok());
    }

    #[test]
    fn line_ends_are_line_ends() {
        let kept = |text: &str| Text::new(text).unwrap().as_str().to_owned();
        assert_eq!(kept("a\r\nb\rc\u{2028}d\u{85}e\r\n"), "a\nb\nc\nd\ne\n");
        assert_eq!(kept("a\u{c}b\u{b}c"), "a\nb\nc");
        assert_eq!(kept("\u{feff}a"), "a");
        assert_eq!(ShellLine::new("a\r\nb").unwrap().as_str(), "a\nb");
        for bad in ["a\rb", "a\u{2028}b", "a\u{85}b"] {
            assert!(ShellLine::new(bad).is_err(), "{bad:?}");
        }
        assert!(Title::new("a\r\n").is_err());
        assert_eq!("a\r\n".parse::<Title>().unwrap().as_str(), "a");
        assert!("a\r\nb".parse::<Title>().is_err());
    }

    #[test]
    fn hebrew_and_arabic_have_their_marks_and_a_shell_line_has_none() {
        for good in [
            "\u{200f}שלום\u{200e}",
            "\u{61c}سلام",
            "\u{2067}שלום\u{2069} a \u{2068}b\u{2066}c\u{2069}\u{2069}",
        ] {
            assert!(
                Title::new(good).is_ok() && Text::new(good).is_ok() && Label::new(good).is_ok(),
                "{good:?}"
            );
            assert!(ShellLine::new(good).is_err(), "{good:?}");
        }
        let told = |text: &str| Text::new(text).unwrap_err().to_string();
        let end = "(bidirectional isolate without its other end in the line) at character";
        assert_eq!(told("a\u{2067}b"), format!("contains the forbidden character U+2067 {end} 2"));
        assert_eq!(told("a\u{2069}"), format!("contains the forbidden character U+2069 {end} 2"));
        assert_eq!(told("a\u{2066}b\nc\u{2069}"), format!("contains the forbidden character U+2066 {end} 2"));
        assert!(Text::new("a\u{202b}b\u{202c}").is_err());
        assert!(told("a\u{ffff}").contains("noncharacter"));
        assert!(told("a\u{1fffe}").contains("noncharacter"));
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(Title::new("é".repeat(200)).is_ok());
        assert!(Title::new("é".repeat(201)).is_err());
    }
}

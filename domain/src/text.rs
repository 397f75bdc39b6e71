//! Validated text.
//!
//! Control characters can forge terminal output, and bidirectional overrides can make a shell line
//! read differently from what it does ("Trojan Source", CVE-2021-42574). Neither may enter a record
//! that people will read as evidence, so they are refused at the door, with the offender named.

use std::fmt;
use std::sync::Arc;

use serde::de;

/// Why a text was refused; reads as the end of a sentence that begins with the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
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

fn check(text: &str, limit: usize, multiline: bool) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > limit {
        let actual = text.chars().count();
        if actual > limit {
            return Err(TextError::TooLong { actual, limit });
        }
    }
    // Every byte is looked at, also after one that is not plain: so it becomes a few vector instructions,
    // and nearly all texts are plain.
    if text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte)) {
        return Ok(());
    }
    for (index, found) in text.chars().enumerate() {
        if let Some(what) = forbidden(found, multiline) {
            return Err(TextError::Forbidden { found, what, place: index + 1 });
        }
    }
    Ok(())
}

fn forbidden(c: char, multiline: bool) -> Option<&'static str> {
    match c {
        '\n' | '\t' if multiline => None,
        '\n' | '\r' | '\u{2028}' | '\u{2029}' if !multiline => Some("line break in a one-line field"),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' => {
            Some("bidirectional control")
        }
        '\u{feff}' => Some("byte order mark"),
        c if c.is_control() => Some("control character"),
        _ => None,
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident($kept:ty), limit: $limit:literal, multiline: $multiline:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(#[schemars(length(min = 1, max = $limit))] $kept);

        impl $name {
            /// The most characters that this kind of text may have.
            pub const LIMIT: usize = $limit;

            /// Checks a text; it is kept exactly as given.
            pub fn new(text: impl Into<$kept>) -> Result<Self, TextError> {
                let text = text.into();
                check(&text, $limit, $multiline)?;
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
                Self::new(text)
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
    Title(Box<str>), limit: 200, multiline: false
);
text_type!(
    /// Prose: one or more lines.
    Text(Box<str>), limit: 20_000, multiline: true
);
text_type!(
    /// A short label: a component, a host, a team, a label's value. Few different ones fill a record, so
    /// copies share their bytes.
    Label(Arc<str>), limit: 500, multiline: false
);
text_type!(
    /// A shell line or query that somebody proposes to run or ran, byte for byte.
    ShellLine(Box<str>), limit: 10_000, multiline: true
);
text_type!(
    /// Where something can be found: an address (`https://…`) or another locator.
    Locator(Box<str>), limit: 2_000, multiline: false
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
    fn the_limit_counts_characters_not_bytes() {
        assert!(Title::new("é".repeat(200)).is_ok());
        assert!(Title::new("é".repeat(201)).is_err());
    }
}

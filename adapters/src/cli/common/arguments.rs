//! Arguments that several subcommands take.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, Error};
use scribe_domain::text::Text;

use super::desk::Desk;
use super::failure::Failure;

/// A reason, where it may be left out.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Why
    #[arg(short, long, value_name = "TEXT")]
    pub why: Option<String>,
}

impl Why {
    /// The reason as a text that may enter the record.
    pub fn text(&self, desk: &Desk) -> Result<Option<Text>, Failure> {
        desk.some_text("--why", self.why.as_deref())
    }
}

/// A text behind everything else of a command, which may be left out; it can be given as an option too.
macro_rules! spoken {
    ($(#[$about:meta])* $name:ident, $option:literal, $doc:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, Args)]
        pub struct $name {
            #[doc = $doc]
            #[arg(value_name = "TEXT")]
            said: Option<String>,
            /// The same, as an option
            #[arg(long = $option, value_name = "TEXT", conflicts_with = "said", hide = true)]
            as_option: Option<String>,
        }

        impl $name {
            /// The words as a text that may enter the record.
            pub fn text(&self, desk: &Desk) -> Result<Option<Text>, Failure> {
                desk.some_text("the text", self.said.as_deref().or(self.as_option.as_deref()))
            }
        }
    };
}

/// The same of a text that must be there.
macro_rules! needed {
    ($(#[$about:meta])* $name:ident, $option:literal, $doc:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, Args)]
        pub struct $name {
            #[doc = $doc]
            #[arg(value_name = "TEXT", required_unless_present = "as_option")]
            said: Option<String>,
            /// The same, as an option
            #[arg(long = $option, value_name = "TEXT", conflicts_with = "said", hide = true)]
            as_option: Option<String>,
        }

        impl $name {
            /// The words as a text that may enter the record.
            pub fn text(&self, desk: &Desk) -> Result<Text, Failure> {
                let said = self.said.as_deref().or(self.as_option.as_deref());
                desk.text("the text", said.unwrap_or_default())
            }
        }
    };
}

spoken!(
    /// A reason, behind everything else.
    Because, "why", "Why"
);
spoken!(
    /// What did it.
    How, "how", "What did it"
);
spoken!(
    /// How it ended.
    Ending, "summary", "How it ended"
);
spoken!(
    /// What came of something.
    Outcome, "outcome", "What came of it"
);
spoken!(
    /// What showed something.
    Shown, "text", "What showed it"
);
spoken!(
    /// How something is known.
    Known, "note", "How it is known"
);
needed!(
    /// A reason that must be given.
    Reason, "why", "Why"
);

/// Reads one of a vocabulary's words, in whatever case, and lets clap list and complete them.
macro_rules! word {
    ($vocabulary:ty) => {{
        let words = <$vocabulary>::ALL.iter().map(|word| word.as_str()).collect();
        $crate::cli::common::arguments::Word::<$vocabulary>::of(words)
    }};
}
pub(in crate::cli) use word;

/// Reads a word of a vocabulary.
#[derive(Clone)]
pub struct Word<T> {
    words: Vec<&'static str>,
    read: PhantomData<fn() -> T>,
}

impl<T> Word<T> {
    /// One of these.
    pub fn of(words: Vec<&'static str>) -> Self {
        Self { words, read: PhantomData }
    }
}

impl<T: FromStr + Clone + Send + Sync + 'static> TypedValueParser for Word<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let text = value.to_str();
        let begun = |text| by_beginning(text, &self.words);
        if let Some(word) = text.and_then(|text| text.parse().ok().or_else(|| begun(text)?.parse().ok())) {
            return Ok(word);
        }
        // clap's own words for what is none of them, with the nearest.
        let none = PossibleValuesParser::new(self.words.clone()).parse_ref(command, arg, value);
        Err(none.err().unwrap_or_else(|| Error::new(ErrorKind::InvalidValue).with_cmd(command)))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

/// The one of these words that begins so.
pub fn by_beginning<'a>(typed: &str, words: &[&'a str]) -> Option<&'a str> {
    let typed = typed.trim().to_ascii_lowercase();
    let mut fitting = words.iter().filter(|word| !typed.is_empty() && word.starts_with(&typed));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    }
}

/// One of these words, which clap lists and completes.
pub fn one_of(words: impl IntoIterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

//! Arguments that several subcommands take.

use clap::Args;
use clap::builder::PossibleValuesParser;
use scribe_domain::text::Text;

use super::desk::Desk;
use super::failure::Failure;

/// A reason, where it may be left out.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

impl Why {
    /// The reason as a text that may enter the record.
    pub fn text(&self, desk: &Desk) -> Result<Option<Text>, Failure> {
        desk.some_text("--why", self.why.as_deref())
    }
}

/// Reads one of a vocabulary's words, and lets clap list and complete them.
macro_rules! word {
    ($vocabulary:ty) => {{
        let words = <$vocabulary>::ALL.iter().map(|word| word.as_str());
        clap::builder::TypedValueParser::try_map($crate::cli::common::arguments::one_of(words), |word| {
            word.parse::<$vocabulary>()
        })
    }};
}
pub(in crate::cli) use word;

/// One of these words, which clap lists and completes.
pub fn one_of(words: impl IntoIterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

//! What a server says while it runs, on stderr.

use std::env;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::terminal::Colour;

/// The variable that says in which form.
const FORM: &str = "SCRIBE_LOG_FORMAT";

/// In which form it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

impl Form {
    /// As `SCRIBE_LOG_FORMAT` says.
    pub(super) fn told() -> Result<Self, Failure> {
        Self::read(env::var_os(FORM).unwrap_or_default().to_string_lossy().trim())
    }

    fn read(told: &str) -> Result<Self, Failure> {
        match told {
            "" | "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(Failure::new(
                Kind::BadInput,
                format!("{FORM} is {other:?}, which is no form of a log"),
                format!("set {FORM} to text or json, or leave it out: then it is text"),
            )),
        }
    }
}

/// Says whatever `SCRIBE_LOG` asks for, but no secrets.
pub(super) fn start(form: Form) {
    let filter = EnvFilter::try_from_env("SCRIBE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = filter.and(filter_fn(may_be_said));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match form {
        Form::Text => lines.with_ansi(Colour::Auto.on_stderr()).with_filter(filter).boxed(),
        Form::Json => lines.with_ansi(false).json().flatten_event(true).with_filter(filter).boxed(),
    };
    // Somebody who embeds this may have installed a listener of their own; theirs stays.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Whether something may be said at all.
///
/// What libraries say in detail holds whatever goes through them: headers with passwords, and texts of
/// incidents. So only this program's own words may be asked for in detail.
fn may_be_said(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let is_ours = target.strip_prefix("scribe").is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    is_ours || *event.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_text_or_json_and_nothing_else() {
        let read = |told: &str| Form::read(told).map_err(|failure| failure.message);
        assert_eq!((read(""), read("text"), read("json")), (Ok(Form::Text), Ok(Form::Text), Ok(Form::Json)));
        let bad = read("xml").unwrap_err();
        assert!(bad.contains("SCRIBE_LOG_FORMAT is \"xml\""), "{bad}");
    }
}

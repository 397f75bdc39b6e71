//! What a server says while it runs, on stderr.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::cli::common::terminal::Colour;

/// Says whatever `SCRIBE_LOG` asks for, but no secrets.
pub(super) fn start() {
    let filter = EnvFilter::try_from_env("SCRIBE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(Colour::Auto.on_stderr())
        .with_writer(std::io::stderr)
        .with_filter(filter.and(filter_fn(may_be_said)));
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

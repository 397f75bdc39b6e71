//! Filters over `$all`.

use fancy_regex::Regex;
use tonic::Status;

use crate::log::Record;
use crate::proto::event_store::client::streams::read_req::options::FilterOptions;
use crate::proto::event_store::client::streams::read_req::options::filter_options::{
    Expression, Filter as Wire, Window,
};

/// How many records the real server reads at a time, and so the window of a filter without one.
pub(crate) const PAGE: usize = 32;

/// What passes, and how far a page may look for it.
#[derive(Debug)]
pub(crate) struct Filter {
    by_stream: bool,
    test: Test,
    /// The most records that are looked at before the client is told how far that was.
    pub(crate) window: usize,
    /// After how many looked-at records a subscription gets a checkpoint.
    pub(crate) interval: usize,
}

#[derive(Debug)]
enum Test {
    Prefixes(Vec<String>),
    Regex(Regex),
}

impl Filter {
    pub(crate) fn new(options: FilterOptions) -> Result<Self, Status> {
        let (by_stream, expression) = match options.filter {
            Some(Wire::StreamIdentifier(expression)) => (true, expression),
            Some(Wire::EventType(expression)) => (false, expression),
            None => return Err(Status::invalid_argument("the filter has neither streams nor event types")),
        };
        let window = match options.window {
            Some(Window::Max(max)) => usize::try_from(max).unwrap_or(usize::MAX),
            Some(Window::Count(_)) => PAGE,
            None => return Err(Status::invalid_argument("'None' is not a valid WindowOneofCase")),
        };
        let multiplier = usize::try_from(options.checkpoint_interval_multiplier).unwrap_or(usize::MAX);
        if multiplier == 0 || window == 0 {
            return Err(crate::refuse::unforeseen());
        }
        let interval = window.saturating_mul(multiplier);
        Ok(Self { by_stream, test: Test::new(expression)?, window, interval })
    }

    pub(crate) fn passes(&self, record: &Record) -> bool {
        let text = if self.by_stream { &record.stream } else { &record.event.kind };
        match &self.test {
            Test::Prefixes(prefixes) => prefixes.iter().any(|prefix| text.starts_with(prefix)),
            Test::Regex(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}

impl Test {
    /// The real server's expressions are .NET's, which look around; clients leave out system events by that.
    fn new(expression: Expression) -> Result<Self, Status> {
        if expression.regex.is_empty() {
            return Ok(Self::Prefixes(expression.prefix));
        }
        Regex::new(&expression.regex).map(Self::Regex).map_err(|_| crate::refuse::unforeseen())
    }
}

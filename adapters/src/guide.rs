//! The guide, a page a topic, in the program: for `scribe help TOPIC`, on a machine that has nothing else.
//!
//! The pages are the files of `adapters/guide`. Tests run their examples, make their tables, follow their links, and
//! look whether each is listed here.

/// A page of the guide.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// What follows `scribe help`.
    pub name: &'static str,
    /// The page, in Markdown.
    text: &'static str,
}

/// Every page, in reading order.
pub const TOPICS: &[Topic] = &[
    page("tour", include_str!("../guide/tour.md")),
    page("incident", include_str!("../guide/incident.md")),
    page("install", include_str!("../guide/install.md")),
    page("commands", include_str!("../guide/commands.md")),
    page("times", include_str!("../guide/times.md")),
    page("words", include_str!("../guide/words.md")),
    page("runs", include_str!("../guide/runs.md")),
    page("doors", include_str!("../guide/doors.md")),
    page("asvs", include_str!("../guide/asvs.md")),
    page("http", include_str!("../guide/http.md")),
    page("problems", include_str!("../guide/problems.md")),
    page("inbound", include_str!("../guide/inbound.md")),
    page("history", include_str!("../guide/history.md")),
    page("auditing", include_str!("../guide/auditing.md")),
    page("ledger", include_str!("../guide/ledger.md")),
    page("time-stamps", include_str!("../guide/time-stamps.md")),
    page("erasing", include_str!("../guide/erasing.md")),
    page("backups", include_str!("../guide/backups.md")),
    page("cluster", include_str!("../guide/cluster.md")),
    page("outage", include_str!("../guide/outage.md")),
    page("clocks", include_str!("../guide/clocks.md")),
    page("moving", include_str!("../guide/moving.md")),
    page("metrics", include_str!("../guide/metrics.md")),
    page("settings", include_str!("../guide/settings.md")),
];

const fn page(name: &'static str, text: &'static str) -> Topic {
    Topic { name, text }
}

/// The page with this name, if there is one.
pub fn topic(name: &str) -> Option<Topic> {
    TOPICS.iter().find(|topic| topic.name == name).copied()
}

impl Topic {
    /// Its heading.
    pub fn title(self) -> &'static str {
        self.text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default()
    }

    /// The page as it is read: without the marks that only tests look at.
    pub fn page(self) -> String {
        let mut page = String::with_capacity(self.text.len());
        let mut is_after_empty = false;
        for line in self.text.lines().filter(|line| !line.starts_with("<!--")) {
            // Where a mark stood between two empty lines, one is enough.
            if line.is_empty() && is_after_empty {
                continue;
            }
            is_after_empty = line.is_empty();
            // Behind a fence's language stands what a test does with it.
            let shown = if line.starts_with("```") { line.split(' ').next().unwrap_or(line) } else { line };
            page.push_str(shown);
            page.push('\n');
        }
        page
    }
}

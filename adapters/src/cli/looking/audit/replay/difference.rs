//! Two forms of a view that should be one.

use std::fmt;

use serde_json::Value;

/// Characters of a line that are worth showing.
const SHOWN: usize = 160;

/// A view that is served otherwise than the record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    view: String,
    line: usize,
    served: String,
    rebuilt: String,
}

impl Difference {
    /// Where two forms of a view first differ; `None` if they are the same bytes.
    pub(super) fn between(view: &str, served: &[u8], rebuilt: &[u8]) -> Option<Self> {
        if served == rebuilt {
            return None;
        }
        let (served, rebuilt) = (lines(served), lines(rebuilt));
        let place = served.iter().zip(&rebuilt).position(|(one, other)| one != other);
        let place = place.unwrap_or_else(|| served.len().min(rebuilt.len()));
        let shown = |lines: &[String]| match lines.get(place) {
            Some(line) => line.trim().chars().take(SHOWN).collect(),
            None if place < served.len().max(rebuilt.len()) => "(ends here)".to_owned(),
            None => "(the same content in other bytes)".to_owned(),
        };
        Some(Self {
            view: view.to_owned(),
            line: place + 1,
            served: shown(&served),
            rebuilt: shown(&rebuilt),
        })
    }

    /// A view that only one side has.
    pub(super) fn missing(view: &str, served: bool) -> Self {
        let (there, absent) = ("(there)".to_owned(), "(no such view)".to_owned());
        let (served, rebuilt) = if served { (there, absent) } else { (absent, there) };
        Self { view: view.to_owned(), line: 1, served, rebuilt }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "differs: {}, line {}", self.view, self.line)?;
        writeln!(f, "  served:  {}", self.served)?;
        write!(f, "  rebuilt: {}", self.rebuilt)
    }
}

/// JSON is served in one line; to say where it differs, each value gets its own.
fn lines(view: &[u8]) -> Vec<String> {
    let pretty =
        serde_json::from_slice::<Value>(view).ok().and_then(|json| serde_json::to_string_pretty(&json).ok());
    let text = pretty.unwrap_or_else(|| String::from_utf8_lossy(view).into_owned());
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(served: &str, rebuilt: &str) -> Option<String> {
        Difference::between("board", served.as_bytes(), rebuilt.as_bytes()).map(|found| found.to_string())
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(shown(r#"{"a":1}"#, r#"{"a":1}"#), None);
        assert_eq!(
            shown(r#"{"a":1,"b":[1,2]}"#, r#"{"a":1,"b":[1,3]}"#).unwrap(),
            "differs: board, line 5\n  served:  2\n  rebuilt: 3"
        );
        assert_eq!(
            shown("# x\ny", "# x").unwrap(),
            "differs: board, line 2\n  served:  y\n  rebuilt: (ends here)"
        );
        assert!(shown(r#"{"a":1}"#, r#"{ "a":1}"#).unwrap().contains("other bytes"));
    }
}

//! Texts and times that do not fit, made to.
//!
//! Labels are whatever somebody's templates made of them. A record that people read as evidence takes
//! no control characters, yet an alert must not get lost over one: such characters are replaced, long
//! texts are cut, and a note says so.

use chrono::{DateTime, Datelike, Utc};
use scribe_domain::alike;
use scribe_domain::text::{Label, Locator, Text, TextError};
use scribe_domain::when::When;

/// A text that fits, made from one that may not; `None` when there is nothing in it.
pub fn label(text: &str, what: &str, notes: &mut Vec<String>) -> Option<Label> {
    Label::new(fitting(text, Label::LIMIT, false, what, notes)?).ok()
}

/// A text of at most `limit` characters, made from one that may have more; `None` when there is nothing in it.
/// Replaces what a record doesn't take, and cuts what is too long.
pub fn fitting(
    text: &str,
    limit: usize,
    multiline: bool,
    what: &str,
    notes: &mut Vec<String>,
) -> Option<String> {
    if alike::shows_nothing(text) {
        return None;
    }
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let fits = if multiline { Text::new(text.as_str()).is_ok() } else { Label::new(text.as_str()).is_ok() };
    if fits && text.chars().count() <= limit {
        return Some(text.clone());
    }
    let mut replaced = false;
    let mut fitting: String = text
        .chars()
        .map(|c| match c {
            '\n' | '\t' if multiline => c,
            '\n' | '\t' => ' ',
            c if is_forbidden(c) => {
                replaced = true;
                char::REPLACEMENT_CHARACTER
            }
            c => c,
        })
        .collect();
    if replaced {
        notes.push(format!("{what} had forbidden characters, which were replaced"));
    }
    if fitting.chars().count() > limit {
        fitting = fitting.chars().take(limit - 1).chain(['…']).collect();
        notes.push(format!("{what} was cut to {limit} characters"));
    }
    Some(fitting)
}

/// The domain decides what is forbidden; here it is only asked, one character at a time.
fn is_forbidden(c: char) -> bool {
    !c.is_ascii_graphic() && matches!(Label::new(format!("x{c}")), Err(TextError::Forbidden { .. }))
}

/// A cut address leads elsewhere, so one that doesn't fit is left out.
pub fn locator(url: &str, what: &str, notes: &mut Vec<String>) -> Option<Locator> {
    if url.trim().is_empty() {
        return None;
    }
    let locator = Locator::new(url);
    if let Err(error) = &locator {
        notes.push(format!("{what} {error} and was left out"));
    }
    locator.ok()
}

/// A time that does not read is unknown, which is a time that can be told. The year 1 is Go's "not set".
pub fn moment(text: &str, what: &str, notes: &mut Vec<String>) -> When {
    let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) else {
        notes.push(format!("{what} is not a time"));
        return When::Unknown;
    };
    let at = at.with_timezone(&Utc);
    if at.year() == 1 {
        return When::Unknown;
    }
    When::parse(&When::second(at).to_string(), None).unwrap_or_else(|error| {
        notes.push(format!("{what}: {error}"));
        When::Unknown
    })
}

//! What is told where clocks disagree about when something was recorded.

use scribe_domain::clocks::Positions;
use scribe_projections::document::{Block, Span, Tone};

use super::response::with_member;

/// What stands at the top of a page; nothing where nothing is disputed.
pub(super) fn banner(disputed: &[Positions]) -> Option<Block> {
    let spans: Vec<String> = disputed.iter().map(ToString::to_string).collect();
    let last = spans.len().checked_sub(1)?;
    let named = match &spans[..last] {
        [] => spans[last].clone(),
        others => format!("{} and {}", others.join(", "), spans[last]),
    };
    let words = format!(
        "Clocks disagree about when this was recorded: recorded times are disputed at position {named} of the record, \
         and a question about a moment may leave out what had been recorded by then."
    );
    Some(Block::Quote(vec![Span::Tone(Tone::Warning, words)]))
}

/// A view's JSON with a member `disputed` at its beginning, if something is and it is an object.
pub(super) fn marked(json: Vec<u8>, disputed: &[Positions]) -> Vec<u8> {
    if disputed.is_empty() {
        return json;
    }
    let said = serde_json::to_string(disputed).unwrap_or_default();
    with_member(json, "disputed", &said)
}

#[cfg(test)]
mod tests {
    use scribe_domain::ids::Position;
    use scribe_projections::document::unformed;

    use super::*;

    fn span(first: u64, last: u64) -> Positions {
        Positions { first: Position(first), last: Position(last) }
    }

    #[test]
    fn what_is_disputed_stands_first_and_nothing_is_said_where_nothing_is() {
        assert_eq!(banner(&[]), None);
        let Some(Block::Quote(words)) = banner(&[span(2, 5), span(7, 7)]) else { panic!("a quote") };
        assert!(unformed(&words).contains("at position 2..5 and 7 of the record"), "{words:?}");
        let marked = |json: &str, spans: &[Positions]| {
            String::from_utf8(super::marked(json.as_bytes().to_vec(), spans)).unwrap()
        };
        assert_eq!(marked(r#"{"a":1}"#, &[]), r#"{"a":1}"#);
        let mark = r#""disputed":[{"first":2,"last":5}]"#;
        assert_eq!(marked(r#"{"a":1}"#, &[span(2, 5)]), format!(r#"{{{mark},"a":1}}"#));
        assert_eq!(marked("{}", &[span(2, 5)]), format!("{{{mark}}}"));
        assert_eq!(marked("[]", &[span(2, 5)]), "[]");
    }
}

//! Which of the forms that are offered the caller wants: `?format=` first, else the Accept header, else the first.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::http::problem::Problem;
use crate::http::spec::Format;

/// Picks a form: what `?format=` says, else the offered one that Accept weighs most.
pub(crate) fn negotiate(
    asked: Option<Format>,
    headers: &HeaderMap,
    offered: &[Format],
) -> Result<Format, Problem> {
    let none = || Problem::NotAcceptable {
        offered: offered.iter().map(|format| format.word()).collect::<Vec<_>>().join(", "),
    };
    if let Some(asked) = asked {
        return offered.contains(&asked).then_some(asked).ok_or_else(none);
    }
    let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accept.is_empty() {
        return offered.first().copied().ok_or_else(none);
    }
    let ranges: Vec<(&str, f32)> = accept.iter().flat_map(|line| line.split(',')).map(range).collect();
    let weigh = |format: Format| {
        let (main, _) = format.media_type().split_once('/').unwrap_or_default();
        let exactness = |range: &str| match range.split_once('/') {
            _ if range.eq_ignore_ascii_case(format.media_type()) => 3,
            Some((kind, "*")) if kind.eq_ignore_ascii_case(main) => 2,
            Some(("*", "*")) => 1,
            _ => 0,
        };
        // The most exact range that covers a form decides over it, whatever the wider ones say.
        ranges
            .iter()
            .map(|(range, weight)| (exactness(range), *weight))
            .filter(|(exactness, _)| *exactness > 0)
            .max_by_key(|(exactness, _)| *exactness)
            .map_or(0.0, |(_, weight)| weight)
    };
    let mut best = None;
    for format in offered.iter().copied() {
        let weight = weigh(format);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((format, weight));
        }
    }
    best.map(|(format, _)| format).ok_or_else(none)
}

fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
    (range, weight.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::http::spec::VIEW;

    fn pick(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        negotiate(None, &headers, VIEW).ok().map(Format::word)
    }

    #[test]
    fn the_accept_header_is_weighed() {
        assert_eq!(pick("*/*"), Some("json"));
        assert_eq!(pick("text/markdown"), Some("markdown"));
        assert_eq!(pick("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some("html"));
        assert_eq!(pick("application/json;q=0.2, text/plain;q=0.5"), Some("text"));
        assert_eq!(pick("text/*"), Some("text"));
        assert_eq!(pick("application/json;q=0, */*;q=0.1"), Some("text"));
        assert_eq!(pick("image/png"), None);
    }

    #[test]
    fn the_query_is_stronger_than_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("image/png"));
        assert_eq!(negotiate(Some(Format::Text), &headers, VIEW).ok(), Some(Format::Text));
        assert!(negotiate(Some(Format::Csv), &headers, VIEW).is_err());
    }
}

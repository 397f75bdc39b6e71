//! What people might write: prose, names, shell lines, times; hostile ones too.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::select;

use crate::text::Text;
use crate::when::{Precision, When};

/// Any prose that may be recorded.
pub fn prose() -> impl Strategy<Value = String> {
    any::<String>()
        .prop_filter("may be recorded", |words| words.len() < 400 && Text::new(words.as_str()).is_ok())
}

/// What things are called, for things that are to meet.
pub fn plain_name() -> impl Strategy<Value = String> {
    one_of(&["imports", "mail", "all"])
}

/// A line that might be run; few, so that approvals meet what they approve.
pub fn plain_line() -> impl Strategy<Value = String> {
    one_of(&["uptime", "kubectl rollout undo deploy/importer", "psql -c 'select 1'"])
}

/// One line of words that try to be something else: a script, a link, a heading, a formula.
pub fn hostile_line() -> impl Strategy<Value = String> {
    proptest::collection::vec(one_of(HOSTILE), 1..4).prop_map(|parts| parts.join(" "))
}

/// One or two paragraphs of [`hostile_line`]s.
pub fn hostile_prose() -> impl Strategy<Value = String> {
    let two = (hostile_line(), hostile_line()).prop_map(|(first, second)| format!("{first}\n\n{second}"));
    prop_oneof![hostile_line(), two]
}

/// Words that nobody else uses, for the event at this place.
pub fn own_words(place: usize) -> String {
    format!("secret{place}zq")
}

/// Any time that may be recorded.
pub fn when() -> impl Strategy<Value = When> {
    let moment = (0..7_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_filter_map("in range", |(seconds, nanos)| DateTime::<Utc>::from_timestamp(seconds, nanos));
    let to_the_minute = (0..110_000_000_i64)
        .prop_filter_map("in range", |minutes| DateTime::<Utc>::from_timestamp(minutes * 60, 0));
    prop_oneof![
        Just(When::Unknown),
        moment.prop_map(|at| When::At(at, Precision::Second)),
        to_the_minute.clone().prop_map(|at| When::At(at, Precision::Minute)),
        to_the_minute.clone().prop_map(|at| When::At(at, Precision::About)),
        to_the_minute.clone().prop_filter_map("a day", |at| When::precisely(at, Precision::Day).ok()),
        (to_the_minute, 1..5_000_i64)
            .prop_map(|(at, long)| When::At(at, Precision::Span(at + TimeDelta::minutes(long)))),
    ]
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</style></title><script src=//evil>",
    "[click](javascript:alert(1))",
    "`` ` ``",
    "a | b || c",
    "# heading",
    "- 1. > + =",
    "---",
    "\\",
    "&lt;&#60;script",
    "\" onmouseover=\"alert(1)",
    "=HYPERLINK(\"//evil\")",
    "日本語のとても長い言葉",
    "é\u{301}🚒👩‍🚒",
    "https://example.org/a/very/long/address?with=parameters&and=more",
    "words that say something",
    "   spaces   within   ",
    "javascript:alert(1)",
    "![img](x)",
    "~~*_$x$_*~~",
];

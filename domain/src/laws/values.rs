//! Times, texts, ids and names.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::actor::Person;
use crate::ids::IncidentId;
use crate::testing::words::when;
use crate::text::{Label, ShellLine, Text};
use crate::when::When;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_time_reads_back(when in when()) {
        prop_assert_eq!(when.to_string().parse::<When>(), Ok(when));
    }

    #[test]
    fn what_is_read_as_a_time_is_stored_as_the_same(
        text in "(about |~)?[12][0-9]{3}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{0,12})?)?( ?Z| ?[+-][01][0-9]:[0-6][0-9]| America/New_York| Africa/Monrovia)"
    ) {
        if let Ok(when) = When::parse(&text, None) {
            prop_assert_eq!(when.to_string().parse::<When>(), Ok(when), "{:?}", text);
        }
    }

    #[test]
    fn any_text_at_all_is_a_time_or_told_why_not(text in any::<String>()) {
        let _ = When::parse(&text, None);
    }

    #[test]
    fn text_is_kept_exactly_but_for_line_ends_or_refused(
        text in prop_oneof![any::<String>(), "[a\r\n\u{85}\u{2028}\u{feff}\u{2066}\u{2069}]{0,6}"]
    ) {
        let unix = text.replace("\r\n", "\n");
        if let Ok(kept) = Text::new(text.as_str()) {
            let unix = unix.strip_prefix('\u{feff}').unwrap_or(&unix);
            prop_assert_eq!(kept.as_str(), unix.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n"));
            prop_assert_eq!(Text::new(kept.as_str()), Ok(kept));
        }
        if let Ok(kept) = ShellLine::new(text.as_str()) {
            prop_assert_eq!(kept.as_str(), &unix);
        }
        if let Ok(kept) = Label::new(text.as_str()) {
            prop_assert_eq!(kept.as_str(), &text);
            let forges = text.contains(['\n', '\r', '\u{1b}', '\u{202e}']);
            prop_assert!(!forges, "{text:?}");
        }
    }

    #[test]
    fn every_title_makes_an_id(title in any::<String>(), day in 0..80_000_i32, attempt in 1..100_000_u32) {
        let date = NaiveDate::from_epoch_days(day).unwrap();
        let id = IncidentId::derive(date, &title, attempt);
        prop_assert_eq!(id.as_str().parse::<IncidentId>(), Ok(id));
    }

    #[test]
    fn the_same_person_is_the_same_everywhere(one in name(), other in name()) {
        prop_assert_eq!(one == other, one.cmp(&other).is_eq());
        if one == other {
            prop_assert_eq!(hash(&one), hash(&other));
        }
        let again = Person::new(one.as_str()).unwrap();
        prop_assert_eq!(again.as_str(), one.as_str());
    }
}

fn name() -> impl Strategy<Value = Person> {
    let few = proptest::sample::select(vec!["ada", "Ada", " ADA", "A\u{200b}da", "\u{c4}da", "\u{e4}da"]);
    prop_oneof![few.prop_map(str::to_owned), any::<String>()]
        .prop_filter_map("a name", |name| Person::new(&name).ok())
}

fn hash(person: &Person) -> u64 {
    let mut hasher = DefaultHasher::new();
    person.hash(&mut hasher);
    hasher.finish()
}

//! `scribe help`: the guide in the program.

use std::collections::BTreeSet;

use scribe::guide::{TOPICS, topic};
use scribe_tests::program::Program;

use crate::pages::for_users;

#[test]
fn every_page_of_the_guide_is_a_topic_and_each_is_listed() {
    let pages: BTreeSet<String> = for_users()
        .iter()
        .filter(|page| page.path.starts_with("adapters/guide"))
        .map(|page| page.path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let topics: BTreeSet<String> = TOPICS.iter().map(|topic| topic.name.to_owned()).collect();
    assert_eq!(pages, topics, "adapters/src/guide.rs lists every page of adapters/guide");
    let list = Program::new().ok(&["help"]);
    for topic in TOPICS {
        assert!(!topic.title().is_empty(), "{} begins with a heading", topic.name);
        assert!(list.contains(&format!("  {:11}  {}", topic.name, topic.title())), "{}: {list}", topic.name);
    }
}

#[test]
fn help_shows_a_topic_a_command_or_what_there_is() {
    let program = Program::new();
    let times = program.ok(&["help", "times"]);
    assert!(times.starts_with("# ") && !times.contains("<!--"), "{times}");
    assert!(
        program.ok(&["help", "runs"]).contains("\n```console\n$ scribe run "),
        "fences show their language only"
    );
    assert_eq!(program.ok(&["help", "role", "assign"]), program.ok(&["role", "assign", "--help"]));
    assert_eq!(program.ok(&["help", "declare"]), program.ok(&["declare", "--help"]));
    let outcome = program.run(&["help", "nonsense"]);
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    assert!(outcome.stderr.contains("hint: ") && outcome.stderr.contains("scribe help"), "{outcome:?}");
}

#[test]
fn no_topic_hides_a_command() {
    let program = Program::new();
    for topic in TOPICS {
        let outcome = program.run(&[topic.name, "--help"]);
        assert_eq!(outcome.code, Some(2), "{} is a command too", topic.name);
    }
    assert!(topic("nonsense").is_none());
}

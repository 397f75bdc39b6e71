//! Who is who, on the command line: a directory of people, what it is for, and that it goes where the record goes.

use scribe_tests::program::Program;
use serde_json::json;

use super::place::RECORDS;

/// A directory of two, and a chat account.
fn told() -> Program {
    let program = Program::of(RECORDS);
    let say = |args: &[&str]| program.ok(&[&["--as", "Root Example"], args].concat());
    say(&["person", "add", "Ada Okafor", "--since", "2024-03-01", "--team", "payments"]);
    say(&["person", "add", "Bob Long"]);
    say(&["person", "link", "Ada Okafor", "slack:U1", "--since", "2024-03-01"]);
    say(&["person", "rename", "Ada Okafor", "Ada King", "--since", "2025-06-01", "--why", "She married."]);
    program
}

#[test]
fn the_directory_is_told_put_right_and_looked_at_as_of_any_moment() {
    let program = told();
    let list = program.ok(&["person", "list"]);
    for words in ["Ada King", "also Ada Okafor", "payments", "since 2024-03-01", "slack:U1", "Bob Long"] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert!(program.ok(&["person", "show", "ada okafor"]).starts_with("Ada King\n"));
    let then = program.json(&["person", "show", "Ada King", "--occurred-by", "2025-01-01T00:00Z"]);
    assert_eq!((&then["name"], &then["accounts"]), (&json!("Ada Okafor"), &json!(["slack:U1"])));
    program.ok(&["person", "team", "Ada King", "mail", "on call"]);
    program.ok(&["person", "team", "Bob Long", "--none"]);
    program.ok(&["person", "left", "Bob Long", "--at", "2026-01-31"]);
    program.ok(&["person", "unlink", "Ada King", "slack:U1", "--never", "--why", "It is Bob's."]);
    program.ok(&["person", "link", "Bob Long", "slack:U1", "--since", "unknown"]);
    let bob = program.json(&["person", "show", "Bob Long"]);
    assert_eq!(
        (&bob["has_left"], &bob["left"], &bob["links"][0]["since"]),
        (&json!(true), &json!("2026-01-31"), &json!("unknown"))
    );
    program.ok(&["person", "left", "Bob Long", "--not"]);
    program.ok(&["person", "left", "Bob Long", "--since", "2020-01-01"]);
    let bob = program.json(&["person", "show", "Bob Long"]);
    assert_eq!((&bob["has_left"], &bob["since"]), (&json!(false), &json!("2020-01-01")));
    program.ok(&["person", "merge", "Bob Lnog", "Bob Long", "A slip."]);
    assert!(program.ok(&["person", "list"]).contains("written Bob Lnog"));
    program.ok(&["person", "part", "Bob Lnog"]);
    assert!(!program.ok(&["person", "list"]).contains("Lnog"));
    let acts = program.ok(&["audit", "acts"]);
    assert!(
        acts.contains("merged Bob Lnog into Bob Long: A slip.") && acts.contains("never was Ada King's"),
        "{acts}"
    );
    assert!(program.ok(&["audit", "verify"]).contains("all of it holds"));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let program = told();
    let count = program.count();
    let mut refused = Vec::new();
    for (args, code, words) in [
        (&["person", "link", "Bob Long", "slack:U1"][..], 3, "scribe person unlink \"Ada King\" slack:U1"),
        (&["person", "link", "Bob Long", "U1"], 2, "SERVICE:ID"),
        (&["person", "link", "Bob Lnog", "slack:U2"], 3, "did you mean Bob Long?"),
        (&["person", "show", "Zac"], 3, "nobody called Zac"),
        (&["person", "rename", "Bob Long", "Ada Okafor"], 3, "Ada King"),
        (
            &["person", "unlink", "Bob Long", "slack:U1", "--never", "--until", "yesterday"],
            2,
            "cannot be used with",
        ),
        (
            &["--on-behalf-of", "slack:U9", "--as", "integration:slack", "declare", "Slow"],
            3,
            "slack:U9 is not linked to anybody",
        ),
        (
            &["--on-behalf-of", "token:0f3a", "--as", "integration:slack", "declare", "Slow"],
            2,
            "something else here",
        ),
    ] {
        let outcome = program.run(args);
        if outcome.code != Some(code) || !outcome.stderr.contains(words) {
            refused.push(format!("{args:?}: {words}: {outcome:?}"));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(program.count(), count, "something was recorded");
}

#[test]
fn who_is_who_counts_where_two_must_have_looked_and_goes_with_the_record() {
    let program = told();
    let say = |who: &str, args: &[&str]| program.run(&[&["--as", who], args].concat());
    assert_eq!(say("Ada Okafor", &["declare", "Checkout is slow"]).code, Some(0));
    assert_eq!(say("Ada Okafor", &["propose", "@", "--shell", "uptime"]).code, Some(0));
    for args in [
        &["--as", "Ada King", "approve", "@", "1", "--yes"][..],
        &["--as", "integration:slack", "--on-behalf-of", "slack:U1", "approve", "@", "1", "--yes"],
    ] {
        let refused = program.run(args);
        assert_eq!(refused.code, Some(3), "{args:?}: {refused:?}");
        assert!(refused.stderr.contains("is Ada Okafor, who proposed run 1"), "{refused:?}");
    }
    let noted = say("integration:slack", &["--on-behalf-of", "slack:U1", "note", "From the chat."]);
    assert_eq!(noted.code, Some(0), "{noted:?}");
    let note = program.events().into_iter().find(|event| event["kind"] == "noted").expect("the note");
    assert_eq!(note["actor"]["on_behalf_of"], "Ada King", "{note}");
    assert_eq!(say("Bob Long", &["approve", "@", "1", "--yes"]).code, Some(0));
    // It is in the export, and so wherever that is restored.
    let export = program.ok(&["export"]);
    assert!(export.contains("account_linked") && export.contains("\"people\""), "{export}");
    let copy = Program::of(RECORDS);
    let file = copy.folder().join("export.jsonl");
    std::fs::write(&file, &export).expect("the export");
    copy.ok(&["restore", file.to_str().expect("a path")]);
    assert_eq!(people(&copy), people(&program));
    let again = copy.run(&["--as", "Ada King", "approve", "@", "1", "--yes"]);
    assert_eq!(again.code, Some(3), "{again:?}");
}

#[test]
fn an_approval_by_another_name_of_ones_own_is_flagged_once_it_is_known() {
    let program = told();
    let say = |who: &str, args: &[&str]| program.ok(&[&["--as", who], args].concat());
    say("Bob Long", &["declare", "Checkout is slow"]);
    say("Bob Long", &["propose", "@", "--shell", "uptime"]);
    say("Ada Kign", &["approve", "@", "1", "--yes"]);
    let flagged = |args: &[&str]| {
        let audit = program.json(&[&["audit", "runs"], args].concat());
        audit["runs"][0]["flags"].as_array().is_some_and(|flags| flags.contains(&json!("self_approved")))
    };
    assert!(!flagged(&[]) && !flagged(&["--incident", "@"]));
    let before = program.events().last().expect("an event")["recorded_at"].clone();
    say("Root Example", &["person", "merge", "Ada Kign", "Bob Long"]);
    assert!(flagged(&[]) && flagged(&["--incident", "@"]));
    let before = before.as_str().expect("a moment");
    assert!(!flagged(&["--as-of", before]) && !flagged(&["--as-of", before, "--incident", "@"]));
    assert!(program.ok(&["audit", "replay"]).contains("identical"));
}

/// Everybody, whenever it is asked.
fn people(program: &Program) -> serde_json::Value {
    program.json(&["person", "list"])["people"].clone()
}

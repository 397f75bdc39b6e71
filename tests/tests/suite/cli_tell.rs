//! What the API takes, the command line can tell, whether or not somebody gave it a subcommand.

use std::collections::BTreeSet;

use scribe_domain::command::Command;
use scribe_tests::program::Program;
use serde_json::Value;

use crate::http::telling::a_life;

/// A field as it is typed: a list's once an item, a field of a field in brackets.
fn typed(name: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(field, value)| typed(&format!("{name}[{field}]"), value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| typed(name, item, into)),
        Value::String(text) => into.push(format!("{name}={text}")),
        other => into.push(format!("{name}={other}")),
    }
}

#[test]
fn every_command_is_told_by_its_name() {
    let program = Program::new();
    let declare = |title: &str| {
        let declared = program.json(&["--as", "Zac", "declare", title, "--occurred", "2026-03-01T08:00Z"]);
        declared["incident"].as_str().expect("an id").to_owned()
    };
    let (id, other) = (declare("List import problems"), declare("Everything is slow"));
    program.ok(&["--as", "Zac", "tell", &other, "upgrade", "to=public"]);
    let (mut note, mut handed) = (Value::Null, Value::Null);
    let mut told = BTreeSet::new();
    for (command, body) in a_life(&other) {
        let (mut fields, mut occurred): (_, Option<&str>) = (Vec::new(), None);
        let mut speaker = if matches!(command, "approve-run" | "decline-run") { "Ada" } else { "Zac" };
        for (name, value) in body.as_object().expect("fields") {
            match (name.as_str(), command) {
                ("actor", _) => speaker = value.as_str().expect("a name"),
                ("occurred", other) if other != "correct" => occurred = value.as_str(),
                ("cause.source", _) => {}
                ("target", "correct-holder") => typed(name, &handed, &mut fields),
                ("target", _) => typed(name, &note, &mut fields),
                ("cites", _) => typed(name, &Value::from(vec![note.clone()]), &mut fields),
                ("digest", "approve-run") => {
                    typed(name, &program.json(&["audit", "runs"])["runs"][0]["digest"], &mut fields);
                }
                _ => typed(name, value, &mut fields),
            }
        }
        let mut line = vec!["--as", speaker, "tell", &id, command];
        line.extend(fields.iter().map(String::as_str));
        line.extend(occurred.into_iter().flat_map(|occurred| ["--occurred", occurred]));
        let receipt = program.json(&line);
        assert!(!receipt["events"].as_array().expect("events").is_empty(), "{line:?} added nothing");
        match command {
            "note" => note = receipt["events"][0].clone(),
            "hand-off" => handed = receipt["events"][0].clone(),
            _ => {}
        }
        told.insert(command);
    }
    let all: BTreeSet<&str> = Command::NAMES.iter().copied().filter(|name| *name != "declare").collect();
    assert_eq!(told, all);
}

#[test]
fn what_a_command_takes_is_said_where_a_field_is_wrong() {
    let program = Program::new();
    program.ok(&["declare", "Slow"]);
    for (line, error) in [
        (&["regroup"][..], "findings: is missing"),
        (&["regroup", "findings=x", "outlook=y"], "outlook: unknown field"),
        (&["acknowledge-page", "page=one"], "\"one\" is not a number"),
    ] {
        let refused = program.run(&[&["tell", "@"], line].concat());
        assert_eq!(refused.code, Some(4), "{refused:?}");
        assert!(refused.stderr.contains(error), "{refused:?}");
        assert!(refused.stderr.contains(&format!("hint: {} takes\n", line[0])), "{refused:?}");
    }
    let refused = program.run(&["tell", "@", "regroup", "findings"]);
    assert!(refused.stderr.contains("write FIELD=VALUE"), "{refused:?}");
    let told = program.run_with(&["tell", "@", "regroup", "findings=-"], b"It is the pool.\n");
    assert!(told.stdout.contains("regrouped: It is the pool."), "{told:?}");
    assert_eq!(program.count(), 2);
}

//! Checkpoints and proofs, kept and checked without the record; keys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use scribe_tests::program::{Outcome, Program};

use super::file::{ID, holds, notes, record};

fn at(program: &Program, name: &str) -> String {
    program.folder().join(name).to_str().unwrap().to_owned()
}

/// A command line of somebody who has no record.
fn elsewhere(program: &Program, args: &[&str]) -> Outcome {
    let none = at(program, "no-such-folder");
    let outcome = program.run(&[&["--data", &none], args].concat());
    assert!(!fs::exists(none).unwrap(), "whoever checks a file needs no folder");
    outcome
}

fn key(program: &Program) -> String {
    program.ok(&["audit", "key"]).trim().to_owned()
}

#[test]
fn an_events_proof_holds_without_the_record_and_no_other_does() {
    let program = record(3);
    let event = program.events()[2]["id"].as_str().unwrap().to_owned();
    let (proof, key) = (at(&program, "event.tlog-proof"), key(&program));
    program.ok(&["audit", "prove", &event, "--output", &proof]);
    let by_position = program.ok(&["audit", "prove", "3"]);
    assert_eq!(fs::read_to_string(&proof).unwrap(), by_position);

    let outcome = elsewhere(&program, &["audit", "verify", "--proof", &proof, "--key", &key]);
    holds(&outcome);
    assert!(outcome.stdout.starts_with("proven: position 3 of the record scribe/"), "{outcome:#?}");
    assert!(outcome.stdout.contains(r#"payload {"text":"Note 1 of the afternoon."}"#), "{outcome:#?}");

    fs::write(&proof, by_position.replace("index 2", "index 1")).unwrap();
    let outcome = elsewhere(&program, &["audit", "verify", "--proof", &proof, "--key", &key]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.starts_with("NOT PROVEN: "), "{outcome:#?}");
    fs::write(&proof, &by_position).unwrap();
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let outcome = elsewhere(&program, &["audit", "verify", "--proof", &proof, "--key", stranger]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    fs::write(&proof, "not a proof").unwrap();
    assert_eq!(elsewhere(&program, &["audit", "verify", "--proof", &proof, "--key", &key]).code, Some(4));
    assert_eq!(program.run(&["audit", "prove", "99"]).code, Some(3));
    assert_eq!(program.run(&["audit", "prove", "9c858901-8a57-4791-81fe-4c455b099bc9"]).code, Some(3));
}

#[test]
fn a_record_that_grew_is_told_from_another() {
    let program = record(3);
    let (old, new, proof) = (at(&program, "old"), at(&program, "new"), at(&program, "proof.json"));
    let key = key(&program);
    program.ok(&["audit", "checkpoint", "--save", &old]);
    notes(&program, 4);
    program.ok(&["audit", "checkpoint", "--save", &new]);
    let said = program.ok(&["audit", "consistency", &old, &new, "--key", &key, "--save", &proof]);
    assert_eq!(said, "consistent: the record of 4 events grew to 8, and nothing before was changed\n");
    let files = ["audit", "consistency", &old, &new, "--key", &key, "--proof", &proof];
    holds(&elsewhere(&program, &files));

    let turned = ["audit", "consistency", &new, &old, "--key", &key];
    assert_eq!(program.run(&turned).code, Some(1));
    let text = fs::read_to_string(&proof).unwrap();
    fs::write(&proof, text.replacen("sha256:0", "sha256:1", 1).replacen("sha256:a", "sha256:b", 1)).unwrap();
    let text = text.replace("\"old_size\":4", "\"old_size\":3");
    fs::write(at(&program, "other.json"), text).unwrap();
    let other = at(&program, "other.json");
    let outcome =
        elsewhere(&program, &["audit", "consistency", &old, &new, "--key", &key, "--proof", &other]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    // A saved checkpoint is not overwritten by a later one.
    assert_eq!(program.run(&["audit", "checkpoint", "--save", &old]).code, Some(4));
}

#[test]
fn a_key_that_took_over_is_believed_through_the_record() {
    let program = record(2);
    let first = key(&program);
    let (before, change) = (at(&program, "before"), at(&program, "change"));
    program.ok(&["audit", "checkpoint", "--save", &before]);
    fs::write(&change, program.ok(&["audit", "rotate-key"])).unwrap();
    let second = key(&program);
    assert_ne!(first, second);
    assert_eq!(program.ok(&["audit", "key", "--all"]), format!("{second}\n{first}\n"));
    // One change for each size of the record.
    let outcome = program.run(&["audit", "rotate-key"]);
    assert_ne!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(key(&program), second);

    notes(&program, 2);
    for key in [&first, &second] {
        let said = program.ok(&["audit", "verify", "--key", key, "--checkpoint", &before]);
        assert!(said.contains("all of it holds"), "{said}");
    }
    // Without the record, the change itself leads from one to the other.
    let proof = at(&program, "growth");
    program.ok(&["audit", "consistency", &before, &change, "--key", &first, "--save", &proof]);
    let after = at(&program, "after");
    program.ok(&["audit", "checkpoint", "--save", &after]);
    holds(&program.run(&["audit", "consistency", &change, &after, "--key", &first]));
    assert_eq!(program.run(&["audit", "consistency", &before, &after, "--key", &first]).code, Some(4));
    let modes: Vec<u32> = fs::read_dir(program.data())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with("ledger.key"))
        .map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600, 0o600]);
}

#[test]
fn a_key_that_others_could_read_signs_nothing() {
    let program = record(1);
    program.ok(&["audit", "checkpoint"]);
    fs::set_permissions(program.data().join("ledger.key"), fs::Permissions::from_mode(0o644)).unwrap();
    notes(&program, 1);
    for args in [&["audit", "checkpoint"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let outcome = program.run(args);
        assert_eq!(outcome.code, Some(5), "{outcome:#?}");
        assert!(outcome.stderr.contains("others may read the key"), "{outcome:#?}");
    }
}

#[test]
fn a_server_signs_when_it_starts_and_when_it_stops() {
    let mut program = record(1);
    let (server, address) = program.serve();
    let data = program.data();
    let sizes = || -> Vec<i64> {
        let file = rusqlite::Connection::open(data.join("scribe.sqlite")).unwrap();
        let mut sizes = file.prepare("SELECT size FROM checkpoints ORDER BY size").unwrap();
        sizes.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    program.speak_to(&address);
    let over_http = program.ok(&["audit", "checkpoint"]);
    assert!(over_http.contains("\n2\n"), "{over_http}");
    program.ok(&["note", ID, "Said while it served."]);
    assert_eq!(sizes(), [2]);
    holds(&program.run(&["audit", "verify"]));
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
    assert_eq!(sizes(), [2, 3]);
}

#[test]
fn the_settings_name_the_log() {
    let program = Program::new();
    fs::create_dir_all(program.data()).unwrap();
    let settings = program.data().join("scribe.toml");
    fs::write(&settings, "[ledger]\norigin = \"example.com/incidents\"\n").unwrap();
    program.ok(&["declare", "Search is down"]);
    assert!(program.ok(&["audit", "checkpoint"]).starts_with("example.com/incidents\n1\n"));
    fs::write(&settings, "[ledger]\norigin = \"example.com/other\"\n").unwrap();
    let outcome = program.run(&["audit", "checkpoint"]);
    assert_eq!(outcome.code, Some(5), "{outcome:#?}");
    assert!(outcome.stderr.contains("signs as example.com/incidents"), "{outcome:#?}");
}

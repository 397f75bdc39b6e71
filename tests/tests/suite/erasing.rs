//! Erasing on the command line: gone from what people see, from every file, and for every program that
//! has the record open.

use std::fs;
use std::path::Path;

use scribe::app::App;
use scribe_tests::beneath::open;
use scribe_tests::program::Program;
use serde_json::Value;

const ID: &str = "20230104-imports-fail";
const SECRET: &str = "correct-horse-battery";

/// An incident of which one note, one of the first among many, holds a secret; its event's id.
fn with_a_secret(program: &Program) -> String {
    program.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    let words = format!("{} the password is {SECRET} {}", "before ".repeat(900), "after ".repeat(900));
    let receipt = program.json(&["note", ID, &words, "--occurred", "2023-01-04T18:06Z"]);
    event_of(&receipt)
}

fn event_of(receipt: &Value) -> String {
    receipt["events"][0].as_str().expect("a receipt names its events").to_owned()
}

/// Every file below a folder that holds these bytes.
pub(crate) fn holding(folder: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path)
                .is_ok_and(|bytes| bytes.windows(words.len()).any(|bytes| bytes == words.as_bytes()))
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn every_look(program: &Program, as_of: &[&str]) -> String {
    let looks: [&[&str]; 9] = [
        &["list", "--state", "all"],
        &["show", ID],
        &["timeline", ID],
        &["timeline", ID, "--json"],
        &["timeline", ID, "--format", "csv"],
        &["status-page", "--audience", "engineering"],
        &["postmortem", ID],
        &["audit", "runs"],
        &["roles", ID],
    ];
    looks.iter().map(|look| program.ok(&[*look, as_of].concat())).collect()
}

#[test]
fn what_is_redacted_is_gone_from_what_is_seen_and_from_every_file() {
    let program = Program::new();
    let event = with_a_secret(&program);
    let known = program.events()[1]["recorded_at"].as_str().expect("a time").to_owned();
    assert!(every_look(&program, &[]).contains(SECRET));
    assert!(!holding(&program.data(), SECRET).is_empty(), "or this test shows nothing");

    let outcome = program.run(&["redact", &event, "--reason", "A password."]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("erased the content of"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("must still be changed"), "{}", outcome.stderr);
    assert_eq!(holding(&program.data(), SECRET), Vec::<String>::new());
    for as_of in [&[][..], &["--as-of", &known]] {
        assert!(!every_look(&program, as_of).contains(SECRET), "as of {as_of:?}");
    }
    let timeline = program.ok(&["timeline", ID]);
    assert!(timeline.contains("erased (noted)") && timeline.contains("A password."), "{timeline}");
    assert!(program.ok(&["timeline", ID, "--as-of", &known]).contains("[erased]"));
    assert_eq!(program.events()[1]["fields"]["text"], "[erased]");
    assert!(program.ok(&["audit", "replay"]).contains("identical"));

    let again = program.ok(&["redact", &event, "--reason", "Again."]);
    assert!(again.contains("nothing to do"), "{again}");
    let redacted = program.events()[2].clone();
    let digest = scribe_domain::values::Digest::of(program.events()[1]["fields"].to_string().as_bytes());
    assert_eq!(redacted["fields"]["remains"], digest.to_string());
}

#[test]
fn it_says_where_else_the_words_may_stand_and_what_cannot_be_erased() {
    let program = Program::new();
    let event = with_a_secret(&program);
    let correction = event_of(&program.json(&["correct", ID, &event, "--why", "?", "--set", "text=hm"]));
    let unknown = program.run(&["redact", "00000000-0000-0000-0000-000000000404", "--reason", "x"]);
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    assert!(unknown.stderr.contains("has no event"), "{}", unknown.stderr);

    let outcome = program.run(&["redact", &event, "--reason", "A password.", "--incident", ID]);
    assert!(outcome.stderr.contains(&format!("event {correction} (corrected)")), "{}", outcome.stderr);
    let redaction = program.events()[3]["command_id"].as_str().expect("an id").to_owned();
    let redaction = scribe_domain::ids::EventId::derive(
        scribe_domain::ids::CommandId(redaction.parse().expect("a UUID")),
        0,
    );
    let refused = program.run(&["redact", &redaction.to_string(), "--reason", "x"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("never repeat in it what was erased"), "{}", refused.stderr);
    let machine = program.run(&["redact", &correction, "--reason", "x", "--as", "integration:slack"]);
    assert_eq!(machine.code, Some(3), "{machine:?}");

    let title = event_of(&serde_json::json!({ "events": [program_event(&program, 0)] }));
    let outcome = program.run(&["redact", &title, "--reason", "A customer's name."]);
    assert!(outcome.stderr.contains(&format!("is still called {ID}")), "{}", outcome.stderr);
    assert!(!program.ok(&["show", ID]).contains("Imports fail"));
    assert!(!program.ok(&["list", "--state", "all"]).contains("Imports fail"));
}

fn program_event(program: &Program, place: usize) -> String {
    let event = &program.events()[place];
    let command = event["command_id"].as_str().expect("an id").parse().expect("a UUID");
    scribe_domain::ids::EventId::derive(scribe_domain::ids::CommandId(command), 0).to_string()
}

#[test]
fn a_server_forgets_what_another_process_erased() {
    let mut program = Program::new();
    let event = with_a_secret(&program);
    let (_server, address) = program.serve();
    let folder = Program::over(&program.data());
    program.speak_to(&address);
    assert!(every_look(&program, &[]).contains(SECRET));
    folder.ok(&["redact", &event, "--reason", "A password."]);
    assert!(!every_look(&program, &[]).contains(SECRET));
    assert!(!program.ok(&["events"]).contains(SECRET));
    assert_eq!(holding(&program.data(), SECRET), Vec::<String>::new());

    // And the other way round, asked of the server while it has everything open.
    let second = program.json(&["note", ID, &format!("again {SECRET}")]);
    assert!(!holding(&program.data(), SECRET).is_empty());
    program.ok(&["redact", &event_of(&second), "--reason", "A password."]);
    assert_eq!(holding(&program.data(), SECRET), Vec::<String>::new());
    assert!(!every_look(&program, &[]).contains(SECRET));
}

#[test]
fn whoever_holds_an_old_state_is_told_of_and_asking_again_wipes() {
    let program = Program::new();
    let event = with_a_secret(&program);
    let reader = rusqlite::Connection::open(program.data().join("scribe.sqlite")).expect("it opens");
    reader.execute_batch("BEGIN; SELECT count(*) FROM appends;").expect("it reads");
    let held = program.run(&["redact", &event, "--reason", "A password."]);
    assert_eq!(held.code, Some(5), "{held:?}");
    assert!(held.stderr.contains("may still lie in the record's file"), "{}", held.stderr);
    assert!(!every_look(&program, &[]).contains(SECRET), "it is erased all the same");

    reader.execute_batch("COMMIT").expect("it lets go");
    assert!(program.ok(&["redact", &event, "--reason", "A password."]).contains("nothing to do"));
    assert_eq!(holding(&program.data(), SECRET), Vec::<String>::new());
}

#[test]
fn an_export_with_an_erased_event_is_restored_as_it_is() {
    let program = Program::new();
    let event = with_a_secret(&program);
    program.ok(&["redact", &event, "--reason", "A password."]);
    let export = program.ok(&["export"]);
    assert!(!export.contains(SECRET) && export.contains("[erased]"));
    let file = program.folder().join("record.jsonl");
    fs::write(&file, &export).expect("it is written");

    let other = Program::new();
    other.ok(&["restore", file.to_str().expect("a name")]);
    assert_eq!(other.ok(&["export"]), export);
    assert_eq!(root(&other), root(&program));
    assert!(other.ok(&["timeline", ID]).contains("erased (noted)"));
}

/// An open record of which the views lie on the disk.
async fn with_snapshots(data: &Path) -> App {
    let app = open(data);
    app.write_snapshots().await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_of_views_are_gone_too_and_whoever_writes_them_anew_has_forgotten() {
    let program = Program::new();
    with_a_secret(&program);
    let words = format!("{SECRET} leaked.");
    let told = ["update", ID, &words, "--audience", "engineering", "--status", "identified"];
    let update = event_of(&program.json(&told));
    let app = with_snapshots(&program.data()).await;
    let before = holding(&program.data().join("snapshots"), SECRET);
    assert!(!before.is_empty(), "or this test shows nothing");
    program.ok(&["redact", &update, "--reason", "A password."]);
    assert_eq!(holding(&program.data().join("snapshots"), SECRET), Vec::<String>::new());
    // Another process, which had the words in memory all the while.
    app.write_snapshots().await;
    assert!(before.iter().all(|path| Path::new(path).exists()), "they are written anew");
    assert_eq!(holding(&program.data().join("snapshots"), SECRET), Vec::<String>::new());
}

/// The ledger's root as the record's file has it.
fn root(program: &Program) -> Vec<u8> {
    let file = rusqlite::Connection::open(program.data().join("scribe.sqlite")).expect("it opens");
    let last = "SELECT root FROM appends ORDER BY first_position DESC LIMIT 1";
    file.query_row(last, [], |row| row.get(0)).expect("there is a root")
}

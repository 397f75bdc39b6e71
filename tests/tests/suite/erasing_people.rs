//! Erasing a person: gone from the words of every kind of event, and what stays is told.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, Draft, EventStore as _};
use scribe_domain::ids::Revision;
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::history_in_own_words;
use scribe_domain::testing::words::own_words;
use scribe_tests::beneath::beneath;
use scribe_tests::contract::told::{incident, new_command};
use scribe_tests::program::Program;
use serde_json::{Value, json};

use super::erasing::holding;

const NAME: &str = "Erika Mustermann";
const ID: &str = "20230104-imports-fail";

/// The same event, whose words name her; none where nothing else than its words fits there.
fn naming(place: usize, recorded: &Recorded) -> Option<IncidentEvent> {
    let told = recorded.event.payload();
    let named = told.get().replace(&own_words(place), NAME);
    let event = IncidentEvent::from_payload(recorded.event.kind(), recorded.event.version(), &named).ok()?;
    (named != told.get() && !matches!(event, IncidentEvent::Unknown(_))).then_some(event)
}

#[tokio::test]
async fn what_names_somebody_in_words_is_erased_whatever_kind_of_event_it_is() {
    let program = Program::new();
    let store = beneath(&program.data());
    let histories = history_in_own_words(150);
    let (mut runner, mut kinds, mut revision) =
        (TestRunner::deterministic(), std::collections::BTreeSet::new(), 0);
    let declared = json!({ "title": format!("{NAME} called"), "tier": "public", "severity": "sev2" });
    let mut events = vec![IncidentEvent::from_told("declared", &declared).unwrap().unwrap()];
    for _ in 0..6 {
        let history = histories.new_tree(&mut runner).unwrap().current();
        events.extend(history.iter().enumerate().filter_map(|(place, recorded)| naming(place, recorded)));
    }
    // The reason of an erasure stays, and who declared it once has.
    events.retain(|event| kinds.insert(event.kind().to_owned()) && event.kind() != "redacted");
    assert!(kinds.len() > 40, "{kinds:?}");
    for event in events {
        let draft = Draft {
            actor: serde_json::from_value(json!({ "who": "Zac Bentley", "via": "test" })).unwrap(),
            occurred: "2023-01-04T18:05Z".parse().unwrap(),
            told: None,
            source: None,
            origin: None,
            event,
        };
        let append = Append {
            incident: incident(0),
            expected: Revision(revision),
            command_id: new_command(),
            request: None,
            events: vec![draft],
        };
        revision = store.append(append).await.unwrap().revision.0;
    }
    drop(store);
    let id = incident(0).to_string();
    let looks = |program: &Program| -> String {
        let looks: [&[&str]; 9] = [
            &["list", "--state", "all"],
            &["show", &id],
            &["timeline", &id],
            &["timeline", &id, "--json"],
            &["postmortem", &id],
            &["status-page", "--audience", "public"],
            &["audit", "runs"],
            &["events"],
            &["export"],
        ];
        looks.iter().map(|look| program.ok(look)).collect()
    };
    assert!(looks(&program).contains(NAME) && !holding(&program.data(), NAME).is_empty());
    let before = program.count();
    let erase = ["erase-person", NAME, "--reason", "They asked for it."];
    let dry = program.json(&erase);
    assert_eq!((dry["dry_run"].as_bool(), program.count()), (Some(true), before));
    let done = program.json(&[&erase[..], &["--yes"]].concat());
    // Wiped by the time of the answer: whatever opens the record next would make up for it.
    assert_eq!(holding(&program.data(), NAME), Vec::<String>::new());
    assert_eq!(done["incidents"], dry["incidents"]);
    assert!(!looks(&program).to_lowercase().contains("mustermann"));
    // Each event that named her, once, and nothing a second time.
    let words = done["incidents"][0]["words"].as_array().unwrap().len();
    assert_eq!(program.count(), before + words);
    let again = program.json(&[&erase[..], &["--yes"]].concat());
    assert_eq!((&again["incidents"], program.count()), (&json!([]), before + words));
    assert!(program.ok(&["audit", "verify"]).contains("all of it holds"));
}

#[test]
fn what_cannot_be_erased_of_somebody_is_told() {
    let program = Program::new();
    program.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    program.ok(&["--as", NAME, "role", "assign", ID, "ic", NAME]);
    program.ok(&["note", "Erika  mustermann looks at it."]);
    program.ok(&["note", "Max Mustermann does not."]);
    let refused = program.run(&["erase-person", NAME, "--reason", "Erika Mustermann asked.", "--yes"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("the reason names whom it is about"), "{}", refused.stderr);
    let machine = ["erase-person", NAME, "--reason", "x", "--yes", "--as", "integration:x"];
    assert_eq!(program.run(&machine).code, Some(3));
    let told = program.run(&["erase-person", NAME, "--reason", "They left."]);
    assert!(told.stdout.contains("  noted\n"), "{}", told.stdout);
    let stays = "stays: 1 event told by them; 1 event where rights or keys depend on it";
    assert!(told.stdout.contains(stays), "{}", told.stdout);
    assert!(told.stdout.contains("would erase the words of 1 event in 1 incident"), "{}", told.stdout);
    assert!(told.stderr.contains("nothing was erased"), "{}", told.stderr);
    let done = program.ok(&["erase-person", NAME, "--reason", "They left.", "--yes"]);
    assert!(done.contains("erased the words of 1 event in 1 incident") && done.contains(stays), "{done}");
    let events: Vec<Value> = program.events();
    assert_eq!(events[2]["fields"]["text"], "[erased]");
    assert_eq!((&events[1]["fields"]["to"], &events[1]["actor"]["who"]), (&json!(NAME), &json!(NAME)));
    assert!(program.ok(&["timeline", ID]).contains("Max Mustermann does not."));
}

#[test]
fn whoever_has_other_names_is_looked_for_by_each_and_the_directory_stays() {
    let program = Program::new();
    program.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    program.ok(&["person", "add", "Erika Gabler"]);
    program.ok(&["person", "rename", "Erika Gabler", NAME, "--why", "She married."]);
    program.ok(&["person", "merge", "Erica Mustermann", NAME]);
    program.ok(&["person", "add", "Max Mustermann"]);
    for note in ["Erika Gabler called.", "erica.mustermann@example.com", "Erika Mustermann", "Max Mustermann"]
    {
        program.ok(&["note", note]);
    }
    let refused = program.run(&["erase-person", NAME, "--reason", "Erika Gabler asked.", "--yes"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let alone = program.json(&["erase-person", NAME, "--reason", "They left.", "--only-this-name"]);
    assert_eq!(alone["incidents"][0]["words"].as_array().unwrap().len(), 1, "{alone}");
    assert_eq!(alone["other_names"], json!([]));
    let by_a_former_name = program.run(&["erase-person", "Erika Gabler", "--reason", "They left.", "--yes"]);
    assert_eq!(by_a_former_name.code, Some(0), "{by_a_former_name:?}");
    let (told, noted) = (by_a_former_name.stdout, by_a_former_name.stderr);
    assert!(noted.contains("also looked for: Erika Mustermann, Erica Mustermann"), "{noted}");
    for words in [
        "noted, as Erica Mustermann",
        "noted, as Erika Mustermann",
        "erased the words of 3 events in 1 incident",
        "the directory of people\n",
        "person renamed, as Erika Gabler and Erika Mustermann",
        "person merged, as Erika Mustermann and Erica Mustermann",
        "  stays: by it the record knows which names are one person's",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let texts: Vec<Value> = program.events().iter().map(|event| event["fields"]["text"].clone()).collect();
    let erased = texts.iter().filter(|text| **text == json!("[erased]")).count();
    assert!(erased == 3 && texts.contains(&json!("Max Mustermann")), "{texts:?}");
    assert!(program.ok(&["person", "list"]).contains("also Erika Gabler"));
    assert!(program.ok(&["audit", "verify"]).contains("all of it holds"));
}

//! The same command line, told to a server over a socket.

use std::collections::BTreeSet;
use std::time::Duration;

use scribe_tests::program::Program;
use scribe_tests::tamper;

use super::place::RECORDS;

#[test]
fn a_server_and_the_folder_tell_the_same() {
    let mut program = Program::of(RECORDS);
    let (server, address) = program.serve();
    let local = program.run(&["declare", "Told locally", "--occurred", "2023-01-04T18:05Z"]);
    assert_eq!(local.code, Some(0), "{local:?}");
    let here = program.ok(&["list"]);

    program.speak_to(&address);
    // What another process appended is seen by the server, and the reverse.
    let there = program.ok(&["list"]);
    let without_the_moment =
        |text: &str| text.lines().filter(|line| !line.starts_with("As of")).collect::<String>();
    assert_eq!(without_the_moment(&there), without_the_moment(&here));
    program.ok(&["note", "20230104-told-locally", "Told to the server."]);
    assert_eq!(program.count(), 2);
    let refused = program.run(&["role", "leave", "20230104-told-locally", "ic"]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.stderr.contains("hint: nobody does"), "{}", refused.stderr);
    assert!(program.ok(&["audit", "replay"]).contains("identical"));

    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("stopping"));
    assert_eq!(program.run(&["list"]).code, Some(5));
}

#[test]
fn two_people_at_a_server_run_a_line() {
    let mut program = Program::of(RECORDS);
    let (_server, address) = program.serve();
    program.speak_to(&address);
    program.ok(&["declare", "A run", "--occurred", "2023-01-04T18:05Z"]);
    let mut run = program.start(&["run", "20230104-a-run", "--", "echo", "ran"]);
    run.stderr_line(|line| line.contains("approve"));
    program.ok(&["approve", "20230104-a-run", "1", "--yes", "--as", "Kim"]);
    let outcome = run.end();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), "ran\n"), "{outcome:?}");
}

#[test]
fn watching_shows_what_is_told_as_it_is_told() {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "Watched", "--occurred", "2023-01-04T18:05Z"]);
    let mut watch = program.start(&["watch", "--after", "0"]);
    assert_eq!(
        watch.stdout_line(),
        "2023-01-04 18:05  20230104-watched  Tess Tester: declared “Watched” (engineering, sev3)"
    );
    // By another process, while somebody watches.
    program.ok(&["note", "20230104-watched", "Seen.", "--occurred", "2023-01-04T18:06Z", "--as", "Kim"]);
    assert_eq!(watch.stdout_line(), "2023-01-04 18:06  20230104-watched  Kim: Seen.");
    watch.kill();
}

#[test]
fn a_watcher_waits_for_a_server_that_comes_back() {
    let mut program = Program::of(RECORDS);
    let (mut server, address) = program.serve();
    let listen = address.trim_start_matches("http://").to_owned();
    program.speak_to(&address);
    program.ok(&["declare", "Watched", "--occurred", "2023-01-04T18:05Z"]);
    let mut watch = program.start(&["watch", "--after", "0"]);
    assert!(watch.stdout_line().contains("declared"));
    server.kill();
    watch.stderr_line(|line| line.contains("waiting for it"));
    let mut again = program.command();
    again.env_remove("SCRIBE_SERVER").args(["serve", "--listen", &listen]);
    let mut server = again.spawn().unwrap();
    while program.run(&["note", "20230104-watched", "Back.", "--idempotency-key", "k"]).code != Some(0) {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(watch.stdout_line().ends_with("Back."));
    server.kill().unwrap();
    server.wait().unwrap();
}

/// A server whose views do not follow from what its record says is found out by anybody.
#[test]
fn a_record_that_was_changed_under_its_views_is_found() {
    let mut program = Program::of(RECORDS);
    let (_server, address) = program.serve();
    program.speak_to(&address);
    program.ok(&["declare", "Before", "--occurred", "2023-01-04T18:05Z"]);
    assert!(program.ok(&["audit", "replay"]).ends_with("identical\n"));
    tamper::replace(&program.record(), "Before", "Behind");
    let outcome = program.run(&["audit", "replay"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stdout.starts_with("differs: board, line "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("  served:  \"title\": \"Before\""), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("  rebuilt: \"title\": \"Behind\""), "{}", outcome.stdout);
}

/// Whatever was acknowledged is there when the server comes back, and nothing is there twice.
#[test]
fn a_server_killed_during_appends_keeps_what_it_acknowledged() {
    let mut program = Program::of(RECORDS);
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let (mut server, address) = program.serve();
        program.speak_to(&address);
        if round == 0 {
            program.ok(&["declare", "Killed", "--occurred", "2023-01-04T18:05Z"]);
        }
        let program = &program;
        let told: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|writer| {
                    scope.spawn(move || {
                        let mut told = Vec::new();
                        for number in 0.. {
                            let text = format!("round {round} writer {writer} note {number}");
                            if program.run(&["note", "20230104-killed", &text]).code != Some(0) {
                                return told;
                            }
                            told.push(text);
                        }
                        told
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(700));
            server.kill();
            writers.into_iter().flat_map(|writer| writer.join().expect("a writer ends")).collect()
        });
        assert!(!told.is_empty(), "something was told before the kill");
        acknowledged.extend(told);
    }
    let (_server, address) = program.serve();
    program.speak_to(&address);
    let kept: Vec<String> = program
        .events()
        .iter()
        .filter_map(|event| event["fields"]["text"].as_str().map(str::to_owned))
        .collect();
    let distinct: BTreeSet<String> = kept.iter().cloned().collect();
    assert_eq!(distinct.len(), kept.len(), "nothing is there twice");
    let lost: Vec<&String> = acknowledged.difference(&distinct).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}

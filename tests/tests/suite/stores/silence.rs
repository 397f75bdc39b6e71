//! Nodes that say nothing any more, and streams that somebody removed: the rest goes on.

use std::thread;
use std::time::{Duration, Instant};

use scribe_tests::program::{PATIENCE, Program, binary};

use super::refusals::asked;
use super::*;

/// How long a command line may take beside a silent node, on a machine that has other things to do. Alone it takes a
/// second and a half at most.
const SOON: Duration = Duration::from_secs(5);
const COMMANDS: usize = 12;

/// Every fresh command line, from a folder of its own and from one that knows the cluster.
#[test]
#[expect(clippy::print_stderr, reason = "a figure for whoever runs it")]
fn one_silent_address_of_three_is_not_waited_for() {
    binary();
    let cluster = Cluster::start(3).unwrap();
    let store = [("SCRIBE_STORE", &*cluster.connection_string())];
    let program = Program::new();
    let run = |program: &Program, args: &[&str]| {
        let began = Instant::now();
        let outcome = run_in(program, &store, args);
        let time = began.elapsed();
        assert_eq!(outcome.code, Some(0), "{args:?} after {time:?}: {outcome:#?}");
        assert!(!outcome.stderr.contains("behind"), "{args:?} after {time:?}: {outcome:#?}");
        assert!(time < SOON, "{args:?} took {time:?}: {outcome:#?}");
        (time, outcome.stdout)
    };
    run(&program, &["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    let mut longest = Duration::ZERO;
    // The leader, which stands first in the address, and a follower.
    for (silent, leader) in [(0, 1), (2, 1)] {
        cluster.silence(silent);
        cluster.elect(leader).unwrap();
        for number in 0..COMMANDS {
            let fresh = Program::new();
            let program = if number % 2 == 0 { &fresh } else { &program };
            let (time, noted) = run(program, &["note", ID, &format!("{silent}-{number}")]);
            assert!(noted.contains("revision"), "{noted}");
            longest = longest.max(time);
            let fresh = Program::new();
            let program = if number % 2 == 0 { &fresh } else { program };
            let (time, listed) = run(program, &["list"]);
            assert!(listed.contains(ID), "{listed}");
            longest = longest.max(time);
        }
        cluster.unsilence(silent);
    }
    eprintln!("the slowest of {} command lines took {longest:?}", 4 * COMMANDS);
    let (_, timeline) = run(&program, &["events"]);
    assert_eq!(timeline.lines().count(), 1 + 2 * COMMANDS, "{timeline}");
}

#[test]
fn a_stream_that_an_operator_removed_stops_its_own_incident_only() {
    const OTHER: &str = "20230105-mails-fail";
    for (how, done) in [("delete", "soft"), ("delete for good", "tombstone")] {
        let cluster = cluster();
        let store = cluster.connection_string();
        let program = Program::new();
        let (server, address) = program.serve_as(|command| command.env("SCRIBE_STORE", &store));
        let mut remote = Program::new();
        remote.speak_to(&address);
        remote.ok(&["declare", "Mails fail", "--occurred", "2023-01-05T18:05Z"]);
        remote.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
        let stream = format!("incident-{ID}");
        if done == "soft" {
            cluster.soft_delete(&stream);
        } else {
            cluster.tombstone(&stream);
        }
        let began = Instant::now();
        let told = loop {
            let (status, body) = asked(&address, "/readyz");
            assert_eq!(status, 200, "{body}");
            if body.contains("warning: ") {
                break body;
            }
            assert!(began.elapsed() < PATIENCE, "{body}");
            thread::sleep(Duration::from_millis(20));
        };
        let line = format!("warning: {ID}: somebody had the cluster {how}");
        assert!(told.starts_with("ready\n") && told.contains(&line), "{told}");
        // What was seen of it is shown; what would come behind the gap is refused, here and from elsewhere.
        assert!(remote.ok(&["show", ID]).contains("Imports fail"));
        is_refused(&remote.run(&["note", ID, "on"]), 6, "somebody had the cluster");
        let elsewhere = Program::new();
        let refused = run_in(&elsewhere, &[("SCRIBE_STORE", &*store)], &["note", ID, "on"]);
        is_refused(&refused, 6, "somebody had the cluster delete");
        remote.ok(&["note", OTHER, "others go on"]);
        let noted = run_in(&elsewhere, &[("SCRIBE_STORE", &*store)], &["note", OTHER, "there too"]);
        assert!(noted.stdout.contains("revision 3"), "{noted:#?}");
        assert_eq!(asked(&address, "/readyz").0, 200);
        server.signal("TERM");
        let log = server.end().stderr;
        let what = format!("what=\"somebody had the cluster {how} the stream of {ID}\"");
        assert!(
            log.contains("events of the record were taken out of the cluster") && log.contains(&what),
            "{log}"
        );
    }
}

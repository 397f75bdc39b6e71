//! Who gets in, with what, and what is told of it.

use std::fs;

use scribe_protocol_server::Login;
use scribe_tests::program::Program;

use super::*;

const USER: &str = "ada-of-the-record";
/// With everything that has a meaning in addresses.
const PASSWORD: &str = "o/p:e?n#s%e@s&a=m,e+ €";
/// Both as the client sends them: base64 of `USER:PASSWORD`.
const SENT: &str = "YWRhLW9mLXRoZS1yZWNvcmQ6by9wOmU/biNzJWVAcyZhPW0sZSsg4oKs";

fn secured() -> Cluster {
    let login = Login { user: USER.to_owned(), password: PASSWORD.to_owned() };
    Cluster::with(1, Settings { tls: true, login: Some(login), ..Settings::default() }).unwrap()
}

/// The address without a login, and the file with the authority's certificate.
fn address(program: &Program, cluster: &Cluster) -> String {
    let file = program.folder().join("authority.pem");
    fs::write(&file, cluster.authority().unwrap()).unwrap();
    format!("127.0.0.1:{}?tlsCaFile={}", cluster.port(0), text(&file))
}

fn shows_no_login(outcome: &Outcome) {
    for secret in [USER, PASSWORD, SENT, "o%2Fp", "ada%2D"] {
        assert!(
            !outcome.stderr.contains(secret) && !outcome.stdout.contains(secret),
            "{secret}: {outcome:#?}"
        );
    }
}

#[test]
fn a_login_comes_by_address_by_environment_or_by_file_and_over_a_checked_connection() {
    let (program, cluster) = (Program::new(), secured());
    let hosts = address(&program, &cluster);
    let encoded = PASSWORD.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let file = program.folder().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let bare = format!("kurrentdb://{hosts}");
    let whole = format!("esdb://{USER}:{encoded}@{hosts}");
    let named = format!("esdb://{USER}@{hosts}");
    let ways: [&[(&str, &str)]; 4] = [
        &[("SCRIBE_STORE", &whole)],
        &[("SCRIBE_STORE", &bare), ("SCRIBE_STORE_USER", USER), ("SCRIBE_STORE_PASSWORD", PASSWORD)],
        &[("SCRIBE_STORE", &named), ("SCRIBE_STORE_PASSWORD_FILE", text(&file))],
        &[("SCRIBE_STORE", &named), ("SCRIBE_STORE_USER", "grace"), ("SCRIBE_STORE_PASSWORD", PASSWORD)],
    ];
    let declared = run_in(&program, ways[0], &["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    assert_eq!(declared.code, Some(0), "{declared:#?}");
    for (number, way) in ways.iter().enumerate() {
        // Each from a machine of its own.
        let told = run_in(&Program::new(), way, &["note", ID, &format!("note {number}")]);
        assert!(told.stdout.contains(&format!("revision {}", number + 2)), "{told:#?}");
        shows_no_login(&told);
    }
}

#[test]
fn who_may_not_in_is_told_and_by_what_but_not_with_what() {
    let (program, cluster) = (Program::new(), secured());
    let hosts = address(&program, &cluster);
    let told = |environment: &[(&str, &str)]| {
        let outcome = run_in(&program, environment, &["declare", "Imports fail"]);
        shows_no_login(&outcome);
        assert!(!outcome.stderr.contains("mellon"), "{outcome:#?}");
        outcome
    };
    let store = format!("esdb://{hosts}");
    let wrong = [("SCRIBE_STORE", &*store), ("SCRIBE_STORE_USER", USER), ("SCRIBE_STORE_PASSWORD", "mellon")];
    is_refused(&told(&wrong), 6, "does not take this user and password");
    is_refused(&told(&wrong[..1]), 6, "wants to know who asks");
    is_refused(&told(&wrong[..2]), 4, "no password");
    is_refused(&told(&[wrong[0], wrong[2]]), 4, "no user");
    let twice = [wrong[0], wrong[1], wrong[2], ("SCRIBE_STORE_PASSWORD_FILE", "/x")];
    is_refused(&told(&twice), 4, "both SCRIBE_STORE_PASSWORD and SCRIBE_STORE_PASSWORD_FILE");
    is_refused(&told(&[twice[0], twice[1], twice[3]]), 4, "cannot read /x");
    // Whoever vouches for nobody, and a connection that is not encrypted.
    let nobody = format!("esdb://127.0.0.1:{}", cluster.port(0));
    is_refused(
        &told(&[("SCRIBE_STORE", &nobody), wrong[1], ("SCRIBE_STORE_PASSWORD", PASSWORD)]),
        6,
        "nobody who is trusted",
    );
    let open = format!("{nobody}?tls=false");
    is_refused(
        &told(&[("SCRIBE_STORE", &open), wrong[1], ("SCRIBE_STORE_PASSWORD", PASSWORD)]),
        6,
        "speaks TLS",
    );
    assert!(cluster.records().is_empty());
}

#[test]
fn an_address_that_cannot_work_is_told_before_anything_is_touched() {
    let program = Program::new();
    for (store, told) in [
        ("somewhere", "--store names no cluster"),
        ("esdb://ada:mellon@host?tls=false&maxDiscoverAttempts=1", "would never connect"),
        ("esdb://ada:mel/lon@host", "behind the hosts"),
        ("esdb://ada:mellon@host?tlsCaFile=/missing.pem", "cannot be read"),
        ("mellon://ada:mellon@host", "something else"),
    ] {
        for command in [&["list"][..], &["declare", "x"], &["serve"], &["backup", "x"], &["demo"]] {
            let outcome = program.run(&[&["--store", store], command].concat());
            is_refused(&outcome, 4, told);
            assert!(!outcome.stderr.contains("mel"), "{outcome:#?}");
        }
    }
    let misplaced = program.run(&["esdb://ada:mellon@host", "list"]);
    assert_eq!(misplaced.code, Some(2));
    assert!(
        misplaced.stderr.contains("esdb://…@host") && !misplaced.stderr.contains("mellon"),
        "{misplaced:#?}"
    );
    assert!(!program.data().exists());
}

#[test]
fn a_log_of_everything_holds_no_login() {
    let (program, cluster) = (Program::new(), secured());
    let store = format!("esdb://{}", address(&program, &cluster));
    let (mut server, address) = program.serve_as(|command| {
        command
            .env("SCRIBE_STORE", &store)
            .env("SCRIBE_STORE_USER", USER)
            .env("SCRIBE_STORE_PASSWORD", PASSWORD)
            .env("SCRIBE_LOG", "trace,h2=trace,hyper=trace,tonic=trace,eventstore=trace,scribe=trace")
            .env("RUST_LOG", "trace")
    });
    let mut remote = Program::new();
    remote.speak_to(&address);
    remote.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    remote.ok(&["note", ID, "a note"]);
    // Something goes wrong, too.
    cluster.reset_connections(0);
    remote.ok(&["list"]);
    server.signal("TERM");
    server.stderr_line(|line| line == "stopping");
    let outcome = server.end();
    shows_no_login(&outcome);
    assert!(outcome.stderr.contains("scribe::"), "there is a log: {outcome:#?}");
    let libraries = ["h2::", "hyper_util::", "authorization", "Basic "];
    assert!(libraries.iter().all(|library| !outcome.stderr.contains(library)), "{outcome:#?}");
}

#[test]
fn a_cluster_that_is_down_refuses_appends_and_comes_back() {
    let (program, cluster) = (Program::new(), cluster());
    let store = [("SCRIBE_STORE", &*cluster.connection_string())];
    let run = |args: &[&str]| run_in(&program, &store, args);
    assert_eq!(run(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]).code, Some(0));
    cluster.kill(0);
    is_refused(&run(&["note", ID, "into the void"]), 5, "nothing was acknowledged");
    // What was seen of it is shown.
    let looked = run(&["show", ID]);
    assert!(looked.code == Some(0) && looked.stdout.contains("Imports fail"), "{looked:#?}");
    let backup = program.folder().join("backup.sqlite");
    let made = run(&["backup", text(&backup)]);
    assert!(made.stdout.starts_with("1 events, checked"), "{made:#?}");
    assert!(made.stderr.contains("the cluster is out of reach"), "{made:#?}");
    cluster.restart(0).unwrap();
    let noted = run(&["note", ID, "back again"]);
    assert!(noted.stdout.contains("revision 2"), "{noted:#?}");
    assert!(run(&["backup", text(&backup), "--replace"]).stdout.starts_with("2 events, checked"));
}

#[test]
fn a_folder_holds_one_record_only() {
    let (program, cluster) = (with_notes(0), cluster());
    let store = [("SCRIBE_STORE", &*cluster.connection_string())];
    is_refused(&run_in(&program, &store, &["list"]), 5, "holds a record of its own");
    is_refused(&run_in(&program, &store, &["declare", "x"]), 5, "holds a record of its own");

    let fresh = Program::new();
    assert_eq!(run_in(&fresh, &store, &["declare", "Imports fail"]).code, Some(0));
    let mirror = Program::over(&fresh.data().join("mirror"));
    for program in [&fresh, &mirror] {
        for command in [&["list"][..], &["declare", "x"], &["serve"]] {
            is_refused(
                &program.run(command),
                5,
                "is no record, but a mirror of the one at esdb://127.0.0.1:",
            );
        }
    }
    let elsewhere = format!("{}&prefix=x.", cluster.connection_string());
    is_refused(
        &run_in(&fresh, &[("SCRIBE_STORE", &elsewhere)], &["list"]),
        5,
        "the mirror of another record",
    );
    // A backup of it is a record as any other.
    let backup = program.folder().join("backup.sqlite");
    assert_eq!(run_in(&fresh, &store, &["backup", text(&backup)]).code, Some(0));
    is_refused(&run_in(&Program::new(), &store, &["restore", text(&backup)]), 4, "scribe copy");
    let home = Program::new();
    home.ok(&["restore", text(&backup)]);
    assert_eq!(home.count(), 1);
}

#[test]
fn a_cluster_erases_nothing_and_says_what_to_do() {
    let (program, cluster) = (Program::new(), cluster());
    let store = [("SCRIBE_STORE", &*cluster.connection_string())];
    let run = |args: &[&str]| run_in(&program, &store, args);
    assert_eq!(run(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]).code, Some(0));
    let noted = run(&["note", ID, "hunter2", "--json"]);
    let receipt: serde_json::Value = serde_json::from_str(&noted.stdout).unwrap();
    let event = receipt["events"][0].as_str().unwrap();
    is_refused(&run(&["redact", event, "--reason", "A password."]), 3, "scribe copy");
    assert_eq!(cluster.records().len(), 2);

    // What it says.
    let folder = Program::new();
    copied(&program, &cluster.connection_string(), text(&folder.data()));
    folder.ok(&["redact", event, "--reason", "A password."]);
    let clean = format!("{}&prefix=clean.", cluster.connection_string());
    assert_eq!(copied(&program, text(&folder.data()), &clean)[..2], [3, 3]);
    let anew = Program::new();
    // What an earlier mirror left in that folder.
    fs::create_dir_all(anew.data().join("snapshots")).unwrap();
    fs::write(anew.data().join("snapshots/left"), "hunter2").unwrap();
    let there = run_in(&anew, &[("SCRIBE_STORE", &clean)], &["timeline", ID]);
    assert!(!anew.data().join("snapshots/left").exists());
    assert!(there.stdout.contains("erased (noted)") && !there.stdout.contains("hunter2"), "{there:#?}");
    let streams = cluster.records().into_iter().filter(|record| record.stream.starts_with("clean."));
    let bytes: Vec<u8> = streams.flat_map(|record| record.event.data.clone()).collect();
    assert!(!bytes.windows(7).any(|bytes| bytes == b"hunter2"));
}

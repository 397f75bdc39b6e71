//! The command line at three in the morning: which incident, where the record is, a server that is away, and a line
//! that must stop when it is told to.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use scribe_tests::program::{PATIENCE, Program, binary};
use serde_json::json;

fn two_open() -> Program {
    let program = Program::new();
    for (title, at) in [("Checkout is slow", "2023-01-04T18:05Z"), ("Search is empty", "2023-01-05T18:05Z")] {
        program.ok(&["declare", title, "--occurred", at]);
    }
    program
}

#[test]
fn an_incident_is_known_by_any_part_of_its_id() {
    let program = two_open();
    for part in ["20230104-checkout-is-slow", "20230104", "checkout", "CHECK", "is-slow"] {
        let told = program.ok(&["note", part, "x"]);
        assert!(told.starts_with("20230104-checkout-is-slow  revision "), "{part}: {told}");
    }
    let unknown = program.run(&["show", "nothing-like-it"]);
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    assert!(unknown.stderr.contains("20230105-search-is-empty  Search is empty"), "{unknown:?}");
    let several = program.run(&["note", "is", "x"]);
    assert_eq!(several.code, Some(4), "{several:?}");
    assert!(several.stderr.contains("20230104-checkout") && several.stderr.contains("20230105-search"));
}

#[test]
fn the_at_sign_is_never_a_guess_where_nothing_can_be_taken_back() {
    let program = two_open();
    program.ok(&["note", "checkout", "used last"]);
    let told = program.run(&["note", "@", "x"]);
    assert!(told.stdout.starts_with("20230104-checkout-is-slow"), "{told:?}");
    assert!(told.stderr.contains("used here last; 2 are open"), "{told:?}");
    let before = program.count();
    for args in [
        &["close", "@"][..],
        &["cancel", "@", "x"],
        &["merge", "@", "search"],
        &["redact", "--incident", "@", "--last", "x"],
        &["close", "is"],
    ] {
        let refused = program.run(args);
        assert_eq!(refused.code, Some(4), "{args:?}: {refused:?}");
        assert!(
            refused.stderr.contains("Search is empty") && refused.stderr.contains("Checkout is slow"),
            "{refused:?}"
        );
    }
    assert_eq!(program.count(), before);
    program.ok(&["resolve", "checkout"]);
    // Now there is one, and it may be the other.
    assert!(program.ok(&["note", "@", "y"]).starts_with("20230105-search-is-empty"));
}

#[test]
fn an_event_is_known_by_how_its_id_begins_and_as_the_last_one() {
    let program = two_open();
    let told = program.ok(&["note", "checkout", "frist"]);
    let short = told.trim_end().rsplit_once('[').unwrap().1.trim_end_matches(']').to_owned();
    program.ok(&["correct", "checkout", &short, "--set", "text=first", "--why", "A slip."]);
    program.ok(&["note", "checkout", "Not meant for here."]);
    let retracted = program.run(&["retract", "checkout", "--last", "It was another incident."]);
    assert!(retracted.stderr.contains("Not meant for here."), "it says which one: {retracted:?}");
    assert_eq!(retracted.code, Some(0), "{retracted:?}");
    let shown = program.ok(&["timeline", "checkout"]);
    assert!(shown.contains("first"), "{shown}");
    let none = program.run(&["retract", "checkout", "ffffffff", "x"]);
    assert_eq!(none.code, Some(3), "{none:?}");
    assert!(program.run(&["retract", "checkout", "xyz", "x"]).stderr.contains("at least 4"));
}

#[test]
fn a_whole_shell_can_be_about_one_incident() {
    let program = two_open();
    let run = |args: &[&str]| {
        let output = program.command().env("SCRIBE_INCIDENT", "search").args(args).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    for args in [
        &["note", "Nothing is found."][..],
        &["severity", "1"],
        &["role", "assign", "ic", "Sam"],
        &["mitigate", "The index is back."],
        &["resolve"],
    ] {
        let (code, told) = run(args);
        assert!(code == Some(0) && told.starts_with("20230105-search-is-empty"), "{args:?}: {told}");
    }
    assert!(run(&["note", "checkout", "Another one is still meant."]).1.starts_with("20230104-checkout"));
    assert!(run(&["note", "--help"]).1.contains("[INCIDENT] <TEXT>"));
}

#[test]
fn a_record_is_founded_by_what_succeeds_and_by_nothing_else() {
    let program = Program::new();
    let home = program.folder().join("home");
    let run = |args: &[&str]| {
        let mut command = program.command();
        command.env_remove("SCRIBE_DATA").env_remove("SCRIBE_STORE").env("HOME", &home);
        let output = command.args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let empty = program.folder().join("none.jsonl");
    fs::write(&empty, "{\"incident\":\"x\"}\n").unwrap();
    for (args, code) in [
        (&["list"][..], 5),
        (&["note", "20230104-x", "y"], 5),
        (&["declare", ""], 4),
        (&["declare", "X", "--occurred", "2190-01-01T00:00Z"], 3),
        (&["declare", "X", "--as", "integration:x", "--on-behalf-of", "Kim", "--if-revision", "3"], 4),
        (&["import", "events", empty.to_str().unwrap()], 4),
        (&["import", "events", empty.to_str().unwrap(), "--dry-run"], 4),
        (&["audit", "verify"], 5),
        (&["serve", "--listen", "192.0.2.1:7474"], 4),
    ] {
        let (given, told) = run(args);
        assert_eq!(given, Some(code), "{args:?}: {told}");
        assert!(!home.join(".local/share/scribe").exists(), "{args:?} left something behind");
    }
    let (code, told) = run(&["declare", "Checkout is slow"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("this one begins in ~/.local/share/scribe"), "{told}");
    let (code, told) = run(&["note", "@", "Found again from wherever one is."]);
    assert!(code == Some(0) && !told.contains("begins"), "{told}");
    // A folder of before is still used where it is.
    fs::create_dir(program.folder().join("scribe-data")).unwrap();
    let (_, told) = run(&["declare", "Here"]);
    assert!(told.contains("begins in scribe-data"), "{told}");
}

#[test]
fn the_first_command_of_the_readme_shows_its_incident_in_the_folder_one_is_in_and_again() {
    let program = Program::new();
    let home = program.folder().join("home");
    for time in ["first", "second"] {
        let mut command = program.command();
        command.env_remove("SCRIBE_DATA").env_remove("SCRIBE_STORE").env("HOME", &home);
        let output = command.arg("demo").output().unwrap();
        let (shown, told) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{time}: {told}");
        for view in ["Timeline, times in America/New_York", "Who ran what", "Postmortem"] {
            assert!(shown.contains(view), "{time}: no {view}: {shown}");
        }
    }
    assert!(program.folder().join("scribe-data").is_dir());
    assert!(!home.join(".local/share/scribe").exists(), "it must not lie in anybody's own record");
}

#[test]
fn what_is_told_while_the_server_is_away_is_sent_later_in_order_with_both_clocks_true() {
    let mut program = two_open();
    let (mut server, address) = program.serve();
    program.speak_to(&address);
    program.ok(&["note", "checkout", "While it is there."]);
    server.kill();
    let before = chrono::Utc::now();
    for (args, count) in [
        (&["note", "@", "The first."][..], "1 waits"),
        (&["note", "20230104-checkout-is-slow", "The second.", "--occurred", "2023-01-04T19:00Z"], "2 wait"),
        (&["acknowledge", "20230104-checkout-is-slow", "9"], "3 wait"),
        (&["note", "20230104-checkout-is-slow", "The last."], "4 wait"),
    ] {
        let kept = program.run(args);
        assert_eq!((kept.code, kept.stdout.as_str()), (Some(8), ""), "{kept:?}");
        assert!(kept.stderr.contains("NOT RECORDED YET") && kept.stderr.contains(count), "{kept:?}");
    }
    assert_eq!(program.run(&["list"]).code, Some(5), "a look cannot be kept");
    let list = program.ok(&["outbox", "list"]);
    assert!(list.lines().count() == 4 && list.contains("The first."), "{list}");
    // The server comes back at its address.
    let after = chrono::Utc::now();
    let port = address.rsplit_once(':').unwrap().1.to_owned();
    let again = program
        .command()
        .env_remove("SCRIBE_SERVER")
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .spawn();
    let mut again = again.unwrap();
    let began = Instant::now();
    let mut sent = String::new();
    loop {
        let looked = program.run(&["status"]);
        sent.push_str(&looked.stderr);
        if looked.code == Some(0) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{looked:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(sent.matches("sent from the outbox").count(), 3, "{sent}");
    assert!(sent.contains("refused, and left in the outbox") && sent.contains("no page 9"), "{sent}");
    let events = program.events();
    let texts: Vec<&str> = events.iter().filter_map(|event| event["fields"]["text"].as_str()).collect();
    assert_eq!(texts, ["While it is there.", "The first.", "The second.", "The last."]);
    let of = |text: &str| events.iter().find(|event| event["fields"]["text"] == json!(text)).unwrap();
    let occurred: chrono::DateTime<chrono::Utc> =
        of("The first.")["occurred"].as_str().unwrap().parse().unwrap();
    let recorded: chrono::DateTime<chrono::Utc> =
        of("The first.")["recorded_at"].as_str().unwrap().parse().unwrap();
    assert!(occurred >= before - chrono::TimeDelta::seconds(1) && occurred <= after && recorded >= after);
    assert_eq!(of("The second.")["occurred"], json!("2023-01-04T19:00Z"));
    // What was refused blocks nothing, is not sent again by itself, and can be dropped.
    assert!(program.ok(&["note", "checkout", "Goes on."]).contains("Goes on."));
    assert!(program.ok(&["outbox", "list"]).contains("refused: "));
    assert_eq!(program.run(&["outbox", "send"]).code, Some(3));
    program.ok(&["outbox", "drop", "1"]);
    assert_eq!(program.ok(&["outbox", "list"]), "nothing waits\n");
    again.kill().unwrap();
    again.wait().unwrap();
}

#[test]
fn no_password_is_shown_however_its_address_is_written() {
    let program = two_open();
    for (option, address) in [
        ("--server", "http://ada:hunter2@127.0.0.1:1"),
        ("--server", "http://ada:hunt/er2@127.0.0.1:1"),
        ("--server", "https://ada:hunter2@127.0.0.1:1"),
        ("--server", "ada:hunter2@127.0.0.1:1"),
        ("--server", "http://127.0.0.1:1/?password=hunter2"),
        ("--store", "esdb://ada:hunter2@127.0.0.1:1"),
        ("--store", "kurrent://ada:hunter2@127.0.0.1:1"),
        ("--store", "ada:hunter2@127.0.0.1"),
    ] {
        for args in [
            &["list"][..],
            &["--json", "list"],
            &["note", "@", "x"],
            &["list", "--help"],
            &["lst"],
            &["declare"],
        ] {
            let outcome = program.run(&[&[option, address], args].concat());
            let told = outcome.stdout.clone() + &outcome.stderr;
            assert!(
                !told.contains("hunter2") && !told.contains("er2@"),
                "{option} {address} {args:?}: {told}"
            );
        }
        let variable = if option == "--server" { "SCRIBE_SERVER" } else { "SCRIBE_STORE" };
        let output = program.command().env(variable, address).args(["show", "--help"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
    }
}

#[test]
fn a_signal_ends_every_process_of_a_line_and_how_it_ended_is_recorded() {
    let program = two_open();
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let ended = program.folder().join(format!("went-on-{signal}"));
        let began = program.folder().join(format!("began-{signal}"));
        let line = format!("touch {}; (sleep 1.5; touch {}) | cat", began.display(), ended.display());
        let running = program.start(&["run", "checkout", "--emergency", "x", "--shell", &line]);
        let waited = Instant::now();
        while !began.exists() {
            assert!(waited.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(20));
        }
        running.signal(signal);
        let outcome = running.end();
        assert_eq!(outcome.code, Some(128 + number), "{outcome:?}");
        assert!(outcome.stderr.contains(&format!("killed by signal {number}; recorded")), "{outcome:?}");
        let still =
            Command::new("pgrep").args(["-f", &ended.display().to_string()]).stdout(Stdio::null()).status();
        assert!(still.is_err() || !still.unwrap().success(), "a process of the line goes on");
        std::thread::sleep(Duration::from_secs(2));
        assert!(!ended.exists(), "the pipeline went on after {signal}");
    }
}

#[test]
fn the_key_that_a_backup_lacks_is_no_damage() {
    let program = Program::new();
    program.ok(&["declare", "Checkout is slow"]);
    program.ok(&["audit", "checkpoint"]);
    let key = program.ok(&["audit", "key"]).lines().last().unwrap().trim().to_owned();
    let backup = program.folder().join("backup.sqlite").display().to_string();
    program.ok(&["backup", &backup]);
    let other = program.folder().join("other").display().to_string();
    program.ok(&["--data", &other, "restore", &backup]);
    // The key is announced in what it signed, so nothing is missing.
    assert_eq!(program.run(&["--data", &other, "audit", "verify"]).code, Some(0));
    // Whoever trusts another key only is told which one signed, and that nothing is damaged.
    let stranger = Program::new();
    stranger.ok(&["declare", "Another record"]);
    stranger.ok(&["audit", "checkpoint"]);
    let foreign = stranger.ok(&["audit", "key"]).lines().last().unwrap().trim().to_owned();
    let verified = program.run(&["--data", &other, "audit", "verify", "--key", &foreign]);
    let name = key.split('+').take(2).collect::<Vec<_>>().join("+");
    assert_eq!(verified.code, Some(7), "{verified:?}");
    assert!(verified.stdout.contains(&name) && !verified.stdout.contains("DOES NOT HOLD"), "{verified:?}");
    let named = program.run(&["--data", &other, "audit", "verify", "--key", &key]);
    assert_eq!(named.code, Some(0), "{named:?}");
}

#[test]
fn a_name_alone_says_what_is_to_be_done() {
    let program = two_open();
    program.ok(&["upgrade", "checkout", "internal"]);
    let told = program.ok(&[]);
    for part in
        ["2 incidents are open", "nobody commands", "scribe role assign 20230104-checkout-is-slow ic NAME"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(program.ok(&["status"]), told);
    assert!(program.ok(&["status", "checkout"]).contains("Checkout is slow"));
    assert_eq!(program.ok(&["ls"]), program.ok(&["list"]));
    let elsewhere = program.folder().join("nothing-here");
    let output = Command::new(binary())
        .env_clear()
        .env("HOME", &elsewhere)
        .current_dir(program.folder())
        .output()
        .unwrap();
    assert!(output.status.success() && String::from_utf8(output.stdout).unwrap().contains("Usage: scribe"));
}

#[test]
fn what_stands_in_another_record_is_told_here_as_testimony_and_once() {
    let (here, there) = (two_open(), Program::new());
    there.ok(&["declare", "Filled meanwhile", "--occurred", "2023-01-06T18:05Z"]);
    let noted = there.ok(&["note", "@", "Seen there."]);
    let short = noted.trim_end().rsplit_once('[').unwrap().1.trim_end_matches(']').to_owned();
    there.ok(&["cause", "@", "The pool.", "--cite", &short]);
    there.ok(&["note", "@", "hunter2"]);
    there.ok(&["redact", "--incident", "@", "--last", "A secret."]);
    there.ok(&["follow-up", "agree", "@", "Alert on it."]);
    let folder = there.data().display().to_string();
    let before = here.count();
    assert!(here.ok(&["import", "record", &folder, "--dry-run"]).contains("4 would be added"));
    assert_eq!(here.count(), before);
    let told = here.run(&["import", "record", &folder]);
    assert!(told.stdout.contains("4 added, 0 known already"), "{told:?}");
    assert!(told.stderr.contains("1 event of the other record is erased there"), "{told:?}");
    let export = here.folder().join("there.jsonl");
    fs::write(&export, there.ok(&["export"])).unwrap();
    let again = here.ok(&["import", "record", export.to_str().unwrap()]);
    assert!(again.contains("0 added, 4 known already"), "{again}");
    // Each says which event it was there and when that was recorded; what it refers to is what was told here.
    let (ours, theirs) = (here.events(), there.events());
    let of = |events: &[serde_json::Value], kind: &str| {
        events
            .iter()
            .find(|event| {
                event["kind"] == json!(kind) && event["incident"] == json!("20230106-filled-meanwhile")
            })
            .unwrap()
            .clone()
    };
    let (note, original) = (of(&ours, "noted"), of(&theirs, "noted"));
    let source = note["source"].as_str().unwrap();
    assert!(source.contains(original["id"].as_str().unwrap()), "{source}");
    assert!(source.contains(original["recorded_at"].as_str().unwrap()), "{source}");
    assert_eq!(
        (&note["occurred"], &note["actor"]["who"]),
        (&original["occurred"], &original["actor"]["who"])
    );
    assert_eq!(of(&ours, "cause_named")["fields"]["cites"], json!([note["id"]]));
    assert!(!here.ok(&["events"]).contains("hunter2"));
    assert!(here.ok(&["show", "filled"]).contains("1  nobody: Alert on it."));
}

#[test]
fn those_who_ask_for_nothing_make_room_for_those_who_ask() {
    let program = two_open();
    let (server, address) = program.serve();
    let address = address.trim_start_matches("http://").to_owned();
    let mut idle = Vec::new();
    for number in 0..1_100 {
        let Ok(mut stream) = TcpStream::connect(&address) else {
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: this machine lets a test have {number} connections");
            return;
        };
        // Some have begun to ask, and do not go on.
        if number % 3 == 0 {
            let _ = stream.write_all(b"GET /heal");
        }
        idle.push(stream);
    }
    let began = Instant::now();
    let mut asking = TcpStream::connect(&address).unwrap();
    asking.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(asking, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(5), "it waited {:?}", began.elapsed());
    drop((idle, server));
}

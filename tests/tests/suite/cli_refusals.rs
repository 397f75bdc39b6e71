//! What a person can get wrong: each gets an error that says what to do, an exit code, and leaves no trace.

use std::process::Command;

use scribe_tests::program::{Outcome, Program};

const ID: &str = "20230104-an-incident";
const REFUSED: Option<i32> = Some(3);
const BAD_INPUT: Option<i32> = Some(4);
const USAGE: Option<i32> = Some(2);

fn declared() -> Program {
    let program = Program::new();
    program.ok(&["declare", "An incident", "--occurred", "2023-01-04T18:05Z"]);
    program
}

/// An error, a hint, and nothing else.
fn is_clear(outcome: &Outcome, code: Option<i32>, part: &str) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    assert_eq!(outcome.stdout, "", "{outcome:?}");
    let mut lines = outcome.stderr.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("error: ")), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(part), "{part:?} is missing in: {}", outcome.stderr);
    assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn what_the_domain_refuses() {
    let program = declared();
    program.ok(&["role", "assign", ID, "ic", "Zac"]);
    program.ok(&["role", "assign", ID, "comms", "Madeleine"]);
    program.ok(&["upgrade", ID, "internal"]);
    let before = program.count();
    let event = uuid::Uuid::nil().to_string();
    let cases: &[(&[&str], &str)] = &[
        (&["note", "20230104-nothing", "x"], "there is no incident 20230104-nothing"),
        (&["show", "20230104-nothing"], "there is no incident 20230104-nothing"),
        (&["upgrade", ID, "engineering"], "is below internal"),
        (&["downgrade", ID, "public"], "is above internal"),
        (&["role", "assign", ID, "ic", "Kim"], "hand it off: scribe role handoff"),
        (&["role", "handoff", ID, "ic", "--from", "Kim", "--to", "Tess"], "Kim is not incident commander"),
        (&["role", "leave", ID, "ic"], "Tess Tester is not incident commander"),
        (
            &["update", ID, "Hello.", "--audience", "public", "--status", "identified", "--as", "Zac"],
            "is above it",
        ),
        (
            &["update", ID, "Hello.", "--audience", "internal", "--status", "identified"],
            "Zac or Madeleine may",
        ),
        (&["phase", ID, "resolved"], "scribe resolve"),
        (&["close", ID], "is not resolved"),
        (&["merge", ID, ID], "cannot be merged into itself"),
        (&["merge", ID, "20230104-nothing"], "there is no incident 20230104-nothing"),
        (&["acknowledge", ID, "9"], "has no page 9"),
        (&["approve", ID, "9", "--yes"], "run 9"),
        (&["action", "finish", ID, "9", "x"], "has no action 9"),
        (&["hold", "release", ID], "does not hold deploys"),
        (&["retract", ID, &event, "--why", "x"], "has no event"),
        (&["note", ID, "x", "--occurred", "2190-01-01T00:00Z"], "is ahead of"),
        (&["note", ID, "x", "--if-revision", "99"], "is at revision"),
    ];
    for (args, part) in cases {
        is_clear(&program.run(args), REFUSED, part);
    }
    assert_eq!(program.count(), before, "nothing was recorded");
}

#[test]
fn what_cannot_be_read() {
    let program = declared();
    let before = program.count();
    let long = "x".repeat(20_001);
    let cases: &[(&[&str], &str)] = &[
        (&["note", ID, ""], "must not be empty"),
        (&["note", ID, " \t "], "must not be empty"),
        (&["note", ID, &long], "has 20001 characters; at most 20000 are allowed"),
        (&["note", ID, "a\u{1b}[31m"], "U+001B (control character)"),
        (&["note", ID, "a\u{202e}b"], "U+202E (bidirectional control)"),
        (&["declare", "two\nlines"], "line break in a one-line field"),
        (&["note", ID, "x", "--occurred", "soon"], "--occurred: \"soon\" is not a time"),
        (&["note", ID, "x", "--occurred", "5:00 PM BST"], "--occurred: \"BST\" can mean more than one time"),
        (
            &["note", ID, "x", "--occurred", "2023-01-04 13:05"],
            "--occurred: \"2023-01-04 13:05\" names no time zone",
        ),
        (
            &["note", ID, "x", "--occurred", "2023-01-04 13:05 Mars/Base"],
            "--occurred: \"Mars/Base\" is not a time zone",
        ),
        (&["note", ID, "x", "--occurred", "0000-01-01T00:00Z"], "--occurred: the year 0 is outside"),
        (&["note", ID, "x", "--occurred", "9999-01-01T00:00Z"], "--occurred: the year 9999 is outside"),
        (
            &["note", ID, "x", "--occurred", "2023-11-05 01:30 America/New_York"],
            "--occurred: 2023-11-05 01:30:00 happened twice in America/New_York",
        ),
        (
            &["note", ID, "x", "--occurred", "2023-03-12 02:30", "--zone", "America/New_York"],
            "--occurred: 2023-03-12 02:30:00 never happened in America/New_York",
        ),
        (
            &["run", ID, "--emergency", "x", "--", "echo", "a\u{7}"],
            "the line contains the forbidden character",
        ),
        (&["note", ID, "x", "--idempotency-key", "ü"], "use printable ASCII"),
        (&["page", ID], "--team TEAM"),
        (&["join", ID, "--as", "integration:bot"], "integration:bot is not a person"),
        (&["note", ID, "x", "--on-behalf-of", "Kim"], "a person acts in their own name"),
        (&["import", "events", "no-such-file"], "cannot read the events no-such-file"),
        (&["list", "--server", "http://scribe.example"], "is another machine's"),
        (&["list", "--server", "nonsense"], "does not begin with http://"),
        (&["list", "--config", "no-such-file"], "no-such-file"),
        (&["serve", "--listen", "0.0.0.0:0"], "loopback only"),
        (&["timeline", ID, "--as-of", "unknown", "--format", "json"], "a known time is needed"),
    ];
    for (args, part) in cases {
        is_clear(&program.run(args), BAD_INPUT, part);
    }
    is_clear(&program.run_with(&["note", ID, "-"], b"a\xffb"), BAD_INPUT, "UTF-8");
    let two = program.run_with(&["summarise", ID, "-", "--plan", "-"], b"x");
    is_clear(&two, BAD_INPUT, "only one text can come from stdin");
    let endless = program.run_with(&["note", ID, "-"], &b"x".repeat(3 << 20));
    assert_eq!(endless.code, BAD_INPUT, "{}", endless.stderr);
    assert_eq!(program.count(), before, "nothing was recorded");
}

#[test]
fn what_is_no_command_line() {
    let program = declared();
    let cases: &[(&[&str], &str)] = &[
        (&["upgrade", ID, "world"], "possible values: engineering, internal, public"),
        (&["severity", ID, "sev9"], "sev1"),
        (&["role", "assign", ID, "boss", "Kim"], "\"boss\" is not a role: expected incident_commander"),
        (&["note", "../x", "y"], "\"../x\" is not an incident id"),
        (&["note", ID], "TEXT"),
        (&["note", ID, "x", "--unknown"], "--unknown"),
        (&["nonsense"], "nonsense"),
        (&["note", "a\u{1b}[31m", "y"], r"\u{1b}[31m"),
        (&["acknowledge", ID, "one"], "invalid digit"),
        (
            &["update", ID, "x", "--audience", "internal", "--status", "identified", "--component", "API"],
            "NAME=STATE",
        ),
        (&["list", "--zone", "Mars"], "tz database"),
        (&["run", ID, "--wait", "soon", "--", "true"], "15m"),
        (&["run", ID], "CMD"),
        (&["approve", ID, "1", "--digest", "sha256:zz"], "64 hexadecimal digits"),
    ];
    for (args, part) in cases {
        is_clear(&program.run(args), USAGE, part);
    }
    assert_eq!(program.count(), 1);
}

#[test]
fn a_word_that_is_not_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let program = declared();
    let output = program.command().args(["note", ID]).arg(OsStr::from_bytes(b"a\xff")).output().unwrap();
    assert_eq!(output.status.code(), USAGE);
    assert!(String::from_utf8_lossy(&output.stderr).contains("UTF-8"));
    assert_eq!(program.count(), 1);
}

#[test]
fn a_nobody_tells_nothing() {
    let program = declared();
    let mut command = program.command();
    command.env_remove("USER").env_remove("LOGNAME").args(["note", ID, "x"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), BAD_INPUT);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: say who you are: --as"));
    assert_eq!(program.count(), 1);
}

#[test]
fn folders_and_files_that_cannot_be_used() {
    let program = declared();
    let file = program.folder().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let foreign = program.folder().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("scribe.sqlite"), "this is no database, but it is long enough to be read")
        .unwrap();
    for folder in ["/dev/null/x", file.to_str().unwrap(), foreign.to_str().unwrap(), "/proc/nowhere"] {
        let outcome = program.run(&["--data", folder, "list"]);
        assert_eq!(outcome.code, Some(5), "{outcome:?}");
        assert!(
            outcome.stderr.starts_with("error: ") && outcome.stderr.contains("hint: "),
            "{}",
            outcome.stderr
        );
    }
    let kept = std::fs::read(foreign.join("scribe.sqlite")).unwrap();
    assert!(kept.starts_with(b"this is no database"), "a foreign file is left alone");
    std::fs::write(program.data().join("scribe.toml"), "zone = \"Mars\"\n").unwrap();
    is_clear(&program.run(&["list"]), BAD_INPUT, "\"Mars\" is not a time zone");
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let program = declared();
    for number in 0..20 {
        program.ok(&["note", ID, &format!("{number} {}", "x".repeat(15_000))]);
    }
    let script = format!("'{}' events | head -c 10", scribe_tests::program::binary().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("SCRIBE_DATA", program.data());
    let output = shell.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.stdout.len(), 10);
}

#[test]
fn no_server_there() {
    let program = declared();
    let outcome = program.run(&["list", "--server", "http://127.0.0.1:1"]);
    assert_eq!(outcome.code, Some(5), "{outcome:?}");
    assert!(outcome.stderr.contains("hint: is it running?"), "{}", outcome.stderr);
}

#[test]
fn looking_into_the_wrong_folder_is_told_and_makes_none() {
    let program = Program::new();
    for look in [&["hold", "check"][..], &["list"], &["export"], &["status-page"]] {
        let outcome = program.run(look);
        assert_eq!(outcome.code, Some(5), "{outcome:#?}");
        assert!(outcome.stderr.contains("there is no record in"), "{outcome:#?}");
    }
    assert!(!program.data().exists());
}

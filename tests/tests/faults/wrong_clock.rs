//! A clock that is wrong: what the program says of it, and what is recorded all the same.

use chrono::{DateTime, Utc};
use scribe_protocol_server::Cluster;
use scribe_tests::program::{Outcome, Program};

use super::served::Served;
use super::shim::Shim;

/// Two hours, in nanoseconds.
const TWO_HOURS: i64 = 7_200 * 1_000_000_000;

/// What the program comes to on a machine whose clock is moved.
fn moved(program: &Program, shim: &Shim, args: &[&str]) -> Outcome {
    let mut command = program.command();
    shim.load(&mut command).args(args).output().unwrap().into()
}

fn shim(program: &Program) -> Option<Shim> {
    std::fs::create_dir_all(program.data()).unwrap();
    Shim::over(&program.data())
}

#[test]
fn a_clock_behind_its_record_is_told_once_and_goes_on() {
    let program = Program::new();
    let Some(shim) = shim(&program) else { return };
    let declared = moved(&program, &shim, &["declare", "Checkout is slow"]);
    assert!(declared.code == Some(0) && !declared.stderr.contains("clock"), "{declared:?}");
    let good = moved(&program, &shim, &["clock"]);
    assert!(good.code == Some(0) && good.stdout.contains("nothing speaks against this clock"), "{good:?}");
    shim.move_clock(-TWO_HOURS);
    let noted = moved(&program, &shim, &["note", "It is slow."]);
    assert_eq!(noted.code, Some(0), "{noted:?}");
    let lines: Vec<&str> = noted.stderr.lines().filter(|line| line.contains("clock")).collect();
    assert_eq!(lines.len(), 1, "{noted:?}");
    let said = "behind the record's last time";
    assert!(lines[0].starts_with("note: this machine's clock says ") && lines[0].contains(said), "{lines:?}");
    let clock = moved(&program, &shim, &["clock"]);
    assert!(clock.code == Some(9) && clock.stdout.contains(said) && clock.stderr.is_empty(), "{clock:?}");
    let json = moved(&program, &shim, &["clock", "--json"]).stdout;
    assert!(
        json.contains(r#""standing":"doubtful""#) && json.contains(r#""code":"behind_record""#),
        "{json}"
    );
    let served = Served::start(&program, |command| shim.load(command)).ready();
    assert!(served.get("/readyz").body.contains("clock: this machine's clock says"));
    // At 1970, with a record of its own.
    let program = Program::new();
    let Some(shim) = self::shim(&program) else { return };
    shim.move_clock(-Utc::now().timestamp_nanos_opt().unwrap() + 12_000_000_000);
    let declared = moved(&program, &shim, &["declare", "Checkout is slow"]);
    assert!(
        declared.code == Some(0) && declared.stderr.contains("before this program was written"),
        "{declared:?}"
    );
}

#[test]
fn a_node_with_a_wrong_clock_records_nothing_and_one_with_a_right_clock_goes_on() {
    let cluster = Cluster::start(1).unwrap();
    let store = cluster.connection_string();
    let (wrong, right) = (Program::new(), Program::new());
    let Some(shim) = shim(&wrong) else { return };
    let run = |args: &[&str]| -> Outcome {
        right.command().env("SCRIBE_STORE", &store).args(args).output().unwrap().into()
    };
    let run_wrong = |args: &[&str]| -> Outcome {
        let mut command = wrong.command();
        shim.load(&mut command).env("SCRIBE_STORE", &store).args(args).output().unwrap().into()
    };
    assert_eq!(run(&["declare", "Checkout is slow"]).code, Some(0));
    for hours in [-TWO_HOURS, TWO_HOURS] {
        shim.move_clock(hours);
        let refused = run_wrong(&["note", "It is slow."]);
        assert_eq!(refused.code, Some(9), "{refused:?}");
        assert!(
            refused.stderr.contains("error: a clock is wrong: this machine's clock says 20"),
            "{refused:?}"
        );
        assert!(refused.stderr.contains("and the store's 20"), "{refused:?}");
        let shown = run_wrong(&["show"]);
        assert!(
            shown.code == Some(0) && shown.stderr.contains("note: this machine's clock says"),
            "{shown:?}"
        );
        let noted = run(&["note", "It is slow."]);
        assert!(noted.code == Some(0) && !noted.stderr.contains("clock"), "{noted:?}");
    }
    let served = Served::start(&wrong, |command| shim.load(command).env("SCRIBE_STORE", &store));
    let refused = served.ask_once("/readyz", |answer| answer.body.contains("clock_wrong"));
    assert_eq!(refused.status, 503, "{refused:?}");
    let incident = refused_note(&served, &run(&["list", "--json"]).stdout);
    let counters = served.get("/metrics").body;
    let offset = counters.lines().find_map(|line| line.strip_prefix("scribe_clock_offset_seconds "));
    assert!((offset.unwrap().parse::<f64>().unwrap() - 7_200.0).abs() < 10.0, "{counters}");
    // It goes on by itself.
    shim.move_clock(0);
    let noted = served.note(&incident, "again");
    assert_eq!(noted.status, 200, "{noted:?}");
    assert_eq!(served.ready().get("/readyz").status, 200);
}

/// Notes something where that is refused; the incident.
fn refused_note(served: &Served, list: &str) -> String {
    let list: serde_json::Value = serde_json::from_str(list).unwrap();
    let incident = list["incidents"][0]["incident"].as_str().unwrap().to_owned();
    let answer = served.note(&incident, "once");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("clock_wrong")), "{answer:?}");
    incident
}

#[test]
fn a_clients_clock_decides_no_recorded_time() {
    let program = Program::new();
    let (_server, address) = program.serve();
    let mut client = Program::new();
    client.speak_to(&address);
    let Some(shim) = shim(&client) else { return };
    let declared = moved(&client, &shim, &["--as", "Ada", "declare", "Checkout is slow"]);
    assert!(declared.code == Some(0) && !declared.stderr.contains("clock"), "{declared:?}");
    shim.move_clock(-TWO_HOURS);
    let noted = moved(&client, &shim, &["--as", "Ada", "note", "Now."]);
    assert!(noted.code == Some(0) && noted.stderr.contains("put right from"), "{noted:?}");
    let lines = noted.stderr.lines().filter(|line| line.contains("2 h behind the server's")).count();
    assert_eq!(lines, 1, "{noted:?}");
    let told = moved(&client, &shim, &["--as", "Ada", "note", "Then.", "-t", "2026-11-01T10:00:00Z"]);
    assert!(told.code == Some(0) && !told.stderr.contains("put right"), "{told:?}");
    let ran = moved(&client, &shim, &["--as", "Ada", "run", "--emergency", "I am alone.", "--", "true"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = program.events();
    let of = |kind: &str| events.iter().filter(move |event| event["kind"] == kind).collect::<Vec<_>>();
    let at = |event: &serde_json::Value, field: &str| {
        event[field].as_str().unwrap_or_else(|| panic!("{field}: {event}")).parse::<DateTime<Utc>>().unwrap()
    };
    let [now, then] = of("noted")[..] else { panic!("{events:?}") };
    for event in [now, of("run_finished")[0]] {
        assert!((at(event, "recorded_at") - at(event, "occurred")).num_seconds().abs() < 60, "{event}");
        let behind = (at(event, "occurred") - at(event, "told")).num_seconds();
        assert!((behind - 7_200).abs() < 60, "{event}");
    }
    assert_eq!((then["occurred"].as_str(), then.get("told")), (Some("2026-11-01T10:00:00Z"), None));
}

#[test]
fn what_waited_in_the_outbox_is_put_right_by_the_clocks_difference() {
    let program = Program::new();
    let mut client = Program::new();
    let (server, address) = program.serve();
    client.speak_to(&address);
    let Some(shim) = shim(&client) else { return };
    assert_eq!(moved(&client, &shim, &["--as", "Ada", "declare", "Checkout is slow"]).code, Some(0));
    drop(server);
    // Typed an hour before it is sent, by a clock that is two hours behind.
    shim.move_clock(-TWO_HOURS - TWO_HOURS / 2);
    let kept = moved(&client, &shim, &["--as", "Ada", "note", "@", "Then."]);
    assert_eq!(kept.code, Some(8), "{kept:?}");
    shim.move_clock(-TWO_HOURS);
    let listen = address.trim_start_matches("http://");
    let mut server = program.start(&["serve", "--listen", listen]);
    server.stderr_line(|line| line.starts_with("listening on "));
    let sent = moved(&client, &shim, &["--as", "Ada", "outbox", "send"]);
    assert!(sent.code == Some(0) && sent.stderr.contains("put right from"), "{sent:?}");
    let events = program.events();
    let note = events.iter().find(|event| event["kind"] == "noted").unwrap();
    let at = |field: &str| note[field].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let before = (at("recorded_at") - at("occurred")).num_seconds();
    assert!((before - 3_600).abs() < 60, "{note}");
    assert!(((at("occurred") - at("told")).num_seconds() - 7_200).abs() < 60, "{note}");
}

//! Why a cluster cannot be used, in words: the same from a command line, from a server's `/readyz` and in its log, with
//! what to do about it, without a secret, and with an exit status that tells what passes from what somebody must
//! change.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use scribe_protocol_server::Login;
use scribe_tests::program::{PATIENCE, Program, binary};
use serde_json::Value;

use super::*;

/// How long a refusal may take, on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(8);
const PASSWORD: &str = "keep-this-to-yourself";

/// What somebody must change first.
const BARRED: i32 = 6;
/// What passes by itself.
const AWAY: i32 = 5;

/// What is told of a store that cannot be used.
struct Explanation<'a> {
    code: i32,
    why: &'a str,
    remedy: &'a str,
}

/// Asks a store in every way, each from a folder that never met its cluster.
fn refuses(environment: &[(&str, &str)], told: &Explanation<'_>) {
    let Explanation { code, why, remedy } = *told;
    // Building it is not to be counted.
    binary();
    let commands: [&[&str]; 5] = [
        &["declare", "Imports fail"],
        &["list"],
        &["list", "--json"],
        &["audit", "verify"],
        &["backup", "b"],
    ];
    for command in commands {
        let program = Program::new();
        let began = Instant::now();
        let outcome = run_in(&program, environment, command);
        assert!(began.elapsed() < SOON, "{command:?} took {:?}: {outcome:#?}", began.elapsed());
        is_refused(&outcome, code, why);
        let (_, hint) = outcome.stderr.split_once("\nhint: ").unwrap();
        assert!(hint.contains(remedy), "{remedy}: {outcome:#?}");
        assert!(code == AWAY || !outcome.stderr.contains("send it again"), "{outcome:#?}");
        // Of a look there is nothing to be acknowledged, and nothing is kept of nothing.
        assert!(command[0] == "declare" || !outcome.stderr.contains("acknowledged"), "{outcome:#?}");
        assert!(!outcome.stderr.contains(PASSWORD), "{outcome:#?}");
        assert!(!program.folder().join("b").exists(), "{outcome:#?}");
    }
    let program = Program::new();
    let (server, address) = program.serve_as(|command| command.envs(environment.iter().copied()));
    let (detail, hint) = not_ready(&address, why);
    if code == BARRED {
        assert!(hint.contains(remedy), "{remedy}: {hint}");
    }
    server.signal("TERM");
    let outcome = server.end();
    let level = if code == BARRED { " ERROR " } else { " WARN " };
    let is_told = |line: &str| line.contains(why) && line.contains(level);
    assert!(outcome.stderr.lines().any(is_told), "{why}: {outcome:#?}");
    assert!(!detail.contains(PASSWORD) && !outcome.stderr.contains(PASSWORD), "{outcome:#?}");
}

/// What a server says of itself, once it says why; and its hint.
fn not_ready(address: &str, why: &str) -> (String, String) {
    let began = Instant::now();
    loop {
        let (status, body) = asked(address, "/readyz");
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        let [detail, hint] = ["detail", "hint"].map(|name| problem[name].as_str().unwrap_or_default());
        if detail.contains(why) {
            assert_eq!(status, 503, "{body}");
            return (detail.to_owned(), hint.to_owned());
        }
        assert!(began.elapsed() < PATIENCE, "still {status}: {body}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// What a server answers.
pub(super) fn asked(address: &str, path: &str) -> (u16, String) {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, body.to_owned())
}

fn login(user: &str) -> Login {
    Login { user: user.to_owned(), password: PASSWORD.to_owned() }
}

/// Somebody who takes connections and says these words.
fn answers_with(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 256]);
                let _ = stream.write_all(words);
            });
        }
    });
    port
}

/// The file with a cluster's authority.
fn authority(program: &Program, cluster: &Cluster) -> String {
    let file = program.folder().join("authority.pem");
    fs::write(&file, cluster.authority().unwrap()).unwrap();
    text(&file).to_owned()
}

#[test]
fn logins_and_rights() {
    let settings = Settings { login: Some(login("admin")), users: vec![login("ada")], ..Settings::default() };
    let cluster = Cluster::with(1, settings).unwrap();
    let store = format!("esdb://127.0.0.1:{}?tls=false", cluster.port(0));
    let as_user = |user, password| {
        [("SCRIBE_STORE", &*store), ("SCRIBE_STORE_USER", user), ("SCRIBE_STORE_PASSWORD", password)]
    };
    let wrong = Explanation {
        code: BARRED,
        why: "does not take this user and password",
        remedy: "look at SCRIBE_STORE_USER and SCRIBE_STORE_PASSWORD, or the address",
    };
    refuses(&as_user("admin", "another"), &wrong);
    refuses(&as_user("nobody", PASSWORD), &wrong);
    let none = Explanation {
        code: BARRED,
        why: "wants to know who asks, and no login is told",
        remedy: "set SCRIBE_STORE_USER, and SCRIBE_STORE_PASSWORD or SCRIBE_STORE_PASSWORD_FILE",
    };
    refuses(&as_user("", "")[..1], &none);
    let plain = Explanation {
        code: BARRED,
        why: "the user has no right to read $all",
        remedy: "the cluster's operator must put the user into a group that may, in the $acl of $all's metadata",
    };
    refuses(&as_user("ada", PASSWORD), &plain);
    assert!(cluster.records().is_empty());
}

#[test]
fn certificates() {
    let program = Program::new();
    let secured = |settings| Cluster::with(1, Settings { tls: true, ..settings }).unwrap();
    let cluster = secured(Settings::default());
    let store = |cluster: &Cluster, options: &str| format!("esdb://127.0.0.1:{}{options}", cluster.port(0));
    let unknown = Explanation {
        code: BARRED,
        why: "was signed by nobody who is trusted here",
        remedy: "name the certificates of whoever signed it with tlsCaFile=FILE",
    };
    refuses(&[("SCRIBE_STORE", &store(&cluster, ""))], &unknown);
    let others = authority(&program, &secured(Settings::default()));
    refuses(&[("SCRIBE_STORE", &store(&cluster, &format!("?tlsCaFile={others}")))], &unknown);

    let elsewhere = secured(Settings { host: "localhost".to_owned(), ..Settings::default() });
    let trusted = authority(&program, &elsewhere);
    let another = Explanation {
        code: BARRED,
        why: "is for another name: localhost",
        remedy: "name the nodes as their certificates do, or have certificates made for these names",
    };
    refuses(&[("SCRIBE_STORE", &store(&elsewhere, &format!("?tlsCaFile={trusted}")))], &another);

    let old = secured(Settings { expired: true, ..Settings::default() });
    let trusted = authority(&program, &old);
    let expired = Explanation { code: BARRED, why: "has expired", remedy: "its operator must renew it" };
    refuses(&[("SCRIBE_STORE", &store(&old, &format!("?tlsCaFile={trusted}")))], &expired);

    let plain = Explanation {
        code: BARRED,
        why: "speaks TLS, and this side without it",
        remedy: "leave out tls=false",
    };
    refuses(&[("SCRIBE_STORE", &store(&cluster, "?tls=false"))], &plain);
    let open = Cluster::start(1).unwrap();
    let tls = Explanation {
        code: BARRED,
        why: "speaks without TLS, and this side with it",
        remedy: "write tls=false if the cluster is meant to be open",
    };
    refuses(&[("SCRIBE_STORE", &store(&open, ""))], &tls);
}

#[test]
fn addresses() {
    let http = answers_with(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let port = Explanation {
        code: BARRED,
        why: "speaks HTTP/1, and no gRPC",
        remedy: "name the port at which the nodes take gRPC and HTTP: 2113 unless",
    };
    refuses(&[("SCRIBE_STORE", &format!("esdb://127.0.0.1:{http}?tls=false"))], &port);
    let unknown = Explanation { code: AWAY, why: "the host nowhere.invalid is not known", remedy: "" };
    refuses(&[("SCRIBE_STORE", "esdb://nowhere.invalid:2113?tls=false")], &unknown);
    refuses(&[("SCRIBE_STORE", "esdb+discover://nowhere.invalid:2113?tls=false")], &unknown);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nothing = Explanation { code: AWAY, why: "(connection refused)", remedy: "" };
    refuses(&[("SCRIBE_STORE", &format!("esdb://{free}?tls=false"))], &nothing);
}

/// A server that began with nothing, and without its cluster, serves as soon as there is one.
#[test]
fn a_server_that_never_met_its_cluster_waits_for_it() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let store = format!("esdb://{free}?tls=false");
    let program = Program::new();
    let (server, address) = program.serve_as(|command| command.env("SCRIBE_STORE", &store));
    not_ready(&address, "nothing listens at");
    assert_eq!(asked(&address, "/healthz"), (200, "ok\n".to_owned()));
    let mut remote = Program::new();
    remote.speak_to(&address);
    is_refused(&remote.run(&["list"]), AWAY, "there is nothing to show");
    let settings = Settings { port: free.port(), ..Settings::default() };
    let _cluster = Cluster::with(1, settings).unwrap();
    let began = Instant::now();
    while asked(&address, "/readyz").0 != 200 {
        assert!(began.elapsed() < PATIENCE, "{:?}", asked(&address, "/readyz"));
        thread::sleep(Duration::from_millis(20));
    }
    remote.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    assert!(remote.ok(&["list"]).contains(ID));
    drop(server);
}

#[test]
fn a_server_that_loses_events() {
    let cluster = Cluster::with(1, Settings { version: "25.0.0".to_owned(), ..Settings::default() }).unwrap();
    let told = Explanation {
        code: BARRED,
        why: "is KurrentDB 25.0.0, which can swallow the first event after going live",
        remedy: "go over to 25.0.1 or later",
    };
    refuses(&[("SCRIBE_STORE", &cluster.connection_string())], &told);
    assert!(cluster.records().is_empty());
}

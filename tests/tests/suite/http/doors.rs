//! The doors of the real program: TLS, the first token, two people and an outsider; a socket file.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use scribe_tests::program::{Outcome, PATIENCE, Program, Running};

/// An authority, its certificate in a file, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = folder.join(format!("{name}.pem"));
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// Writes a certificate for localhost, and its key.
    fn certify(&self, folder: &Path, end: i32) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(end, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        // The key first: whoever reads between the two finds a pair that does not match, and waits.
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        std::fs::set_permissions(folder.join("key.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    }
}

/// What has a server listen with TLS, by the files in the program's folder.
fn with_tls(program: &Program) -> [String; 7] {
    let file = |name: &str| program.folder().join(name).display().to_string();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    ["serve", "--listen", "127.0.0.1:0", "--tls-certificate", &certificate, "--tls-key", &key]
        .map(str::to_owned)
}

/// A server that can be reached from elsewhere, and the first token.
fn reachable(program: &Program) -> (Running, String, String) {
    std::fs::create_dir_all(program.data()).unwrap();
    std::fs::write(program.data().join("scribe.toml"), "[listen]\nhosts = [\"scribe.example.com\"]\n")
        .unwrap();
    let tls = with_tls(program);
    let mut server = program.start(
        &["--as", "Root Example"].into_iter().chain(tls.iter().map(String::as_str)).collect::<Vec<_>>(),
    );
    let token = server.stderr_line(|line| line.starts_with("scribe_"));
    let line = server.stderr_line(|line| line.starts_with("listening on "));
    let address = line.strip_prefix("listening on ").unwrap().replace("127.0.0.1", "localhost");
    (server, address, token)
}

/// Somebody who speaks to a server with a token.
fn speak(program: &Program, server: &str, ca: &Path, token: Option<&str>, args: &[&str]) -> Outcome {
    let mut all = vec!["--server", server, "--ca", ca.to_str().unwrap()];
    all.extend(args);
    let mut command = program.command();
    command.args(&all);
    match token {
        Some(token) => command.env("SCRIBE_TOKEN", token),
        None => command.env_remove("SCRIBE_TOKEN"),
    };
    Outcome::from(command.output().unwrap())
}

#[test]
fn a_server_for_a_team_lets_in_whom_it_knows_and_nobody_else() {
    let program = Program::new();
    let ours = Authority::new(program.folder(), "ours");
    ours.certify(program.folder(), 2099);
    let (server, address, root) = reachable(&program);
    let with = |token: &str, args: &[&str]| {
        let outcome = speak(&program, &address, &ours.file, Some(token), args);
        assert_eq!(outcome.code, Some(0), "{args:?}: {outcome:?}");
        outcome.stdout
    };
    let refused = |token: Option<&str>, args: &[&str], code: i32, words: &str| {
        let outcome = speak(&program, &address, &ours.file, token, args);
        assert_eq!(outcome.code, Some(code), "{args:?}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{args:?}: {outcome:?}");
    };
    let token = |owner: &str, scopes: &str| {
        with(&root, &["token", "create", "laptop", "--for", owner, "--scope", scopes]).trim().to_owned()
    };
    let (ada, sam) = (token("Ada Example", "read,respond,approve"), token("Sam Example", "read,approve"));
    let pager = token("integration:pager", "append");
    with(&ada, &["declare", "Checkout is slow"]);
    with(&ada, &["propose", "@", "--shell", "uptime"]);
    refused(Some(&ada), &["approve", "@", "1", "--yes"], 3, "cannot approve");
    with(&sam, &["approve", "@", "1", "--yes"]);
    let runs = with(&root, &["audit", "runs", "--strength", "account"]);
    assert!(runs.contains("everybody proven"), "{runs}");
    // A copied name, another scope, no token, a slip.
    refused(Some(&sam), &["--as", "Ada Example", "approve", "@", "1", "--yes"], 6, "cannot tell it as");
    refused(Some(&pager), &["list"], 6, "was not given the scope read");
    refused(None, &["list"], 6, "nothing shows who asks");
    refused(None, &["list"], 6, "hint: show it your token: scribe login");
    refused(Some(&ada[..ada.len() - 1]), &["list"], 4, "not a whole token");
    let acts = with(&root, &["audit", "acts"]);
    assert!(acts.contains("gave Sam Example the token") && acts.contains("runs by other settings"), "{acts}");
    // Whoever writes into the folder by hand does not get round it: a proposal that was proven takes a proof.
    with(&ada, &["propose", "@", "--shell", "reboot"]);
    let by_hand = program.run(&["--as", "Sam Example", "approve", "@", "2", "--yes"]);
    assert_eq!(by_hand.code, Some(3), "{by_hand:?}");
    assert!(by_hand.stderr.contains("proved who they are"), "{by_hand:?}");
    // No secret is written anywhere in the folder, or said in the log.
    server.signal("TERM");
    let log = server.end();
    for secret in [&root, &ada, &sam, &pager] {
        for entry in walk(&program.data()) {
            let bytes = std::fs::read(&entry).unwrap();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a secret", entry.display());
        }
        // The first token alone was shown, once, to whoever started the server.
        let shown = log.stderr.matches(secret.as_str()).count();
        assert_eq!(shown, usize::from(secret == &root), "{}", log.stderr);
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_certificate_is_shown_checked_and_read_again_when_it_changes() {
    let program = Program::new();
    let (ours, others) =
        (Authority::new(program.folder(), "ours"), Authority::new(program.folder(), "others"));
    ours.certify(program.folder(), 2099);
    let (_server, address, root) = reachable(&program);
    let ask = |ca: &Path| speak(&program, &address, ca, Some(&root), &["whoami"]);
    assert_eq!(ask(&ours.file).code, Some(0), "{:?}", ask(&ours.file));
    let unknown = ask(&others.file);
    assert!(unknown.code != Some(0) && unknown.stderr.contains("--ca"), "{unknown:?}");
    let plain = speak(&program, &address.replace("https", "http"), &ours.file, Some(&root), &["whoami"]);
    assert_ne!(plain.code, Some(0), "{plain:?}");
    // Somebody who connects and says nothing holds nobody up.
    let port = address.rsplit(':').next().unwrap();
    let _silent = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    assert_eq!(ask(&ours.file).code, Some(0));
    others.certify(program.folder(), 2099);
    let since = Instant::now();
    while ask(&others.file).code != Some(0) {
        assert!(since.elapsed() < PATIENCE, "the new certificate is not shown: {:?}", ask(&others.file));
    }
    assert_ne!(ask(&ours.file).code, Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_at_the_start() {
    let program = Program::new();
    let ours = Authority::new(program.folder(), "ours");
    let (key, args) = (program.folder().join("key.pem"), with_tls(&program));
    let start = |words: &str| {
        let outcome = program.run(&args.each_ref().map(String::as_str));
        assert_eq!(outcome.code, Some(4), "{outcome:?}");
        assert!(outcome.stderr.contains(words) && outcome.stderr.contains("hint: "), "{words}: {outcome:?}");
    };
    start("cert.pem");
    ours.certify(program.folder(), 2021);
    start("the certificate ended at 2021-01-01");
    ours.certify(program.folder(), 2099);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    start("key.pem");
    std::fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    start("key");
    for (listen, words) in
        [("0.0.0.0:0", "can be reached from other machines"), ("192.0.2.1:7474", "can be reached")]
    {
        let outcome = program.run(&["serve", "--listen", listen]);
        assert_eq!(outcome.code, Some(4), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    assert!(!program.data().exists() || program.count() == 0, "who cannot listen founds no record");
}

#[test]
fn a_socket_file_is_its_owners_and_says_which_account_spoke() {
    let program = Program::new();
    let socket = program.folder().join("scribe.sock");
    let listen = format!("unix:{}", socket.display());
    // A file that a dead server left is no hindrance.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let mut server = program.start(&["serve", "--listen", &listen]);
    server.stderr_line(|line| line.starts_with("listening on unix:"));
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let mut command = program.command();
    command.args(["--server", &listen, "--as", "Ada Example", "declare", "Checkout is slow"]);
    let told = Outcome::from(command.output().unwrap());
    assert_eq!(told.code, Some(0), "{told:?}");
    let events = program.events();
    assert!(events[0]["origin"].as_str().unwrap().starts_with("uid:"), "{events:?}");
    let second = program.run(&["serve", "--listen", &listen]);
    assert_ne!(second.code, Some(0), "a socket file in use is refused: {second:?}");
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
    assert!(!socket.exists());
}

#[test]
fn what_a_server_says_can_be_read_by_a_program() {
    let program = Program::new();
    // A record may begin with a token.
    let secret = program.ok(&["token", "create", "laptop", "--for", "Ada Example", "--scope", "append"]);
    assert!(program.ok(&["token", "list"]).contains("Ada Example (laptop)"));
    let mut said = Vec::new();
    let (server, address) = program.serve_as(|command| command.env("SCRIBE_LOG_FORMAT", "json"));
    for token in [Some(secret.trim()), None] {
        let mut command = program.command();
        command.args(["--server", &address, "list"]);
        match token {
            Some(token) => command.env("SCRIBE_TOKEN", token),
            None => command.env_remove("SCRIBE_TOKEN"),
        };
        assert_eq!(Outcome::from(command.output().unwrap()).code, Some(6));
    }
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    server.signal("TERM");
    let mut ways_round = Vec::new();
    for line in server.end().stderr.lines().filter(|line| line.starts_with('{')) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        ways_round.extend(line["code"].as_str().map(str::to_owned));
        assert!(line["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "in UTC: {line}");
        if line["message"] == "a caller was not let in" {
            assert_eq!(line["operation"], "list");
            said.push(line["why"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(said, ["Ada Example was not given the scope read", "nothing shows who asks"]);
    assert_eq!(ways_round, ["foreign_host"]);
    let mut other = program.command();
    let refused = Outcome::from(other.arg("serve").env("SCRIBE_LOG_FORMAT", "xml").output().unwrap());
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("set SCRIBE_LOG_FORMAT to text or json"), "{refused:?}");
}

//! The record, the server, and what is given to its callers.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use scribe::auth::secret::Secret;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::testing::plausible::EACH;
use scribe_tests::beneath::beneath;
use scribe_tests::made_up;
use tempfile::TempDir;

use crate::hosts::Hosts;
use crate::plan::Kind;

/// Under which name the server is asked.
pub(crate) const NAME: &str = "scribe.example.com";
/// How many people have a good token: so few that none is slowed.
const PEOPLE: usize = 8;

/// A record, and tokens for it.
pub(crate) struct Prepared {
    folder: TempDir,
    program: PathBuf,
    /// The file with the authority that has signed the server's certificate.
    pub(crate) authority: PathBuf,
    /// Tokens that count.
    pub(crate) good: Vec<String>,
    /// Tokens that do not, by kind.
    pub(crate) bad: Vec<Option<String>>,
    /// How many events it has.
    pub(crate) events: u64,
    /// Of how many incidents.
    pub(crate) incidents: usize,
}

impl Prepared {
    /// A record of so many events, and tokens for it.
    pub(crate) fn new(events: usize) -> Self {
        let program = program();
        let place = std::env::var_os("SCRIBE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = TempDir::new_in(place).unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(&data).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let events = runtime.block_on(async {
            let store = beneath(&data);
            made_up::tell(&store, events).await;
            store.head().await.unwrap().0
        });
        fs::write(data.join("scribe.toml"), format!("[listen]\nhosts = [\"{NAME}\"]\n")).unwrap();
        let authority = certify(folder.path());
        let (good, bad) = tokens(&program, folder.path());
        let incidents = usize::try_from(events).unwrap() / EACH;
        Self { folder, program, authority, good, bad, events, incidents }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// The server, while this lives.
pub(crate) struct Served {
    process: Child,
    /// What it serves.
    pub(crate) with: Prepared,
    /// Where it is.
    pub(crate) address: SocketAddr,
}

impl Served {
    /// Starts the program that serves it.
    pub(crate) fn start(hosts: &Hosts, with: Prepared) -> Self {
        let log = with.folder.path().join("log");
        let process = prepared(hosts.on_server(&with.program), with.folder.path())
            .args(["serve", "--listen", &format!("{}:0", hosts.server())])
            .args(["--tls-certificate", "cert.pem", "--tls-key", "key.pem"])
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { process, with, address: listening(&log) }
    }

    /// What it has of the machine's memory, in KiB, by the kernel's word.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.with.folder.path().join("log")).unwrap_or_default();
            crate::say(&log.chars().take(4_000).collect::<String>());
        }
    }
}

/// The program as it is handed out.
fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("SCRIBE_BENCH_PROGRAM") {
        return fs::canonicalize(program).unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let build = ["build", "--quiet", "--locked", "--profile", "dist", "-p", "scribe", "--bin", "scribe"];
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(build).arg("--target-dir").arg(root.join("target")).current_dir(&root);
    assert!(cargo.status().unwrap().success(), "the program builds");
    fs::canonicalize(root.join("target/dist/scribe")).unwrap()
}

fn prepared(mut command: Command, folder: &Path) -> Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SCRIBE_")) {
        command.env_remove(name);
    }
    command.env("SCRIBE_DATA", folder.join("data")).env("HOME", folder).current_dir(folder);
    command
}

/// Tokens for the good ones, and for the bad ones by kind.
fn tokens(program: &Path, folder: &Path) -> (Vec<String>, Vec<Option<String>>) {
    let run = |args: &[&str]| {
        let mut command = prepared(Command::new(program), folder);
        let output = command.args(["--as", "Root Example"]).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let made = |who: &str, scopes: &str, more: &[&str]| {
        run(&[&["token", "create", "laptop", "--for", who, "--scope", scopes], more].concat())
    };
    let person = |n: usize| made(&format!("Person {n}"), "read,append,respond", &[]);
    let good: Vec<String> = (0..PEOPLE).map(person).collect();
    let secret = |shown: &str| shown.parse::<Secret>().unwrap();
    let bad = Kind::BAD.map(|kind| match kind {
        Kind::Revoked => {
            let token = made("Sam Example", "read", &[]);
            run(&["token", "revoke", secret(&token).id().as_str(), "lost"]);
            Some(token)
        }
        Kind::Expired => {
            let token = made("Sam Example", "read", &["--expires", "1s"]);
            std::thread::sleep(Duration::from_millis(1_100));
            Some(token)
        }
        Kind::TooNarrow => Some(made("Sam Example", "append", &[])),
        Kind::Nothing => None,
        _ => Some(Secret::draw().unwrap().shown()),
    });
    (good, bad.to_vec())
}

/// An authority and a certificate that it signs, for the server.
fn certify(folder: &Path) -> PathBuf {
    let (file, write) =
        (folder.join("ca.pem"), |name: &str, text: String| fs::write(folder.join(name), text).unwrap());
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write("ca.pem", authority.self_signed(&key).unwrap().pem());
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![NAME.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    write("cert.pem", certificate.pem());
    write("key.pem", key.serialize_pem());
    fs::set_permissions(folder.join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// Where it says that it listens.
fn listening(log: &Path) -> SocketAddr {
    for _ in 0..600 {
        let said = fs::read_to_string(log).unwrap_or_default();
        if let Some(line) = said.lines().find_map(|line| line.strip_prefix("listening on https://")) {
            return line.trim().parse().unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it never listened:\n{}", fs::read_to_string(log).unwrap_or_default());
}

//! The real program: built once, run on a folder of its own.
//!
//! Its record is in that folder, or in a cluster that the programs of one test process share: a module that tells
//! stories says which, and `stories/whereabouts.rs` looks whether it is so.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use scribe_protocol_server::{Call, Cluster};
use serde_json::Value;
use tempfile::TempDir;

use crate::contract::cluster::REAL;

/// How long anything here may take before the test fails, so that a hang is told and not waited for.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Where a program's record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Records {
    /// In its data folder.
    #[default]
    InFolder,
    /// In a cluster; the data folder has the mirror.
    OnCluster,
}

/// The cluster that all tests of this process share, unless a real one is named.
static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// How many appends the cluster of this process was asked for; `None` if it is a real one, which nobody counts
/// for us.
pub fn appends_to_cluster() -> Option<u64> {
    if std::env::var_os(REAL).is_some() && CLUSTER.get().is_none() {
        return None;
    }
    let asked = |cluster: &Cluster| {
        let figures = cluster.figures(0);
        figures.calls(Call::Append) + figures.calls(Call::BatchAppend)
    };
    Some(CLUSTER.get().map_or(0, asked))
}

/// The address of a record of this folder's own, in the cluster.
fn address(data: &Path) -> String {
    let address = std::env::var(REAL).unwrap_or_else(|_| {
        let start = || Cluster::start(1).expect("a port can be had");
        CLUSTER.get_or_init(start).connection_string()
    });
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}prefix=t{:016x}.", hasher.finish())
}

/// The binary, built from this very source. A test of another crate cannot ask cargo for its path, and an
/// old build found by chance would test nothing.
///
/// A test is asked for beside it, the smallest there is: so cargo chooses the same features of every crate as for
/// the tests, and what those have built is not built once more.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells a test of its package is not for another cargo: build scripts that look at it would
        // run again, and what depends on them be compiled anew, at each change between the two.
        let of_package =
            |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start));
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_package(&name.to_string_lossy())) {
            cargo.env_remove(name);
        }
        let built = cargo
            .args(["build", "--quiet", "--workspace", "--bin", "scribe", "--test", "architecture"])
            .args(["--message-format", "json"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "the program builds: {}", String::from_utf8_lossy(&built.stderr));
        let messages = String::from_utf8(built.stdout).expect("cargo speaks UTF-8");
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["kind"][0] == "bin")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo says where the program is")
    })
}

/// The program with a data folder of its own, which goes when this does.
pub struct Program {
    folder: TempDir,
    /// What the program remembers between two runs.
    home: TempDir,
    records: Records,
    data: Option<PathBuf>,
    server: Option<String>,
}

/// What a command line came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl From<std::process::Output> for Outcome {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

impl Program {
    /// A new, empty folder, with the record in it.
    pub fn new() -> Self {
        Self::of(Records::InFolder)
    }

    /// A new, empty folder, with the record there or in the cluster.
    pub fn of(records: Records) -> Self {
        let [folder, home] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
        Self { folder, home, records, data: None, server: None }
    }

    /// Another process on a folder that is somebody else's, who must outlive it.
    pub fn over(data: &Path) -> Self {
        Self { data: Some(data.to_owned()), ..Self::new() }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// The folder with the record's file, or with its mirror's.
    pub fn record(&self) -> PathBuf {
        if self.is_on_cluster() { self.data().join("mirror") } else { self.data() }
    }

    fn is_on_cluster(&self) -> bool {
        self.records == Records::OnCluster
    }

    /// A place for other files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, ready to be given arguments. Nothing of the tester's own settings reaches it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SCRIBE_"))
        {
            command.env_remove(name);
        }
        command
            .env("SCRIBE_DATA", self.data())
            .env("HOME", self.home.path())
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_DATA_HOME")
            .env("USER", "Tess Tester")
            // Nobody's own keyring.
            .env("SCRIBE_KEYRING", "off")
            .env("COLUMNS", "80")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(server) = &self.server {
            command.env("SCRIBE_SERVER", server);
        }
        if self.is_on_cluster() {
            command.env("SCRIBE_STORE", address(&self.data()));
        }
        command
    }

    /// Runs a command line to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, b"")
    }

    /// Runs a command line to its end, with something on stdin.
    pub fn run_with(&self, args: &[&str], stdin: &[u8]) -> Outcome {
        let mut child = self.command().args(args).stdin(Stdio::piped()).spawn().expect("the program starts");
        // A program that does not read its stdin closes it.
        let _ = child.stdin.take().expect("stdin is piped").write_all(stdin);
        wait(child)
    }

    /// Runs a command line that must succeed; what it wrote to stdout.
    pub fn ok(&self, args: &[&str]) -> String {
        let outcome = self.run(args);
        assert_eq!(outcome.code, Some(0), "scribe {}: {outcome:#?}", args.join(" "));
        outcome.stdout
    }

    /// Runs a look that must succeed; its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let json = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&json)
            .unwrap_or_else(|error| panic!("scribe {}: {error}: {json}", args.join(" ")))
    }

    /// How many events the record holds.
    pub fn count(&self) -> usize {
        if self.server.is_none() && !self.is_on_cluster() && !self.data().join("scribe.sqlite").exists() {
            return 0;
        }
        self.ok(&["events"]).lines().count()
    }

    /// Every event of the record.
    pub fn events(&self) -> Vec<Value> {
        self.ok(&["events"])
            .lines()
            .map(|line| serde_json::from_str(line).expect("an event is JSON"))
            .collect()
    }

    /// Starts a command line and leaves it running.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::new(self.command().args(args).spawn().expect("the program starts"))
    }

    /// Serves the folder on a free port. The same folder is meant by the returned program, over HTTP.
    pub fn serve(&self) -> (Running, String) {
        self.serve_as(|command| command)
    }

    /// The same, by a process that is prepared in some way.
    pub fn serve_as(&self, prepare: impl FnOnce(&mut Command) -> &mut Command) -> (Running, String) {
        let mut command = self.command();
        command.env_remove("SCRIBE_SERVER").args(["serve", "--listen", "127.0.0.1:0"]);
        prepare(&mut command);
        let mut server = Running::new(command.spawn().expect("the program starts"));
        let line = server.stderr_line(|line| line.starts_with("listening on "));
        let address = line.trim_start_matches("listening on ").trim().to_owned();
        (server, address)
    }

    /// From here on, every command line goes to this server.
    pub fn speak_to(&mut self, server: &str) {
        self.server = Some(server.to_owned());
    }
}

/// A program that runs; killed when dropped.
pub struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    seen: String,
}

impl Running {
    fn new(mut child: Child) -> Self {
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        Self { child, stderr, seen: String::new() }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads stderr up to the line that is waited for.
    pub fn stderr_line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).expect("stderr is text");
            assert!(read > 0 && began.elapsed() < PATIENCE, "the line never came; there was:\n{}", self.seen);
            self.seen.push_str(&line);
            if wanted(line.trim_end()) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Reads one line of stdout.
    pub fn stdout_line(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().expect("stdout is piped");
        let mut line = Vec::new();
        let mut byte = [0];
        while stdout.read(&mut byte).expect("stdout is read") == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).expect("stdout is text")
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status();
        assert!(sent.expect("sh runs").success());
    }

    /// Waits for its end.
    pub fn end(mut self) -> Outcome {
        let mut stderr = std::mem::take(&mut self.seen);
        let mut stdout = String::new();
        self.child.stdout.take().map(|mut out| out.read_to_string(&mut stdout));
        self.stderr.read_to_string(&mut stderr).expect("stderr is text");
        let status = self.child.wait().expect("it ends");
        Outcome { code: status.code(), stdout, stderr }
    }

    /// Kills it at once, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: Child) -> Outcome {
    let output = child.wait_with_output().expect("it ends");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is text"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

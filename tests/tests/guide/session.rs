//! A shell with the real program, in a folder of its own: what a reader has who follows one page.
//!
//! Pages are written for one day and the usual ports. A reader's day is another, and a test's ports are free ones, so
//! these are put in the page's place on the way in, and back on the way out. Nothing else is changed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use scribe_protocol_server::Cluster;
use scribe_tests::program::{PATIENCE, binary};
use tempfile::TempDir;

/// The day that the pages are written for, as ids have it and as times do.
const PAGES_DAY: [&str; 2] = ["20261122", "2026-11-22"];
/// Where pages say that scribe listens.
const PAGES_SERVER: &str = "127.0.0.1:7474";
/// Where pages say that the cluster listens.
const PAGES_CLUSTER: &str = "127.0.0.1:2113";
/// Ends the output of a command; no program prints it.
const MARK: &str = "=== that was all of it ===";

/// The shell.
pub(crate) struct Session {
    folder: TempDir,
    bash: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    /// What stands on the page, and what it is here.
    exchange: Vec<(String, String)>,
    cluster: Option<Cluster>,
    left_running: usize,
}

/// Today, in the zone that times are shown in where nobody names one.
pub(crate) fn today() -> [String; 2] {
    let today = Utc::now();
    [today.format("%Y%m%d").to_string(), today.format("%Y-%m-%d").to_string()]
}

impl Session {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = binary().parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .env_clear()
            .envs([("HOME", folder.path()), ("TMPDIR", folder.path())])
            .envs([("PATH", format!("{program}:{path}"))])
            .envs([("USER", "Ada Okafor"), ("COLUMNS", "80"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a bash");
        let stdin = bash.stdin.take().expect("stdin is piped");
        let stdout = BufReader::new(bash.stdout.take().expect("stdout is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut exchange: Vec<(String, String)> =
            PAGES_DAY.map(str::to_owned).into_iter().zip(today()).collect();
        exchange.push((PAGES_SERVER.to_owned(), free_address()));
        let mut session = Self { folder, bash, stdin, lines, exchange, cluster: None, left_running: 0 };
        // Whoever reads stdin finds it open and silent, as at a terminal where nobody types.
        session.run("exec 2>&1; mkfifo .silence; exec 9<>.silence");
        session
    }

    /// Runs a command to its end; what it wrote.
    pub(crate) fn run(&mut self, command: &str) -> String {
        let command = self.here(command);
        self.say(&format!("{{ {command}\n}} </dev/null\nprintf '\\n%s\\n' '{MARK}'\n"));
        let mut output = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("{command}\ndoes not end; it wrote:\n{output}"));
            if line == MARK {
                return self.on_the_page(&output);
            }
            output.push_str(&line);
            output.push('\n');
        }
    }

    /// Runs a command that must succeed, and of which the page shows nothing.
    pub(crate) fn prepare(&mut self, command: &str) {
        let output = self.run(&format!("{command}\necho \"status $?\""));
        assert!(output.trim_end().ends_with("status 0"), "{command}: {output}");
    }

    /// Starts a command and leaves it running; what it wrote as soon as that fits, or after some seconds.
    pub(crate) fn start(&mut self, command: &str, fits: impl Fn(&str) -> bool) -> String {
        self.left_running += 1;
        let command = self.here(command);
        let file = format!(".running-{}", self.left_running);
        self.say(&format!("{{ {command}\n}} <&9 >{file} 2>&1 &\n"));
        let began = Instant::now();
        loop {
            let output = fs::read_to_string(self.folder.path().join(&file)).unwrap_or_default();
            let output = self.on_the_page(&output);
            if fits(&output) || began.elapsed() > Duration::from_secs(20) {
                return output;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Writes a file that the page shows.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder for the file");
        fs::write(path, self.here(text)).expect("the file can be written");
    }

    /// Starts a cluster of one node where the page says that it is.
    pub(crate) fn cluster(&mut self) {
        let cluster = Cluster::start(1).expect("a port can be had");
        self.exchange.push((PAGES_CLUSTER.to_owned(), format!("127.0.0.1:{}", cluster.port(0))));
        self.cluster = Some(cluster);
    }

    /// Takes the cluster away.
    pub(crate) fn cluster_away(&self) {
        self.cluster.as_ref().expect("there is a cluster").kill(0);
    }

    /// Brings it back.
    pub(crate) fn cluster_back(&self) {
        self.cluster.as_ref().expect("there is a cluster").restart(0).expect("its port is free still");
    }

    fn say(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).expect("the shell reads");
        self.stdin.flush().expect("the shell reads");
    }

    fn here(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (page, here) in &self.exchange {
            text = text.replace(page, here);
        }
        // The usual port is taken where several tests run.
        let listens = text.starts_with("scribe serve") && !text.contains("--listen");
        let address = self.exchange.iter().find(|(page, _)| page == PAGES_SERVER).filter(|_| listens);
        address.map_or(text.clone(), |(_, here)| format!("{text} --listen {here}"))
    }

    fn on_the_page(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (page, here) in &self.exchange {
            text = text.replace(here, page);
        }
        text
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Whatever was left running ends first; the shell may have gone already.
        let _ = self.stdin.write_all(b"kill $(jobs -p) 2>/dev/null; wait; exit\n");
        let _ = self.stdin.flush();
        let began = Instant::now();
        while matches!(self.bash.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.bash.kill();
        let _ = self.bash.wait();
    }
}

/// An address that nobody listens at just now.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    listener.local_addr().expect("it has an address").to_string()
}

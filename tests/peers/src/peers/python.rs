//! The Python package `eventsourcing` on SQLite, in a process of its own that runs whole cells.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::drive::{Appended, Look, Shape};
use crate::peer::Said;
use crate::told::RARE;

/// Where the interpreter is that has the package.
pub const INTERPRETER: &str = "PEERS_PYTHON";

/// The program, at work.
pub struct Python {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Python {
    /// Starts it on a file in a folder that has so many incidents already.
    pub fn start(dir: &Path, incidents: u64) -> Said<Self> {
        let mut child = Self::command(dir, incidents)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (to, from) = (child.stdin.take(), child.stdout.take().expect("it is piped"));
        let mut python = Self { child, to, from: BufReader::new(from) };
        python.ask::<u64>(&json!({"do": "head"}))?;
        Ok(python)
    }

    /// How it is started.
    pub fn command(dir: &Path, incidents: u64) -> Said<Command> {
        let interpreter = std::env::var_os(INTERPRETER)
            .ok_or_else(|| format!("{INTERPRETER} names no interpreter that has the package"))?;
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/peers/recorder.py");
        let mut command = Command::new(interpreter);
        command.arg(program).arg(dir).arg(incidents.to_string());
        Ok(command)
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &serde_json::Value) -> Said<T> {
        let to = self.to.as_mut().expect("open until it is dropped");
        writeln!(to, "{request}").and_then(|()| to.flush()).map_err(|error| error.to_string())?;
        let mut answer = String::new();
        self.from.read_line(&mut answer).map_err(|error| error.to_string())?;
        serde_json::from_str(&answer).map_err(|error| format!("Python answered {answer:?}: {error}"))
    }

    /// Fills an empty record.
    pub fn fill(&mut self, events: u64) -> Said<()> {
        self.ask(&json!({"do": "fill", "events": events}))
    }

    /// Appends for a while.
    pub fn append(&mut self, shape: Shape, cell: Duration) -> Said<Appended> {
        let (writers, events) = (shape.writers, shape.events);
        let seconds = cell.as_secs_f64();
        self.ask(&json!({"do": "append", "writers": writers, "events": events, "seconds": seconds}))
    }

    /// Appends so often.
    pub fn times(&mut self, shape: Shape, times: u64) -> Said<()> {
        self.ask(&json!({"do": "times", "events": shape.events, "times": times}))
    }

    /// The position of the last event.
    pub fn head(&mut self) -> Said<u64> {
        self.ask(&json!({"do": "head"}))
    }

    /// Reads.
    pub fn look(&mut self, look: Look, number: u64) -> Said<(u64, f64)> {
        self.ask(&json!({"do": "look", "look": look, "number": number, "kind": RARE}))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The end of its input is its sign to close the file and go.
        self.to = None;
        let _ = self.child.wait();
    }
}

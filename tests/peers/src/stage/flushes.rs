//! How often each one really flushes: counted by `strace`, not taken from anybody's documentation.
//!
//! A child process of this program appends a few times and then many times more; the difference between the
//! two counts belongs to the appends alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Run;
use crate::drive::Shape;
use crate::results::Flushes;

/// What flushes a file, or may.
const CALLS: [&str; 4] = ["fdatasync", "fsync", "msync", "sync_file_range"];
const FEW: u64 = 100;
const MANY: u64 = 600;

/// A lone writer, one event an append.
pub const ALONE: Shape = Shape { writers: 1, events: 1 };

/// Counts for everybody.
pub fn run(run: &mut Run) -> Result<(), String> {
    if run.results.is_done("flushes") {
        return Ok(());
    }
    crate::say("flushes");
    let dir = run.dir.join("flushes");
    for index in run.in_order(0) {
        let key = run.contenders[index].key;
        let counted = count(&dir, key, FEW).and_then(|few| Ok((few, count(&dir, key, MANY)?)));
        match counted {
            Ok((few, many)) => {
                let a_time = |which: usize| (many[which] - few[which]) / (MANY - FEW) as f64;
                run.results.contenders[index].flushes =
                    Some(Flushes { fdatasync: a_time(0), others: a_time(1) + a_time(2) + a_time(3) });
            }
            Err(why) => crate::say(&format!("  {key}: not counted: {why}")),
        }
    }
    run.finish("flushes")
}

fn count(dir: &Path, key: &str, appends: u64) -> Result<[f64; 4], String> {
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir.join("store")).map_err(|error| error.to_string())?;
    let log = dir.join("calls");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={}", CALLS.join(",")), "-o"])
        .arg(&log)
        .arg(program)
        .args(["child", "appends", key])
        .arg(dir.join("store"))
        .arg(appends.to_string())
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("strace: {error}"))?;
    if !traced.status.success() {
        return Err(String::from_utf8_lossy(&traced.stderr)
            .lines()
            .last()
            .unwrap_or("strace failed")
            .to_owned());
    }
    let log = fs::read_to_string(log).map_err(|error| error.to_string())?;
    fs::remove_dir_all(dir).map_err(|error| error.to_string())?;
    Ok(CALLS.map(|call| {
        // A call that another thread interrupts stands on two lines; it begins once.
        log.lines().filter(|line| line.contains(&format!(" {call}("))).count() as f64
    }))
}

//! Where, when and with what a run was.

use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::Utc;

use crate::results::About;
use crate::stage::Pace;

/// Set by the script: what could not be built, and why, as `key=reason` lines.
const NOT_BUILT: &str = "PEERS_NOT_BUILT";
/// Set by the script: versions that no lock file of ours tells, as `package=version` lines.
const VERSIONS: &str = "PEERS_VERSIONS";

/// This machine, now.
pub fn here(dir: &Path, pace: &Pace) -> About {
    let processor = first_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = first_of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(String::new(), |kilobytes| format!(", {:.0} GiB", kilobytes / 1_048_576.0));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    About {
        date: Utc::now().format("%Y-%m-%d").to_string(),
        machine: format!("{processor}, {cores} cores{memory}"),
        system: format!(
            "Linux {}, {}",
            kernel.trim(),
            told_by("findmnt", &["-n", "-o", "FSTYPE", "-T", &dir.to_string_lossy()])
        ),
        rustc: told_by("rustc", &["--version"]),
        commit: commit(),
        pace: pace.name.to_owned(),
        rounds: pace.rounds,
        cell: pace.cell.as_secs_f64(),
        event_bytes: 0.0,
        load: load.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
    }
}

/// scribe's commit; with a plus where the code is not as committed.
fn commit() -> String {
    let changed =
        told_by("git", &["status", "--porcelain", "--untracked-files=no", "--", ":/", ":(exclude)results"]);
    let plus = if changed.ends_with("unknown") { "" } else { "+" };
    told_by("git", &["rev-parse", "--short", "HEAD"]) + plus
}

/// Why a contender could not be built, if it could not.
pub fn not_built(key: &str) -> Option<String> {
    named(NOT_BUILT, key)
}

/// The version of a package, as it is locked.
pub fn version(package: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let entry = format!("name = \"{package}\"\nversion = \"");
    let locked = lock.split_once(entry.as_str()).and_then(|(_, rest)| rest.split('"').next());
    locked.map(ToOwned::to_owned).or_else(|| named(VERSIONS, package)).unwrap_or_default()
}

fn named(variable: &str, name: &str) -> Option<String> {
    let lines = std::env::var(variable).ok()?;
    lines.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.trim().to_owned()))
}

fn first_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn told_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| format!("{program} unknown"))
}

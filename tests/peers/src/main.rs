//! scribe and its peers, measured by turns in one run. Started by `tests/peers/run`.
//!
//! A figure from one machine on one day says little about another, and two figures taken at different
//! minutes say little about each other. So every cell is short, the contenders take turns, the machine's
//! own speed is asked between any two cells, and what is told are ratios: medians over the rounds with the
//! smallest and the largest. In reading order:

/// The events, and how they are made and read.
mod told;
/// What a store must do.
mod peer;
/// Group commit for stores without it.
mod grouped;
/// The contenders.
mod peers;
/// A view to fold.
mod fold;
/// Putting a contender to work.
mod drive;
/// What the bare machine does.
mod probe;
/// What was found.
mod results;
/// The parts of a run.
mod stage;
/// Work in a process of its own.
mod child;
/// Where and when.
mod about;
/// Tables and plots.
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::peer::{Contender, How};
use crate::results::{Entry, Results};
use crate::stage::{PACES, Pace, Run};

/// Measure scribe and its peers by turns, and write results.md, results.json and the plots.
#[derive(Parser)]
struct Arguments {
    /// Two minutes, to see that everything works: its figures mean little.
    #[arg(long, conflicts_with = "long")]
    quick: bool,
    /// Also records of one and of five million events.
    #[arg(long)]
    long: bool,
    /// Go on with a run that was broken off.
    #[arg(long)]
    resume: bool,
    /// Only these contenders, by their short names (`scribe,umadb`).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The disk to measure: stores lie in a folder in it.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
    /// Where the results go.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    results: PathBuf,
    #[command(subcommand)]
    instead: Option<Instead>,
}

#[derive(Subcommand)]
enum Instead {
    /// Write tables and plots again from results.json.
    Report,
    /// Work in a process of its own; the run starts these.
    #[command(hide = true)]
    Child { what: String, key: String, dir: PathBuf, times: Option<u64> },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.instead {
        None => whole_run(&arguments),
        Some(Instead::Report) => Results::read(&arguments.results.join("results.json"))
            .and_then(|results| write(&results, &arguments)),
        Some(Instead::Child { what, key, dir, times }) => child(what, key, dir, *times),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn whole_run(arguments: &Arguments) -> Result<(), String> {
    let pace = if arguments.quick { 0 } else { 1 + usize::from(arguments.long) };
    let pace = PACES.into_iter().nth(pace).expect("there are three");
    let progress =
        std::env::current_exe().map_err(|error| error.to_string())?.with_file_name("progress.json");
    let contenders = peers::all();
    let results = if arguments.resume {
        Results::read(&progress)?
    } else {
        Results {
            about: about::here(&arguments.dir, &pace),
            contenders: contenders.iter().map(|contender| entry(contender, &arguments.only)).collect(),
            appends: Vec::new(),
            looks: Vec::new(),
            growth: Vec::new(),
            notes: Vec::new(),
            done: Vec::new(),
        }
    };
    let now = about::here(&arguments.dir, &pace);
    if (&results.about.pace, &results.about.commit) != (&now.pace, &now.commit) {
        return Err("the broken-off run was another one (pace or commit); start anew".to_owned());
    }
    room_for(&arguments.dir, &pace)?;
    let folder = tempfile::Builder::new().prefix("scribe-peers-").tempdir_in(&arguments.dir);
    let folder = folder.map_err(|error| format!("{}: {error}", arguments.dir.display()))?;
    let mut run =
        Run { runtime: runtime()?, dir: folder.path().to_owned(), progress, pace, contenders, results };
    for entry in &run.results.contenders {
        if let Some(why) = &entry.missing {
            say(&format!("{} does not take part: {why}", entry.name));
        }
    }
    stage::job::run(&mut run)?;
    stage::flushes::run(&mut run)?;
    stage::appends::run(&mut run)?;
    stage::records::run(&mut run)?;
    write(&run.results, arguments)
}

fn write(results: &Results, arguments: &Arguments) -> Result<(), String> {
    let into = &arguments.results;
    std::fs::create_dir_all(into).map_err(|error| error.to_string())?;
    results.write(&into.join("results.json"))?;
    for (name, text) in report::all(results) {
        std::fs::write(into.join(name), &text).map_err(|error| format!("{name}: {error}"))?;
        if Path::new(name).extension().is_some_and(|extension| extension == "md") {
            println!("{text}");
        }
    }
    say(&format!("written to {}", into.display()));
    Ok(())
}

fn entry(contender: &Contender, only: &[String]) -> Entry {
    let missing = if !only.is_empty() && !only.iter().any(|key| key == contender.key) {
        Some("not asked for".to_owned())
    } else if let Some(why) = about::not_built(contender.key) {
        Some(format!("not built: {why}"))
    } else if matches!(contender.how, How::NotBuilt) {
        Some("not built".to_owned())
    } else {
        None
    };
    Entry {
        key: contender.key.to_owned(),
        name: contender.name.to_owned(),
        version: about::version(contender.package),
        note: contender.note.to_owned(),
        missing,
        flushes: None,
    }
}

fn child(what: &str, key: &str, dir: &Path, times: Option<u64>) -> Result<(), String> {
    let contenders = peers::all();
    let contender = contenders.iter().find(|contender| contender.key == key).ok_or("nobody of that name")?;
    let runtime = runtime()?;
    let did = match what {
        "opens" => child::opens(&runtime, contender, dir)?,
        "folds" => child::folds(&runtime, contender, dir)?,
        "views" => child::views(&runtime, dir, false)?,
        "first" => child::views(&runtime, dir, true)?,
        "verifies" => child::verifies(&runtime, dir)?,
        "appends" => return child::appends(&runtime, contender, dir, times.unwrap_or(1)),
        other => return Err(format!("no child does {other}")),
    };
    println!("{}", serde_json::to_string(&did).map_err(|error| error.to_string())?);
    Ok(())
}

/// A record of five million events takes about four gigabytes in the largest store, and all are there at once.
fn room_for(dir: &Path, pace: &Pace) -> Result<(), String> {
    let largest = pace.sizes.iter().max().expect("there are sizes");
    let needed = (2 << 30) + largest * 4_500;
    let stat = rustix::fs::statvfs(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let free = stat.f_bavail * stat.f_frsize;
    if free < needed {
        return Err(format!(
            "{} has {} GB free and the run may need {}; name another disk with --dir",
            dir.display(),
            free >> 30,
            needed >> 30
        ));
    }
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())
}

/// Says how it goes, beside the results.
fn say(line: &str) {
    eprintln!("{line}");
}

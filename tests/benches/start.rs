//! How quickly a server is ready, and how much memory it takes: `cargo bench -p scribe-tests --bench start`.
//! Figures that are published are measured as the program is handed out: with `--profile dist` behind it.
//!
//! A made-up record of incidents with two hundred events each, told in many small appends that interleave, is
//! opened by a process of its own: first with nothing but the events, then with snapshots and a tail that
//! came after them. Peak and present memory are the kernel's figures for that process.
//!
//! `SCRIBE_BENCH_EVENTS`: sizes, separated by commas (100000); `SCRIBE_BENCH_ROUNDS` (3);
//! `SCRIBE_BENCH_DIR` for the disk (the temporary folder).

// A measurement that cannot go on should say where; figures need not be exact to the last bit.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use scribe::app::gate::questions::{Events, Head, Look};
use scribe::app::{App, Options, StoreAddress};
use scribe::clock;
use scribe::config::Config;
use scribe_domain::ids::Position;
use scribe_projections::current::{Board, ListFilter, ListState};
use scribe_projections::question::AsOf;
use scribe_tests::beneath::{SOMEBODY, beneath};
use scribe_tests::made_up;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Set for the process that is measured: this same program.
const MEASURED: &str = "SCRIBE_BENCH_MEASURED";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Ok(dir) = std::env::var(MEASURED) {
        return runtime.block_on(start(Path::new(&dir)));
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        // `cargo test --benches` runs benches too; that they compile is enough then.
        return;
    }
    let sizes = std::env::var("SCRIBE_BENCH_EVENTS").unwrap_or_else(|_| "100000".into());
    let rounds = std::env::var("SCRIBE_BENCH_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    let place = std::env::var_os("SCRIBE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    for size in sizes.split(',') {
        measure(&runtime, &place, size.trim().parse().unwrap(), rounds);
    }
}

fn measure(runtime: &Runtime, place: &Path, events: usize, rounds: usize) {
    let folder = TempDir::new_in(place).unwrap();
    let data = folder.path();
    let head = runtime.block_on(async {
        let app = open(data);
        made_up::tell(&beneath(data), events).await;
        app.ask(&SOMEBODY, Head).await.unwrap()
    });
    say(&format!("\n{head} events; {} MiB on the disk; {rounds} rounds", size_of(data) >> 20));
    say("                              ready    peak   after   list    as of half-way");
    for round in 0..rounds {
        let _ = fs::remove_dir_all(data.join("snapshots"));
        say(&format!("  {round} from the events alone  {}", child(data)));
        let begun = Instant::now();
        runtime.block_on(async {
            let app = open(data);
            app.warm().await.unwrap();
            app.save_snapshots().await;
        });
        let bytes = size_of(&data.join("snapshots"));
        let saved = begun.elapsed();
        say(&format!("  {round} from snapshots         {}", child(data)));
        if round == 0 {
            say(&format!("    the snapshots: {} KiB; built and written in {saved:.2?}", bytes >> 10));
            for entry in fs::read_dir(data.join("snapshots")).unwrap().flatten() {
                say(&format!(
                    "      {} {} KiB",
                    entry.file_name().display(),
                    entry.metadata().unwrap().len() >> 10
                ));
            }
        }
    }
    // A tail as long as a server leaves at most.
    runtime.block_on(async { made_up::tell(&beneath(data), 50_000).await });
    say(&format!("  snapshots and 50 k events   {}", child(data)));
}

fn open(data: &Path) -> App {
    App::open(Options {
        data: data.to_owned(),
        store: StoreAddress::Folder,
        clock: clock::system(),
        config: Config::default(),
    })
    .unwrap()
}

/// What the measured process says.
fn child(data: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap()).env(MEASURED, data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

async fn start(data: &Path) {
    let begun = Instant::now();
    let app = open(data);
    app.warm().await.unwrap();
    let ready = begun.elapsed();
    let (peak, after) = (status("VmHWM:"), status("VmRSS:"));
    let begun = Instant::now();
    let all = ListFilter { state: ListState::All, tier: None, drills: true };
    let board = app.ask(&SOMEBODY, Look::<Board>::now()).await.unwrap();
    let incidents = board.view.list(&all, app.now()).incidents.len();
    drop(board);
    let listed = begun.elapsed();
    let begun = Instant::now();
    let head = app.ask(&SOMEBODY, Head).await.unwrap();
    let half = app.ask(&SOMEBODY, Events { after: Position(head.0 / 2), limit: 1 }).await.unwrap();
    let as_of = AsOf { recorded_by: half.events.first().map(|half| half.recorded_at), occurred_by: None };
    let then = app
        .ask(&SOMEBODY, Look::<Board>::at(as_of))
        .await
        .unwrap()
        .view
        .list(&all, app.now())
        .incidents
        .len();
    let asked = begun.elapsed();
    say(&format!(
        "{:>6.0} ms {:>4} MiB {:>4} MiB {:>5.1} ms {:>6.1} ms   ({incidents} and {then} incidents)",
        ready.as_secs_f64() * 1e3,
        peak >> 10,
        after >> 10,
        listed.as_secs_f64() * 1e3,
        asked.as_secs_f64() * 1e3,
    ));
}

/// A figure of this process's, in KiB.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}

fn say(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").unwrap();
}

//! First figures of the embedded store: `cargo bench -p scribe-tests --bench first_figures`.
//! Figures that are published are measured as the program is handed out: with `--profile dist` behind it.
//!
//! Machines differ and so do their good and bad minutes, so every figure stands beside a bare one of the
//! same bytes, measured by turns in the same run: what counts is the ratio. Medians over the rounds.
//!
//! - Durable appends: tasks that each append one event to an incident of their own and wait for the
//!   acknowledgement, beside a loop that writes the same bytes to a file and calls `fdatasync`.
//! - Flushes per commit: counted by `strace` if it is there.
//! - Replay: the whole record from the file into typed events, beside `serde_json` reading the same texts
//!   from memory into typed payloads and borrowed headers.
//!
//! `SCRIBE_BENCH_ROUNDS` (5), `SCRIBE_BENCH_SECONDS` a cell (1), `SCRIBE_BENCH_EVENTS` to replay
//! (100000), `SCRIBE_BENCH_DIR` for the disk to measure (the temporary folder).

// A measurement that cannot go on should say where; figures need not be exact to the last bit.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scribe::clock;
use scribe::store::sqlite::{FILE_NAME, SqliteStore};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, EventStore, Kept};
use scribe_domain::ids::{Position, Revision};
use scribe_projections::question::AsOf;
use scribe_projections::timeline::{Filter, Timeline};
use scribe_tests::contract::told::{incident, new_command, note, notes};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const WRITERS: [usize; 3] = [1, 8, 64];
const BATCH: usize = 1_000;
const TEXT: &str = "Imports of lists larger than ten thousand profiles time out";

/// Set for the process whose flushes are counted: this same program.
const COUNTED: &str = "SCRIBE_BENCH_COUNTED";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Ok(dir) = std::env::var(COUNTED) {
        return runtime.block_on(append_to_be_counted(Path::new(&dir)));
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        // `cargo test --benches` runs benches too; that they compile is enough then.
        return;
    }
    let rounds = setting("SCRIBE_BENCH_ROUNDS", 5_usize);
    let cell = Duration::from_secs_f64(setting("SCRIBE_BENCH_SECONDS", 1.0_f64));
    let events = setting("SCRIBE_BENCH_EVENTS", 100_000_usize);
    let place = std::env::var_os("SCRIBE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    say(&format!("in {}; medians of {rounds} rounds, {cell:?} a cell", place.display()));
    durable_appends(&runtime, &place, rounds, cell);
    flushes(&place);
    replay(&runtime, &place, rounds, events);
}

fn durable_appends(runtime: &Runtime, place: &Path, rounds: usize, cell: Duration) {
    say(
        "\ndurable appends, one event each          per second   a commit   to raw growing   to raw in place",
    );
    let folder = TempDir::new_in(place).unwrap();
    let bytes = one_event();
    let mut stores: Vec<_> = WRITERS
        .iter()
        .map(|writers| Appenders::new(&folder.path().join(writers.to_string()), *writers))
        .collect();
    for appenders in &mut stores {
        appenders.run(runtime, cell / 4);
    }
    let mut raw = Raw::new(folder.path(), &bytes);
    let (mut growing, mut in_place) = (Vec::new(), Vec::new());
    let mut found = vec![Vec::new(); WRITERS.len()];
    for _ in 0..rounds {
        for (appenders, found) in stores.iter_mut().zip(&mut found) {
            let (grown, placed) = (raw.grow(cell / 2), raw.overwrite(cell / 2));
            let (rate, group) = appenders.run(runtime, cell);
            growing.push(grown);
            in_place.push(placed);
            found.push([rate, group, rate / grown, rate / placed]);
        }
    }
    for (writers, found) in WRITERS.iter().zip(&found) {
        let column = |index: usize| median(found.iter().map(|row| row[index]));
        say(&format!(
            "  {writers:>2} writers                            {:>12.0} {:>10.1} {:>16.2} {:>17.2}",
            column(0),
            column(1),
            column(2),
            column(3)
        ));
    }
    say(&format!("  raw write + fdatasync, the file grows {:>12.0}", median(growing)));
    say(&format!("  raw write + fdatasync, in place       {:>12.0}", median(in_place)));
}

/// An event as it stands in the store: header and payload.
fn one_event() -> Vec<u8> {
    let kept = Runtime::new().unwrap().block_on(async {
        let store = scribe::store::memory::MemoryStore::new(clock::system());
        store.append(notes(1, 0, &[TEXT])).await.unwrap();
        store.read_kept(Position::default(), 1).await.unwrap()
    });
    format!("{}{}", kept[0].header, kept[0].payload()).into_bytes()
}

/// The same bytes written and flushed by hand.
struct Raw<'a> {
    growing: File,
    in_place: File,
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Raw<'a> {
    const LENGTH: u64 = 32 << 20;

    fn new(dir: &Path, bytes: &'a [u8]) -> Self {
        let in_place = File::create_new(dir.join("in-place")).unwrap();
        in_place.write_all_at(&vec![b'x'; usize::try_from(Self::LENGTH).unwrap()], 0).unwrap();
        in_place.sync_all().unwrap();
        Self { growing: File::create_new(dir.join("growing")).unwrap(), in_place, bytes, offset: 0 }
    }

    fn grow(&mut self, cell: Duration) -> f64 {
        rate(cell, || {
            self.growing.write_all(self.bytes).unwrap();
            self.growing.sync_data().unwrap();
        })
    }

    fn overwrite(&mut self, cell: Duration) -> f64 {
        rate(cell, || {
            self.in_place.write_all_at(self.bytes, self.offset).unwrap();
            self.in_place.sync_data().unwrap();
            self.offset = (self.offset + self.bytes.len() as u64) % (Self::LENGTH - 4096);
        })
    }
}

fn rate(cell: Duration, mut once: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut times = 0_u32;
    while begun.elapsed() < cell {
        once();
        times += 1;
    }
    f64::from(times) / begun.elapsed().as_secs_f64()
}

/// A store, and tasks that append to it for a while.
struct Appenders {
    store: Arc<SqliteStore>,
    revisions: Vec<u64>,
}

impl Appenders {
    fn new(dir: &Path, writers: usize) -> Self {
        let store = Arc::new(SqliteStore::open(dir, clock::system()).unwrap());
        Self { store, revisions: vec![0; writers] }
    }

    /// Appends per second, and appends per commit.
    fn run(&mut self, runtime: &Runtime, cell: Duration) -> (f64, f64) {
        let before = self.store.stats();
        let begun = Instant::now();
        runtime.block_on(async {
            let tasks: Vec<_> = self
                .revisions
                .iter()
                .enumerate()
                .map(|(number, revision)| {
                    let (store, mut revision) = (Arc::clone(&self.store), *revision);
                    tokio::spawn(async move {
                        while begun.elapsed() < cell {
                            revision = append_one(&store, number, revision).await;
                        }
                        revision
                    })
                })
                .collect();
            for (task, revision) in tasks.into_iter().zip(&mut self.revisions) {
                *revision = task.await.unwrap();
            }
        });
        let after = self.store.stats();
        let appends = (after.appends - before.appends) as f64;
        (appends / begun.elapsed().as_secs_f64(), appends / (after.commits - before.commits) as f64)
    }
}

async fn append_one(store: &SqliteStore, number: usize, revision: u64) -> u64 {
    store.append(notes(number, revision, &[TEXT])).await.unwrap().revision.0
}

fn flushes(place: &Path) {
    let folder = TempDir::new_in(place).unwrap();
    let counts = folder.path().join("counts");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=fdatasync,fsync", "-o"])
        .arg(&counts)
        .arg(std::env::current_exe().unwrap())
        .env(COUNTED, folder.path().join("record"))
        .output();
    let Ok(output) = output.map_err(|error| say(&format!("\nflushes are not counted: strace: {error}")))
    else {
        return;
    };
    let commits: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let traced = fs::read_to_string(&counts).unwrap();
    let count = |call: &str| traced.lines().filter(|line| line.contains(&format!(" {call}("))).count();
    let (data, full) = (count("fdatasync"), count("fsync"));
    say(&format!(
        "\nflushes in the life of a record with {commits} commits, one after the other: \
         {data} fdatasync, {full} fsync: {:.3} a commit",
        (data + full) as f64 / commits
    ));
}

async fn append_to_be_counted(dir: &Path) {
    let store = SqliteStore::open(dir, clock::system()).unwrap();
    let mut revision = 0;
    while revision < 5_000 {
        revision = append_one(&store, 1, revision).await;
    }
    say(&store.stats().commits.to_string());
}

fn replay(runtime: &Runtime, place: &Path, rounds: usize, events: usize) {
    let folder = TempDir::new_in(place).unwrap();
    let open = || Arc::new(SqliteStore::open(folder.path(), clock::system()).unwrap());
    let store = open();
    runtime.block_on(fill(&store, events));
    let kept = runtime.block_on(store.read_kept(Position::default(), usize::MAX)).unwrap();
    drop(store);
    let on_disk = fs::metadata(folder.path().join(FILE_NAME)).unwrap().len();
    let json: usize = kept.iter().map(|kept| kept.header.len() + kept.payload().len()).sum();

    let begun = Instant::now();
    let store = open();
    assert_eq!(runtime.block_on(store.head()).unwrap(), Position(kept.len() as u64));
    let opened = begun.elapsed();
    let (mut stored, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let from_store = events_a_second(kept.len(), || runtime.block_on(read_all(&*store)));
        let from_memory = events_a_second(kept.len(), || parse_all(&kept));
        stored.push(from_store);
        bare.push(from_memory);
        ratios.push(from_store / from_memory);
    }
    let (mut histories, mut timelines) = (Vec::new(), Vec::new());
    for number in 0..events / 200 {
        let begun = Instant::now();
        let history = runtime.block_on(store.history(&incident(number), Revision::NEW)).unwrap();
        assert_eq!(history.len(), 200);
        histories.push(begun.elapsed().as_secs_f64() * 1e3);
        let timeline = Timeline::of(&history, &AsOf::NOW, &Filter::default());
        assert!(serde_json::to_vec(&timeline).unwrap().len() > 200);
        timelines.push(begun.elapsed().as_secs_f64() * 1e3);
    }

    say(&format!("\nreplay of {} events                  events per second", kept.len()));
    say(&format!("  from the file, typed                 {:>18.0}", median(stored)));
    say(&format!("  bare serde_json from memory, typed   {:>18.0}", median(bare)));
    say(&format!("  ratio                                {:>18.2}", median(ratios)));
    say(&format!(
        "\nan event is {} bytes of JSON and takes {} on disk: {:.2} times",
        json / kept.len(),
        on_disk / kept.len() as u64,
        on_disk as f64 / json as f64
    ));
    say(&format!("the record opens in {:.1} ms", opened.as_secs_f64() * 1e3));
    for (what, times) in [("history", histories), ("timeline, from the file to JSON", timelines)] {
        say(&format!(
            "one incident of 200 events, its {what}: p50 {:.2} ms, p99 {:.2} ms",
            percentile(times.clone(), 0.50),
            percentile(times, 0.99)
        ));
    }
}

/// Incidents of 200 events each, in appends of one to four, by turns.
async fn fill(store: &Arc<SqliteStore>, events: usize) {
    let tasks: Vec<_> = (0..events / 200)
        .map(|number| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut revision = 0;
                while revision < 200 {
                    let count = (revision / 3 % 4 + 1).min(200 - revision);
                    let append = Append {
                        incident: incident(number),
                        expected: Revision(revision),
                        command_id: new_command(),
                        request: None,
                        events: (0..count).map(|index| note(&format!("{TEXT} {index}"))).collect(),
                    };
                    revision = store.append(append).await.unwrap().revision.0;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn events_a_second<T>(events: usize, once: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    std::hint::black_box(once());
    events as f64 / begun.elapsed().as_secs_f64()
}

async fn read_all(store: &dyn EventStore) -> Position {
    let mut after = Position::default();
    while let Some(last) = store.read(after, BATCH).await.unwrap().last() {
        after = last.position;
    }
    after
}

/// What a typed parse costs at least: nothing is validated, and nothing of the header is copied.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading the fields is what is measured")]
struct BareHeader<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    version: u32,
    incident: &'a str,
    revision: u64,
    recorded_at: &'a str,
    command_id: &'a str,
    index: u32,
    #[serde(borrow)]
    actor: BareActor<'a>,
    occurred: &'a str,
    source: Option<&'a str>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading the fields is what is measured")]
struct BareActor<'a> {
    who: &'a str,
    via: &'a str,
    on_behalf_of: Option<&'a str>,
}

fn parse_all(kept: &[Kept]) {
    for kept in kept {
        let header: BareHeader<'_> = serde_json::from_str(&kept.header).unwrap();
        let event = IncidentEvent::from_payload(header.kind, header.version, kept.payload()).unwrap();
        std::hint::black_box((header, event));
    }
}

fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    percentile(figures.into_iter().collect(), 0.5)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
fn percentile(mut figures: Vec<f64>, part: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[((figures.len() - 1) as f64 * part).round() as usize]
}

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    let told = std::env::var(name).ok();
    told.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").unwrap();
}

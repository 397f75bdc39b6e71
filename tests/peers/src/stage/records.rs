//! Whole records of several sizes: reading, starting, memory, and what a further append costs.

use std::fs;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::Advice;

use super::{Run, SHAPES};
use crate::child::Did;
use crate::drive::{Look, Open};
use crate::probe::{Disk, Memory};
use crate::results::{Grown, GrowthCell, LookCell};
use crate::told::A_LIFE;

/// Events that the bare loops go over; more say nothing new.
const SAMPLE: u64 = 50_000;
/// Larger records are not made by those who would need an hour for it.
const PATIENCE: u64 = 100_000;
/// The most events that come after scribe's snapshots: half of what its server lets come.
const END: u64 = 25_000;
/// Incidents loaded in a round.
const INCIDENTS: u64 = 100;

/// All sizes.
pub fn run(run: &mut Run) -> Result<(), String> {
    for record in run.pace.sizes {
        let part = format!("a record of {record}");
        if !run.results.is_done(&part) {
            crate::say(&part);
            one(run, *record)?;
            run.finish(&part)?;
        }
    }
    Ok(())
}

/// Who takes part at one size.
struct Here {
    record: u64,
    takes_part: Vec<bool>,
}

impl Here {
    fn new(run: &Run, record: u64) -> Self {
        let takes_part = run.contenders.iter().map(|one| record <= PATIENCE || one.key != "python").collect();
        Self { record, takes_part }
    }

    /// Does something with one of them. Whoever fails is out at this size, and the report says why: half a
    /// row would be compared with whole ones.
    fn try_with(&mut self, run: &mut Run, index: usize, does: impl FnOnce(&mut Run) -> Result<(), String>) {
        if !self.takes_part[index] {
            return;
        }
        let Err(why) = does(run) else { return };
        self.takes_part[index] = false;
        let (key, record) = (run.contenders[index].key, self.record);
        let note = format!("{} with {record} events: {why}", run.contenders[index].name);
        crate::say(&format!("  left out: {note}"));
        run.results.notes.push(note);
        run.results.looks.retain(|cell| cell.peer != key || cell.record != record);
        run.results.growth.retain(|cell| cell.peer != key || cell.record != record);
    }
}

fn one(run: &mut Run, record: u64) -> Result<(), String> {
    run.results.looks.retain(|cell| cell.record != record);
    run.results.growth.retain(|cell| cell.record != record);
    let dir = run.dir.join(record.to_string());
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).map_err(words)?;
    let mut here = Here::new(run, record);
    for index in run.in_order(0) {
        here.try_with(run, index, |run| fill(run, index, &dir, record));
    }
    let memory = Memory::new(&dir, record.min(SAMPLE)).map_err(words)?;
    run.results.about.event_bytes = memory.bytes_an_event();
    let rounds = if record > run.pace.record { 3 } else { run.pace.rounds };
    for round in 0..rounds {
        for index in run.in_order(round) {
            here.try_with(run, index, |run| {
                starts(run, index, &dir, record, round, &memory)?;
                reads(run, index, &dir, record, round, &memory)
            });
        }
    }
    for round in 0..rounds {
        for index in run.in_order(round) {
            here.try_with(run, index, |run| goes_on(run, index, &dir, record, round));
        }
    }
    fs::remove_dir_all(&dir).map_err(words)
}

/// Fills it in two parts; between them scribe's first start leaves snapshots, so that a later one finds
/// snapshots and an end of the record that they do not know.
fn fill(run: &mut Run, index: usize, dir: &Path, record: u64) -> Result<(), String> {
    let contender = &run.contenders[index];
    let (key, place) = (contender.key, dir.join(contender.key));
    let tail = (record / 10).min(END) / A_LIFE * A_LIFE;
    let mut first_start = None;
    for (there, more) in [(0, record - tail), (record - tail, tail)] {
        let mut open = Open::new(contender, &place, there / A_LIFE)?;
        open.fill(&run.runtime, more)?;
        let head = open.head(&run.runtime)?;
        drop(open);
        if head != there + more {
            return Err(format!("{head} of {} events are there after filling", there + more));
        }
        if there == 0 && key == "scribe" {
            first_start = Some(child("first", key, &place)?);
        }
    }
    run.settle();
    let is_snapshot = |path: &Path| path.components().any(|part| part.as_os_str() == "snapshots");
    let (mut record_bytes, mut snapshots) = (0, 0);
    for path in files(&place).map_err(words)? {
        let bytes = in_use(&path).map_err(words)?;
        *(if is_snapshot(&path) { &mut snapshots } else { &mut record_bytes }) += bytes;
    }
    keep(run, index, record, 0, Grown::DiskAnEvent, record_bytes as f64 / record as f64, None);
    if let Some(did) = first_start {
        keep(run, index, record, 0, Grown::ViewsFirst, did.seconds, None);
        keep(run, index, record, 0, Grown::Snapshots, snapshots as f64, None);
    }
    Ok(())
}

/// Starts it in a process of its own, with the system's cache empty and full.
fn starts(
    run: &mut Run,
    index: usize,
    dir: &Path,
    record: u64,
    round: u32,
    memory: &Memory,
) -> Result<(), String> {
    let key = run.contenders[index].key;
    let place = dir.join(key);
    let mut both = |what: &str, cold: Option<Grown>, warm: Grown, memory: Grown| {
        if let Some(cold) = cold {
            forget(&place).map_err(words)?;
            let did = child(what, key, &place)?;
            keep(run, index, record, round, cold, did.seconds, None);
        }
        let did = child(what, key, &place)?;
        if did.head < record {
            return Err(format!("{} of {record} events are there after starting", did.head));
        }
        keep(run, index, record, round, warm, did.seconds, None);
        keep(run, index, record, round, memory, did.memory as f64, None);
        Ok::<(), String>(())
    };
    if key == "python" {
        return Ok(());
    }
    both("opens", Some(Grown::OpenCold), Grown::OpenWarm, Grown::OpenMemory)?;
    both("folds", None, Grown::BoardWarm, Grown::BoardMemory)?;
    if key == "scribe" {
        both("views", Some(Grown::ViewsCold), Grown::ViewsWarm, Grown::ViewsMemory)?;
        let bare = memory.ask();
        let did = child("verifies", key, &place)?;
        keep(run, index, record, round, Grown::Verify, did.seconds, Some(record as f64 / bare.hash));
    }
    Ok(())
}

/// Reads it in all ways, or only whole where it's for growth.
fn reads(
    run: &mut Run,
    index: usize,
    dir: &Path,
    record: u64,
    round: u32,
    memory: &Memory,
) -> Result<(), String> {
    let contender = &run.contenders[index];
    let (key, python) = (contender.key, contender.key == "python");
    let mut open = Open::new(contender, &dir.join(key), record / A_LIFE)?;
    let looks: &[Look] = match (record == run.pace.record, python) {
        (true, false) => &[Look::Raw, Look::Typed, Look::Halves, Look::Board, Look::Kind, Look::Incident],
        (true, true) => &[Look::Raw, Look::Typed, Look::Kind, Look::Incident],
        (false, _) => &[Look::Typed],
    };
    for look in looks {
        let bare = memory.ask();
        let cell = |events, seconds, slowest| LookCell {
            peer: key.to_owned(),
            look: *look,
            round,
            record,
            events,
            seconds,
            slowest,
            bare,
        };
        let cell = if *look == Look::Incident {
            incidents(&mut open, run, record, round, cell)?
        } else {
            let (events, seconds) = open.look(&run.runtime, *look, 0)?;
            let expected = if *look == Look::Kind { record / A_LIFE * (A_LIFE / 20 - 1) } else { record };
            if events != expected {
                return Err(format!("{look:?} gave {events} of {expected} events"));
            }
            cell(events, seconds, seconds)
        };
        if *look == Look::Typed {
            let micros = cell.seconds * 1e6 / cell.events as f64;
            keep(run, index, record, round, Grown::Replay, micros, Some(1e6 / bare.parse));
        }
        if record == run.pace.record {
            run.results.looks.push(cell);
        }
    }
    Ok(())
}

fn incidents(
    open: &mut Open,
    run: &Run,
    record: u64,
    round: u32,
    cell: impl Fn(u64, f64, f64) -> LookCell,
) -> Result<LookCell, String> {
    let there = record / A_LIFE;
    let mut times = Vec::new();
    for turn in 0..INCIDENTS {
        // A stride that meets every incident, in no order that a cache could guess.
        let number = (turn + u64::from(round) * INCIDENTS) * 7_919 % there;
        let (events, seconds) = open.look(&run.runtime, Look::Incident, number)?;
        if events != A_LIFE {
            return Err(format!("an incident has {events} of {A_LIFE} events"));
        }
        times.push(seconds);
    }
    times.sort_by(f64::total_cmp);
    Ok(cell(A_LIFE, times[times.len() / 2], times[times.len() - 1]))
}

/// Appends to it as it is.
fn goes_on(run: &mut Run, index: usize, dir: &Path, record: u64, round: u32) -> Result<(), String> {
    let mut disk = Disk::new(dir, 1).map_err(words)?;
    let contender = &run.contenders[index];
    let mut place = dir.join(contender.key);
    // A small record would soon be a large one, so each round appends to a copy. To a large one it
    // appends itself, and to incidents of its own.
    let copied = record <= PATIENCE;
    if copied {
        let copy = dir.join("copy");
        copy_folder(&place, &copy).map_err(words)?;
        place = copy;
    }
    let there = record / A_LIFE + u64::from(round + 1) * 1_000_000;
    let mut open = Open::new(contender, &place, there)?;
    for (shape, what) in [(SHAPES[0], Grown::AppendAlone), (SHAPES[2], Grown::AppendTogether)] {
        open.append(&run.runtime, shape, run.pace.cell / 4)?;
        run.settle();
        let before = disk.ask(run.pace.probe).map_err(words)?;
        let done = open.append(&run.runtime, shape, run.pace.cell)?;
        run.settle();
        let bare = before.between(disk.ask(run.pace.probe).map_err(words)?);
        let value = done.appends as f64 / done.seconds;
        keep(run, index, record, round, what, value, Some(bare.growing));
    }
    drop(open);
    if copied { fs::remove_dir_all(place).map_err(words) } else { Ok(()) }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(to);
    for file in files(from)? {
        let place = to.join(file.strip_prefix(from).expect("it lies below"));
        fs::create_dir_all(place.parent().expect("it has a folder"))?;
        fs::copy(file, place)?;
    }
    Ok(())
}

fn keep(run: &mut Run, index: usize, record: u64, round: u32, what: Grown, value: f64, bare: Option<f64>) {
    let peer = run.contenders[index].key.to_owned();
    run.results.growth.push(GrowthCell { peer, record, what, round, value, bare });
}

fn child(what: &str, key: &str, place: &Path) -> Result<Did, String> {
    let program = std::env::current_exe().map_err(words)?;
    let output = Command::new(program).args(["child", what, key]).arg(place).output().map_err(words)?;
    // Some stores greet on standard output; what was measured is the last line.
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default()).map_err(|_| {
        let told = String::from_utf8_lossy(&output.stderr);
        format!("{what}: {}", told.lines().last().unwrap_or("the child said nothing"))
    })
}

/// The files below a folder.
fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// The bytes of a file that hold something: pages of nothing but zeros are room that a store has taken for
/// later, and some take a quarter of a gigabyte at once.
fn in_use(path: &Path) -> io::Result<u64> {
    const PAGE: usize = 4096;
    let mut reader = io::BufReader::with_capacity(256 * PAGE, fs::File::open(path)?);
    let mut used = 0;
    loop {
        let pages = reader.fill_buf()?;
        if pages.is_empty() {
            return Ok(used);
        }
        used += pages
            .chunks(PAGE)
            .filter(|page| page.iter().any(|byte| *byte != 0))
            .map(<[u8]>::len)
            .sum::<usize>() as u64;
        let read = pages.len();
        reader.consume(read);
    }
}

/// Makes the system forget what it has of a store's files in memory.
fn forget(dir: &Path) -> io::Result<()> {
    for path in files(dir)? {
        let file = fs::File::open(path)?;
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}

fn words(error: impl ToString) -> String {
    error.to_string()
}

//! A disk that fails on demand: `shim.c`, built once and loaded into a process with `LD_PRELOAD`.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use scribe_tests::budget::skipped;

/// What is asked of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Write = 0,
    Sync = 1,
    Truncate = 2,
}

/// A file of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Database = 1,
    Log = 2,
    Journal = 3,
    Index = 4,
}

/// What the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Eio = 5,
    Enospc = 28,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing of it is done, and it fails.
    Fail = 0,
    /// A write does half, and says so.
    Short = 1,
    /// A write does half, and fails.
    Torn = 2,
    /// The process ends before it.
    Die = 3,
    /// The process ends when a write has done half.
    DieTorn = 4,
    /// The process ends when it is done.
    DieAfter = 5,
}

/// Which calls, and what becomes of them.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) calls: Vec<Call>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) says: Says,
    pub(crate) action: Action,
    /// How many such calls go well before.
    pub(crate) after: u64,
    /// How many are struck; without, all that follow.
    pub(crate) times: Option<u64>,
    /// How likely each is struck, of 65,536; without, surely.
    pub(crate) chance: Option<u64>,
}

impl Fault {
    /// Every such call on these files fails.
    pub(crate) fn every(calls: &[Call], kinds: &[Kind], says: Says) -> Self {
        Self {
            calls: calls.to_vec(),
            kinds: kinds.to_vec(),
            says,
            action: Action::Fail,
            after: 0,
            times: None,
            chance: None,
        }
    }
}

/// The shim over one folder, with what it shares with the process that it is loaded into.
pub(crate) struct Shim {
    library: &'static Path,
    folder: PathBuf,
    // The page and the trace, outside the folder.
    beside: TempDir,
    page: File,
}

// Places on the page, as in `shim.c`.
const ARMED: u64 = 0;
const OPS: u64 = 1;
const CLOCK: u64 = 9;
const CALLS: u64 = 16;
const STRUCK: u64 = 40;
const SLOTS: u64 = 64;

impl Shim {
    /// Over a folder, which exists; none if there is no compiler, and then that is said.
    pub(crate) fn over(folder: &Path) -> Option<Self> {
        let library = library()?;
        let beside = TempDir::new().unwrap();
        let page = File::options().read(true).write(true).create_new(true).open(beside.path().join("page"));
        let page = page.unwrap();
        page.set_len(SLOTS * 8).unwrap();
        Some(Self { library, folder: folder.canonicalize().unwrap(), beside, page })
    }

    /// Has it loaded into a process.
    pub(crate) fn load<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("LD_PRELOAD", self.library)
            .env("SCRIBE_SHIM_FOLDER", &self.folder)
            .env("SCRIBE_SHIM_PAGE", self.beside.path().join("page"))
    }

    /// The same, and everything that reaches the files is written down.
    pub(crate) fn load_and_trace<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        self.load(command).env("SCRIBE_SHIM_TRACE", self.trace())
    }

    /// Where it is written down.
    pub(crate) fn trace(&self) -> PathBuf {
        self.beside.path().join("trace")
    }

    /// From now on, a fault.
    pub(crate) fn arm(&self, fault: &Fault, seed: u64) {
        self.disarm();
        let mask = |bits: &mut dyn Iterator<Item = u64>| bits.fold(0, |mask, bit| mask | 1 << bit);
        let slots = [
            mask(&mut fault.calls.iter().map(|call| *call as u64)),
            mask(&mut fault.kinds.iter().map(|kind| *kind as u64)),
            fault.says as u64,
            fault.action as u64,
            fault.after,
            fault.times.unwrap_or(u64::MAX),
            fault.chance.unwrap_or(0),
            seed,
        ];
        for (slot, value) in (OPS..).zip(slots) {
            self.set(slot, value);
        }
        self.set(ARMED, 1);
    }

    /// From now on, none.
    pub(crate) fn disarm(&self) {
        self.set(ARMED, 0);
    }

    /// Moves the process's wall clock by so many nanoseconds.
    pub(crate) fn move_clock(&self, nanoseconds: i64) {
        self.set(CLOCK, nanoseconds.cast_unsigned());
    }

    /// How many calls were struck.
    pub(crate) fn struck(&self, call: Call) -> u64 {
        self.get(STRUCK + call as u64)
    }

    /// How many calls were made.
    pub(crate) fn calls(&self, call: Call, kind: Kind) -> u64 {
        self.get(CALLS + call as u64 * 8 + kind as u64)
    }

    fn set(&self, slot: u64, value: u64) {
        self.page.write_all_at(&value.to_ne_bytes(), slot * 8).unwrap();
    }

    fn get(&self, slot: u64) -> u64 {
        let mut bytes = [0; 8];
        self.page.read_exact_at(&mut bytes, slot * 8).unwrap();
        u64::from_ne_bytes(bytes)
    }
}

/// The shim, built by the compiler that the embedded database was built with.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    if cfg!(not(target_os = "linux")) {
        skipped("every fault of the disk", "the shim is written for Linux");
        return None;
    }
    let into = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Built aside and put in its place at once: other tests may be building it too.
    let aside = into.join(format!("scribe-shim-{}.so", std::process::id()));
    let compiler = std::env::var_os("CC").unwrap_or_else(|| OsString::from("cc"));
    let built = Command::new(&compiler)
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"])
        .arg(&aside)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c"))
        .output();
    match built {
        Ok(built) => {
            assert!(built.status.success(), "the shim builds: {}", String::from_utf8_lossy(&built.stderr));
            let library = into.join("scribe-shim.so");
            std::fs::rename(aside, &library).unwrap();
            Some(library)
        }
        Err(error) => {
            skipped("every fault of the disk", &format!("no C compiler, {}: {error}", compiler.display()));
            None
        }
    }
}

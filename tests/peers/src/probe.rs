//! What the machine itself can do at this moment, asked between any two cells.
//!
//! Disks and neighbours have good and bad minutes. A cell is therefore never told as a bare figure but as a
//! part of what a bare loop over the same bytes did just before and just after it.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Utc;
use scribe_domain::event::IncidentEvent;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::told::{self, A_LIFE};

/// Appends a second by hand: write the bytes, call `fdatasync`, nothing else.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Flushed {
    /// To a file that grows.
    pub growing: f64,
    /// Into a file that has its length already.
    pub in_place: f64,
}

impl Flushed {
    /// What lies between two of them.
    #[must_use]
    pub fn between(self, other: Self) -> Self {
        // Times add up, rates do not: the mean is harmonic.
        let mean = |a: f64, b: f64| 2.0 / (1.0 / a + 1.0 / b);
        Self { growing: mean(self.growing, other.growing), in_place: mean(self.in_place, other.in_place) }
    }
}

/// The same bytes written and flushed by hand.
pub struct Disk {
    growing: File,
    in_place: File,
    offset: u64,
    bytes: Vec<u8>,
}

impl Disk {
    const LENGTH: u64 = 32 << 20;

    /// For appends of so many events, in a folder.
    pub fn new(dir: &Path, events: u64) -> io::Result<Self> {
        let bytes = corpus(events).concat();
        let file = |name| {
            let path = dir.join(name);
            // Without a name it goes when it is closed, whatever happens.
            File::options().create(true).truncate(true).read(true).write(true).open(&path).and_then(|file| {
                fs::remove_file(path)?;
                Ok(file)
            })
        };
        let (growing, in_place) = (file("growing")?, file("in-place")?);
        in_place.write_all_at(&vec![b'x'; Self::LENGTH as usize], 0)?;
        in_place.sync_all()?;
        Ok(Self { growing, in_place, offset: 0, bytes })
    }

    /// Asks the disk, for about that long.
    pub fn ask(&mut self, time: Duration) -> io::Result<Flushed> {
        let Self { growing, in_place, offset, bytes } = self;
        Ok(Flushed {
            growing: rate(time / 2, || {
                growing.write_all(bytes)?;
                growing.sync_data()
            })?,
            in_place: rate(time / 2, || {
                in_place.write_all_at(bytes, *offset)?;
                *offset = (*offset + bytes.len() as u64) % (Self::LENGTH - bytes.len() as u64);
                in_place.sync_data()
            })?,
        })
    }
}

fn rate(time: Duration, mut once: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
    let begun = Instant::now();
    let mut times = 0_u32;
    while times < 3 || begun.elapsed() < time {
        once()?;
        times += 1;
    }
    Ok(f64::from(times) / begun.elapsed().as_secs_f64())
}

/// Events as they are kept, made without any store.
pub fn corpus(events: u64) -> Vec<Vec<u8>> {
    let now = Utc::now();
    let incidents = events.div_ceil(A_LIFE);
    let lives = (0..incidents).flat_map(|number| {
        let incident = told::incident(number);
        let each = (0..A_LIFE)
            .step_by(4)
            .flat_map(move |revision| told::lines(&told::append(&incident, revision, 4), now));
        each.map(|line| line.bytes)
    });
    lives.take(events as usize).collect()
}

/// Events a second that this machine reads or hashes at best, with one core and nothing around it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Limits {
    /// A flat file of the same bytes, read through a buffer and split into lines.
    pub scan: f64,
    /// `serde_json` from memory: headers borrowed, payloads typed, nothing validated.
    pub parse: f64,
    /// SHA-256 from memory: payload, leaf and one node of the tree for each event.
    pub hash: f64,
}

/// The bare loops over events in memory and in a flat file.
pub struct Memory {
    lines: Vec<Vec<u8>>,
    file: File,
}

impl Memory {
    /// With so many events, the file in a folder.
    pub fn new(dir: &Path, events: u64) -> io::Result<Self> {
        let lines = corpus(events);
        let path = dir.join("flat");
        fs::write(
            &path,
            lines.iter().fold(Vec::new(), |mut all, line| {
                all.extend_from_slice(line);
                all.push(b'\n');
                all
            }),
        )?;
        let file = File::open(&path)?;
        file.sync_all()?;
        Ok(Self { lines, file })
    }

    /// The bytes of an event, header and payload, on average.
    pub fn bytes_an_event(&self) -> f64 {
        let bytes: usize = self.lines.iter().map(|line| line.len() - 1).sum();
        bytes as f64 / self.lines.len() as f64
    }

    /// Runs each loop once.
    pub fn ask(&self) -> Limits {
        Limits { scan: self.scan(), parse: self.parse(), hash: self.hash() }
    }

    fn scan(&self) -> f64 {
        use std::io::Seek as _;
        self.a_second(|| {
            (&self.file).rewind().expect("a file begins somewhere");
            let (mut reader, mut line, mut bytes) =
                (BufReader::with_capacity(1 << 16, &self.file), Vec::new(), 0);
            while reader.read_until(b'\n', &mut line).expect("the file is there") > 0 {
                bytes += line.len();
                line.clear();
            }
            std::hint::black_box(bytes);
        })
    }

    fn parse(&self) -> f64 {
        self.a_second(|| {
            for line in &self.lines {
                let line = std::str::from_utf8(line).expect("UTF-8");
                let (header, payload) = line.split_once('\n').expect("two lines");
                let header: BareHeader<'_> = serde_json::from_str(header).expect("a header");
                let event = IncidentEvent::from_payload(header.kind, header.version, payload);
                let _ = std::hint::black_box((header, event));
            }
        })
    }

    fn hash(&self) -> f64 {
        self.a_second(|| {
            let salt = [7_u8; 16];
            for line in &self.lines {
                let split = line.iter().position(|byte| *byte == b'\n').expect("two lines");
                let (header, payload) = (&line[..split], &line[split + 1..]);
                let payload = Sha256::new().chain_update(salt).chain_update(payload).finalize();
                let length = u16::try_from(header.len()).expect("a short header").to_be_bytes();
                let leaf = Sha256::new().chain_update([0]).chain_update(length).chain_update(header);
                let leaf = leaf.chain_update(payload).finalize();
                let node =
                    Sha256::new().chain_update([1]).chain_update(leaf).chain_update(payload).finalize();
                std::hint::black_box(node);
            }
        })
    }

    fn a_second(&self, once: impl FnOnce()) -> f64 {
        let begun = Instant::now();
        once();
        self.lines.len() as f64 / begun.elapsed().as_secs_f64()
    }
}

/// What a typed parse costs at least.
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

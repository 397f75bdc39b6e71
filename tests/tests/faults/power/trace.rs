//! What reached the files and what was flushed, in order, and what was acknowledged in between.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::super::child::Answer;

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A file was opened; `created` if it was not there before.
    Open { name: String, inode: u64, created: bool },
    /// Some bytes were written.
    Write { inode: u64, at: usize, bytes: Vec<u8> },
    /// The file was cut, or lengthened with zeros.
    Truncate { inode: u64, length: usize },
    /// The file was made to reach at least so far.
    Allocate { inode: u64, length: usize },
    /// All that was written to a file is on the disk.
    Synced { inode: u64 },
    /// Some of what was written to a file may never be.
    SyncFailed { inode: u64 },
    /// A name was taken away.
    Unlink { name: String },
    /// A file got another name, or one more.
    Rename { from: String, to: String, keep: bool },
    /// The folder's names are on the disk.
    FolderSynced,
    /// The process said something.
    Said(Answer),
}

const MAGIC: u32 = 0x5343_5242;
const HEAD: usize = 32;
const SAID: u8 = 100;

/// Reads a trace. A process that was killed may have left half a record at its end: no one else wrote
/// after it, or it would not be at the end.
pub(crate) fn read(trace: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = trace;
    while let Some((head, after)) = rest.split_at_checked(HEAD) {
        let number = |at: usize| u64::from_ne_bytes(head[at..at + 8].try_into().unwrap());
        assert_eq!(u32::from_ne_bytes(head[..4].try_into().unwrap()), MAGIC, "a record of the trace");
        let (inode, offset) = (number(8), usize::try_from(number(16)).unwrap());
        let Some((bytes, after)) = after.split_at_checked(usize::try_from(number(24)).unwrap()) else {
            break;
        };
        let text = || String::from_utf8(bytes.to_vec()).unwrap();
        steps.push(match head[4] {
            1 => Step::Open { name: text(), inode, created: head[6] == 1 },
            2 => Step::Write { inode, at: offset, bytes: bytes.to_vec() },
            3 => Step::Truncate { inode, length: offset },
            4 => Step::Synced { inode },
            5 => Step::SyncFailed { inode },
            6 => Step::Unlink { name: text() },
            7 => Step::FolderSynced,
            8 => {
                let names = text();
                let (from, to) = names.split_once('\n').unwrap();
                Step::Rename { from: from.to_owned(), to: to.to_owned(), keep: head[6] == 1 }
            }
            9 => Step::Allocate { inode, length: offset },
            SAID => Step::Said(serde_json::from_slice(bytes).unwrap()),
            other => panic!("no step is {other}"),
        });
        rest = after;
    }
    steps
}

/// Marks what a process said, in the trace of what it wrote.
pub(crate) struct Marks(File);

impl Marks {
    /// In the trace's own file, which the shim in this process appends to as well.
    pub(crate) fn in_file(trace: &Path) -> Self {
        Self(File::options().append(true).create(true).open(trace).unwrap())
    }

    /// After all that led to it, since it is said after that.
    pub(crate) fn mark(&self, said: &[u8]) {
        let mut record = Vec::with_capacity(HEAD + said.len());
        record.extend(MAGIC.to_ne_bytes());
        record.extend([SAID, 0, 0, 0]);
        record.extend([0, 0, said.len() as u64].map(u64::to_ne_bytes).concat());
        record.extend(said);
        (&self.0).write_all(&record).unwrap();
    }
}

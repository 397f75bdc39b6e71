//! What a disk holds when the power has gone.
//!
//! The rules are the weakest that a program may rely on. What was written since a file's last flush may be
//! there or not, sector by sector and in any order; a lengthened file may have its length and not its
//! bytes; what was not flushed when a flush failed may be missing for ever, whatever a later flush says;
//! and a name is there for sure only once its folder was flushed.

use std::collections::BTreeMap;
use std::path::Path;

use super::trace::Step;
use scribe_tests::budget::Random;

/// What becomes of writes that were not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All of them are lost.
    Dropped,
    /// None is.
    Kept,
    /// Each is kept or lost.
    Reordered,
    /// Each sector of so many bytes of each is kept or lost.
    Torn(usize),
}

/// Every way.
pub(crate) const LOSSES: [Loss; 5] =
    [Loss::Dropped, Loss::Kept, Loss::Reordered, Loss::Torn(512), Loss::Torn(4096)];

/// A disk, as the system would have it, and as it may be.
#[derive(Default)]
pub(crate) struct Platter {
    files: Vec<File>,
    /// Which file an inode is just now; numbers are used again.
    by_inode: BTreeMap<u64, usize>,
    names: BTreeMap<String, usize>,
    names_on_disk: BTreeMap<String, usize>,
    renamings: Vec<Renaming>,
}

enum Renaming {
    Put(String, usize),
    Take(String),
}

#[derive(Default)]
struct File {
    on_disk: Vec<u8>,
    since: Vec<Change>,
}

struct Change {
    what: What,
    fate: Fate,
}

enum What {
    Bytes(usize, Vec<u8>),
    Length(usize),
    AtLeast(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Not flushed yet.
    Open,
    /// Flushed, after something doubtful.
    Sure,
    /// Its flush failed.
    Doubtful,
}

impl Platter {
    /// One more step of the story.
    pub(crate) fn step(&mut self, step: &Step) {
        match step {
            Step::Open { name, inode, created } => self.open(name, *inode, *created),
            Step::Write { inode, at, bytes } => self.change(*inode, What::Bytes(*at, bytes.clone())),
            Step::Truncate { inode, length } => self.change(*inode, What::Length(*length)),
            Step::Allocate { inode, length } => self.change(*inode, What::AtLeast(*length)),
            Step::Synced { inode } => self.file(*inode).flush(),
            Step::SyncFailed { inode } => {
                if self.by_inode.contains_key(inode) {
                    self.file(*inode).doubt();
                }
            }
            Step::Unlink { name } => {
                self.names.remove(name);
                self.renamings.push(Renaming::Take(name.clone()));
            }
            Step::Rename { from, to, keep } => {
                let file = self.names[from];
                self.put(to, file);
                if !keep {
                    self.names.remove(from);
                    self.renamings.push(Renaming::Take(from.clone()));
                }
            }
            Step::FolderSynced => {
                self.names_on_disk = self.names.clone();
                self.renamings.clear();
            }
            Step::Said(_) => {}
        }
    }

    fn open(&mut self, name: &str, inode: u64, created: bool) {
        if created {
            self.files.push(File::default());
            let file = self.files.len() - 1;
            self.by_inode.insert(inode, file);
            self.put(name, file);
        } else {
            assert_eq!(self.names.get(name), self.by_inode.get(&inode), "the trace knows {name}");
        }
    }

    fn put(&mut self, name: &str, file: usize) {
        self.names.insert(name.to_owned(), file);
        self.renamings.push(Renaming::Put(name.to_owned(), file));
    }

    fn file(&mut self, inode: u64) -> &mut File {
        &mut self.files[self.by_inode[&inode]]
    }

    fn change(&mut self, inode: u64, what: What) {
        self.file(inode).since.push(Change { what, fate: Fate::Open });
    }

    /// Puts what may be left into a folder, and says how much was in doubt.
    pub(crate) fn left_in(&self, folder: &Path, loss: Loss, random: &mut Random) -> usize {
        let mut names = self.names_on_disk.clone();
        // The folder's changes reach the disk in their order, as far as they get.
        let far = match loss {
            Loss::Dropped => 0,
            Loss::Kept => self.renamings.len(),
            _ => random.place(self.renamings.len() + 1),
        };
        for renaming in &self.renamings[..far] {
            match renaming {
                Renaming::Put(name, file) => names.insert(name.clone(), *file),
                Renaming::Take(name) => names.remove(name),
            };
        }
        let mut doubted = self.renamings.len();
        for (name, file) in names {
            let file = &self.files[file];
            doubted += file.since.iter().filter(|change| change.fate != Fate::Sure).count();
            std::fs::write(folder.join(name), file.left(loss, random)).unwrap();
        }
        doubted
    }
}

impl File {
    fn flush(&mut self) {
        for change in &mut self.since {
            if change.fate == Fate::Open {
                change.fate = Fate::Sure;
            }
        }
        if self.since.iter().all(|change| change.fate == Fate::Sure) {
            for change in self.since.drain(..) {
                change.what.make(&mut self.on_disk);
            }
        }
    }

    fn doubt(&mut self) {
        for change in &mut self.since {
            if change.fate == Fate::Open {
                change.fate = Fate::Doubtful;
            }
        }
    }

    fn left(&self, loss: Loss, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.on_disk.clone();
        for change in &self.since {
            let keeps = match loss {
                _ if change.fate == Fate::Sure => true,
                Loss::Dropped => false,
                Loss::Kept => true,
                Loss::Reordered => random.percent(50),
                Loss::Torn(sector) => {
                    change.what.make_torn(&mut bytes, sector, random);
                    continue;
                }
            };
            if keeps {
                change.what.make(&mut bytes);
            } else if loss == Loss::Reordered
                && let What::Bytes(at, written) = &change.what
                && bytes.len() < at + written.len()
                && random.percent(30)
            {
                // Its length and not its bytes.
                bytes.resize(at + written.len(), 0);
            }
        }
        bytes
    }
}

impl What {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes(at, written) => {
                if bytes.len() < at + written.len() {
                    bytes.resize(at + written.len(), 0);
                }
                bytes[*at..at + written.len()].copy_from_slice(written);
            }
            Self::Length(length) => bytes.resize(*length, 0),
            Self::AtLeast(length) => {
                if bytes.len() < *length {
                    bytes.resize(*length, 0);
                }
            }
        }
    }

    fn make_torn(&self, bytes: &mut Vec<u8>, sector: usize, random: &mut Random) {
        let Self::Bytes(at, written) = self else {
            if random.percent(50) {
                self.make(bytes);
            }
            return;
        };
        let mut done = 0;
        while done < written.len() {
            let to_border = sector - (at + done) % sector;
            let piece = to_border.min(written.len() - done);
            if random.percent(50) {
                Self::Bytes(at + done, written[done..done + piece].to_vec()).make(bytes);
            }
            done += piece;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(inode: u64, at: usize, bytes: &[u8]) -> Step {
        Step::Write { inode, at, bytes: bytes.to_vec() }
    }

    fn left(steps: &[Step], loss: Loss, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let mut platter = Platter::default();
        for step in steps {
            platter.step(step);
        }
        let folder = tempfile::tempdir().unwrap();
        platter.left_in(folder.path(), loss, &mut Random(seed));
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| {
                (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
            })
            .collect()
    }

    fn opened(name: &str, inode: u64) -> Step {
        Step::Open { name: name.to_owned(), inode, created: true }
    }

    #[test]
    fn what_was_flushed_is_there_and_the_rest_may_be() {
        let story = [
            opened("a", 1),
            Step::FolderSynced,
            written(1, 0, b"sure"),
            Step::Synced { inode: 1 },
            written(1, 4, b"open"),
        ];
        assert_eq!(left(&story, Loss::Dropped, 1)["a"], b"sure");
        assert_eq!(left(&story, Loss::Kept, 1)["a"], b"sureopen");
        let some: std::collections::BTreeSet<_> =
            (0..64).map(|seed| left(&story, Loss::Reordered, seed)["a"].clone()).collect();
        assert_eq!(some.len(), 3, "kept, lost, or only its length: {some:?}");
    }

    #[test]
    fn what_a_failed_flush_lost_no_later_one_brings_back() {
        let story = [
            opened("a", 1),
            Step::FolderSynced,
            written(1, 0, b"doubtful"),
            Step::SyncFailed { inode: 1 },
            written(1, 8, b"sure"),
            Step::Synced { inode: 1 },
        ];
        assert_eq!(left(&story, Loss::Dropped, 1)["a"], b"\0\0\0\0\0\0\0\0sure");
    }

    #[test]
    fn a_name_is_there_once_its_folder_was_flushed() {
        let story = [opened("a", 1), written(1, 0, b"x"), Step::Synced { inode: 1 }];
        assert!(left(&story, Loss::Dropped, 1).is_empty());
        let story = [&story[..], &[Step::FolderSynced, Step::Unlink { name: "a".to_owned() }]].concat();
        assert_eq!(left(&story, Loss::Dropped, 1)["a"], b"x");
        assert!(left(&story, Loss::Kept, 1).is_empty());
    }

    #[test]
    fn a_write_is_torn_at_sector_borders() {
        let story = [opened("a", 1), Step::FolderSynced, written(1, 100, &[7; 2_000])];
        let torn = (0..64).map(|seed| left(&story, Loss::Torn(512), seed)["a"].clone()).find(|bytes| {
            bytes.len() == 2_100 && bytes[512..1_024] == [0; 512] && bytes[1_024..1_536] == [7; 512]
        });
        assert!(torn.is_some());
    }
}

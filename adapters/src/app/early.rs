//! Ends that came before their beginnings: a delivery may overtake another. They are kept until the alert is told to
//! have fired, and then recorded with it, so that nothing fires for ever.
//!
//! Whoever sent one was answered that it is kept, and does not send it again: so it is in a file of the data folder
//! before that is answered. Another node of a cluster does not know of it.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use scribe_domain::text::Label;
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::inbound::sighting::{Sighting, Status};

/// How many are kept; the oldest go first.
const KEPT: usize = 10_000;
/// The file that they are in.
const FILE: &str = "early-ends.json";

/// Ends whose beginnings have not come yet.
#[derive(Debug)]
pub(super) struct EarlyEnds {
    /// None where the record is in memory.
    folder: Option<PathBuf>,
    /// None until they are first asked for.
    kept: Mutex<Option<VecDeque<EarlyEnd>>>,
}

/// An alert's end, and whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct EarlyEnd {
    vendor: Label,
    end: Sighting,
}

impl EarlyEnd {
    /// Whether this is a telling of the same firing of the same alert.
    fn belongs_to(&self, vendor: &Label, sighting: &Sighting) -> bool {
        (&self.vendor, &self.end.fingerprint, self.end.started)
            == (vendor, &sighting.fingerprint, sighting.started)
    }
}

impl EarlyEnds {
    /// Those that are kept in a folder.
    pub(super) fn of(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), kept: Mutex::new(None) }
    }

    /// Keeps an alert's end whose beginning is not known; says whether it is one.
    ///
    /// # Errors
    /// It could not be put into the file, and is not kept.
    pub(super) fn keep(&self, vendor: &Label, sighting: &Sighting) -> io::Result<bool> {
        if sighting.status() != Some(Status::Resolved) {
            return Ok(false);
        }
        self.change(|kept| {
            kept.retain(|known| !known.belongs_to(vendor, sighting));
            kept.push_back(EarlyEnd { vendor: vendor.clone(), end: sighting.clone() });
            if kept.len() > KEPT {
                kept.pop_front();
            }
        })?;
        Ok(true)
    }

    /// The end of an alert that was told to have fired, if that came before.
    ///
    /// # Errors
    /// The file does not read.
    pub(super) fn find(&self, vendor: &Label, sighting: &Sighting) -> io::Result<Option<Sighting>> {
        if sighting.status() != Some(Status::Firing) {
            return Ok(None);
        }
        let mut place = self.place();
        let known = self.kept(&mut place)?.iter().find(|known| known.belongs_to(vendor, sighting));
        Ok(known.map(|known| known.end.clone()))
    }

    /// What was found is recorded, and need not be kept any longer.
    ///
    /// # Errors
    /// It could not be taken out of the file; recording it once more would add nothing.
    pub(super) fn forget(&self, vendor: &Label, sighting: &Sighting) -> io::Result<()> {
        self.change(|kept| kept.retain(|known| !known.belongs_to(vendor, sighting)))
    }

    /// Changes what is kept, on the disk before anywhere else.
    fn change(&self, act: impl FnOnce(&mut VecDeque<EarlyEnd>)) -> io::Result<()> {
        let mut place = self.place();
        let kept = self.kept(&mut place)?;
        let mut changed = kept.clone();
        act(&mut changed);
        self.write(&changed)?;
        *kept = changed;
        Ok(())
    }

    fn place(&self) -> MutexGuard<'_, Option<VecDeque<EarlyEnd>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, read when it is first asked for.
    fn kept<'a>(&self, place: &'a mut Option<VecDeque<EarlyEnd>>) -> io::Result<&'a mut VecDeque<EarlyEnd>> {
        match place {
            Some(kept) => Ok(kept),
            none => Ok(none.insert(self.read()?)),
        }
    }

    fn read(&self) -> io::Result<VecDeque<EarlyEnd>> {
        let Some(folder) = &self.folder else { return Ok(VecDeque::new()) };
        match std::fs::read(folder.join(FILE)) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} in the data folder: {error}"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(VecDeque::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, kept: &VecDeque<EarlyEnd>) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        durable::folder(folder)?;
        durable::write(folder, FILE, &serde_json::to_vec(kept)?)
    }
}

//! Where this program keeps things on this machine, unless told.

use std::fmt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use etcetera::base_strategy::Xdg;

/// The folder of a record that belongs to the folder one is in.
pub const HERE: &str = "scribe-data";

/// The folder with the record, unless `--data` names one: `scribe-data` where one is, or else the one of the platform,
/// so that a person has one record wherever they are.
pub fn data_folder() -> PathBuf {
    if Path::new(HERE).is_dir() {
        return HERE.into();
    }
    Xdg::new().map_or_else(|_| HERE.into(), |home| home.data_dir().join("scribe"))
}

/// The folder for what this program remembers between two runs; none if nobody is at home.
pub fn state_folder() -> Option<PathBuf> {
    Xdg::new().ok().and_then(|home| home.state_dir()).map(|folder| folder.join("scribe"))
}

/// A path as people write it, with `~` for the home folder.
pub struct Shown<'a>(pub &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = etcetera::home_dir().ok().filter(|home| home.parent().is_some());
        match within.and_then(|home| self.0.strip_prefix(home).ok().map(Path::to_owned)) {
            Some(rest) => write!(f, "~/{}", rest.display()),
            None => write!(f, "{}", self.0.display()),
        }
    }
}

//! `scribe man`: the manual's pages, for whoever packages the program.

use std::path::PathBuf;

use clap::{Args, Command};

use super::failure::{Failure, Kind};

/// Where to.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// A folder that is there
    pub folder: PathBuf,
}

/// Writes a page for the program and one for each of its subcommands (`scribe.1`, `scribe-serve.1` …) into a folder.
pub(super) fn write(program: Command, args: &ManArgs) -> Result<(), Failure> {
    clap_mangen::generate_to(program, &args.folder).map_err(|error| {
        let folder = args.folder.display();
        Failure::plain(Kind::BadInput, format!("the pages cannot be written into {folder}: {error}"))
    })
}

//! Serving, moving records, and everything around.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::looks::Format;
use crate::cli::help::HelpArgs;
use crate::cli::store::TypedAddress;

/// Moving records.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Take over what happened before scribe
    #[command(subcommand)]
    Import(ImportCommand),
    /// Write the whole record to stdout, one JSON object a line
    Export,
    /// Copy the record into one file, while others go on recording, and check the copy
    Backup(BackupArgs),
    /// Take over an export byte for byte, or put a backup into an empty folder
    Restore(RestoreArgs),
    /// Carry the whole record from one store to another, folder or cluster; again, to carry on
    Copy(CopyArgs),
    /// How the views of the whole record stand; build one anew
    Views(ViewsArgs),
}

/// What the program does by itself, without being a client.
#[derive(Debug, Subcommand)]
pub enum Program {
    /// Serve the HTTP API on the loopback
    Serve(ServeArgs),
    /// Tell the demonstration incident to an empty folder, and show what comes of it
    Demo(DemoArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Explain a topic or a command; list them all
    Help(HelpArgs),
}

/// What to import.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Events told as JSON lines: incident, occurred, actor, kind, fields
    Events(ImportEventsArgs),
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Where to listen; loopback addresses only, port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7474")]
    pub listen: SocketAddr,
    /// Tell the demonstration incident first
    #[arg(long)]
    pub demo: bool,
}

/// How to demonstrate.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Only tell the incident, and show nothing
    #[arg(long)]
    pub quiet: bool,
}

/// A file of told events.
#[derive(Debug, Clone, Args)]
pub struct ImportEventsArgs {
    /// The file
    pub file: PathBuf,
    /// Only say what would be imported, and every line's problem
    #[arg(long)]
    pub dry_run: bool,
}

/// Where to copy to.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The file; in a folder that holds both it and its copy in the making
    pub file: PathBuf,
    /// Take the place of a file that is there already
    #[arg(long)]
    pub replace: bool,
}

/// From where to where.
#[derive(Debug, Clone, Args)]
pub struct CopyArgs {
    /// The store with the record: a folder, or esdb://HOST:PORT
    #[arg(long, value_name = "STORE")]
    pub from: TypedAddress,
    /// The store for it: empty, or holding the beginning of the record
    #[arg(long, value_name = "STORE")]
    pub to: TypedAddress,
}

/// An export, or a backup.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The file
    pub file: PathBuf,
}

/// Which views to see, or what to do with one.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ViewsArgs {
    /// What to do; without it, they are shown
    #[command(subcommand)]
    pub command: Option<ViewsCommand>,
    /// In which form [default: text]
    #[arg(long, value_name = "FORM")]
    pub format: Option<Format>,
}

/// What to do with a view.
#[derive(Debug, Clone, Subcommand)]
pub enum ViewsCommand {
    /// Build a view from nothing beside the one that serves, and switch if every event can be read
    Rebuild(RebuildArgs),
}

/// Which view.
#[derive(Debug, Clone, Args)]
pub struct RebuildArgs {
    /// Its name, as `scribe views` shows it
    pub view: String,
}

/// A shell.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// Which
    pub shell: Shell,
}

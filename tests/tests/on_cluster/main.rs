//! The stories that are told to folders, told to a cluster: the same tests, whose programs get `SCRIBE_STORE`.
//!
//! What looks into the record's file, or has words erased, stays with the folder.

#[path = "../alertmanager.rs"]
mod alertmanager;
#[path = "../cli_runs.rs"]
mod cli_runs;
#[path = "../cli_server.rs"]
mod cli_server;
#[path = "../cli_story.rs"]
mod cli_story;
#[path = "../demonstration.rs"]
mod demonstration;

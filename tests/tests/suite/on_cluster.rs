//! The stories that are told to folders, told to a cluster: the same tests, whose programs get `SCRIBE_STORE`.
//!
//! What looks into the record's file, or has words erased, stays with the folder.

/// Where the records of these stories are.
mod place {
    use scribe_tests::program::Records;

    pub(crate) const RECORDS: Records = Records::OnCluster;
}

#[path = "stories/alertmanager.rs"]
mod alertmanager;
#[path = "stories/cli_runs.rs"]
mod cli_runs;
#[path = "stories/cli_server.rs"]
mod cli_server;
#[path = "stories/cli_story.rs"]
mod cli_story;
#[path = "stories/demonstration.rs"]
mod demonstration;
#[path = "stories/open_ends.rs"]
mod open_ends;
#[path = "stories/metrics.rs"]
mod metrics;
#[path = "stories/people.rs"]
mod people;
#[path = "stories/time_stamps.rs"]
mod time_stamps;
#[path = "stories/whereabouts.rs"]
mod whereabouts;

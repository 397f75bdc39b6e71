//! What every subcommand stands on. In reading order:

/// Addresses of the API.
pub mod address;
/// One request, one response: to a server, or in this process.
pub mod client;
/// Telling scribe something.
pub mod command;
/// Who speaks, in which zone, through which client.
pub mod desk;
/// What goes wrong, and the exit codes.
pub mod failure;
/// The event feed, as a reader sees it.
pub mod feed;
/// Secrets in output.
pub mod mask;
/// Words as a shell line.
pub mod quote;
/// Which record, and who logs in there.
pub mod store;
/// What the reader's side looks like.
pub mod terminal;
/// Looking.
pub mod view;
